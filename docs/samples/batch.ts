import type { Room } from '@colyseus/sdk';

/** Several calls in one message. The answers come in one message, too: an array, in the order of the calls. */
export function timeAndSession(room: Room): Promise<Array<{ id: number; result: unknown }>> {
  const answer = new Promise<Array<{ id: number; result: unknown }>>((resolve) => {
    room.onMessage('rpc', (message) => {
      if (Array.isArray(message)) resolve(message);
    });
  });
  room.send('rpc', [
    { jsonrpc: '2.0', id: 1, method: 'system.time', params: {} },
    { jsonrpc: '2.0', id: 2, method: 'session.get', params: {} },
  ]);
  return answer;
}
