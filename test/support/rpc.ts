import type { Room } from '@colyseus/sdk';

let nextId = 1;

/** One request over an unmodified SDK room; resolves with the response envelope. */
// biome-ignore lint/suspicious/noExplicitAny: envelopes are looked at by the test
export function rpc(room: Room, method: string, params: unknown, id: number = nextId++): Promise<any> {
  return new Promise((resolve) => {
    const off = room.onMessage('rpc', (message) => {
      if (message.id !== id || message.method !== undefined) return;
      off();
      resolve(message);
    });
    room.send('rpc', { jsonrpc: '2.0', id, method, params });
  });
}

/** The params of the next notification or request of this method. */
// biome-ignore lint/suspicious/noExplicitAny: envelopes are looked at by the test
export function nextNotification(room: Room, method: string): Promise<any> {
  return new Promise((resolve) => {
    const off = room.onMessage('rpc', (message) => {
      if (message.method !== method) return;
      off();
      resolve(message.params);
    });
  });
}

/** The code with which the SDK gave the room up. */
export function left(room: Room): Promise<number> {
  return new Promise((resolve) => room.onLeave((code) => resolve(code)));
}
