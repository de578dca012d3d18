import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ignoreLateTlsErrors } from '../../src/adapters/system/late-tls-errors.ts';
import { Authority } from '../support/authority.ts';

const { certFile, keyFile } = new Authority('theirs').certificate();
const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (socket) =>
  socket.on('error', () => {}),
);
/** Node's own way to tell what a server complains of. */
const complain = (socket: TLSSocket) =>
  (socket as unknown as { _emitTLSError(error: Error): void })._emitTLSError(new Error('late'));

beforeAll(async () => {
  ignoreLateTlsErrors();
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => void server.close());

test('RD25 an error of a TLS socket that was refused and destroyed already is nobody’s', async () => {
  const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [refused] = await once(socket, 'error');
  expect(String(refused)).toMatch(/certificate/);
  // As libraries do.
  socket.removeAllListeners();
  expect(() => complain(socket)).not.toThrow();
  const heard: unknown[] = [];
  socket.on('error', (error) => heard.push(error));
  complain(socket);
  expect(heard).toHaveLength(1);
});

test('RD25 an error of a socket in use is thrown where nobody listens, as ever', async () => {
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
  });
  await once(socket, 'secureConnect');
  expect(() => complain(socket)).toThrow('late');
  socket.destroy();
});
