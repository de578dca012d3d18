import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Authority } from '../support/authority.ts';

const { certFile, keyFile } = new Authority('theirs').certificate();
const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (socket) =>
  socket.on('error', () => {}),
);
/** Node's own way to tell what a server complains of. */
const complain = (socket: TLSSocket) =>
  (socket as unknown as { _emitTLSError(error: Error): void })._emitTLSError(new Error('late'));
const open = (options = {}) => connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...options });

/** Both adapters, each as if there were no other. */
const adapters = [
  ['Redis', async () => (await import('../../src/adapters/redis/tls.ts')).tlsOf('rediss://localhost')],
  [
    'NATS',
    async () => (await import('../../src/adapters/nats/connection.ts')).settingsOf({ servers: 'tls://localhost' }),
  ],
] as const;

beforeAll(() => once(server.listen(0, '127.0.0.1'), 'listening'));
afterAll(() => void server.close());
beforeEach(() => {
  vi.resetModules();
  Reflect.deleteProperty(TLSSocket.prototype, 'emit');
});

test.each(adapters)(
  'RD25 where %s may speak TLS a late error of a socket that was refused is nobody’s',
  async (_, use) => {
    await use();
    const socket = open();
    const [refused] = await once(socket, 'error');
    expect(String(refused)).toMatch(/certificate/);
    // As libraries do.
    socket.removeAllListeners();
    expect(() => complain(socket)).not.toThrow();
    const heard: unknown[] = [];
    socket.on('error', (error) => heard.push(error));
    complain(socket);
    expect(heard).toHaveLength(1);
  },
);

test.each(adapters)(
  'RD25 where %s may speak TLS an error of a socket in use is thrown where nobody listens, as ever',
  async (_, use) => {
    await use();
    const socket = open({ rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    expect(() => complain(socket)).toThrow('late');
    socket.destroy();
  },
);
