import { Client } from '@colyseus/sdk';

/** An unmodified Colyseus SDK client: any of its languages can do the same. */
export async function pingFromPlainSdk(url: string, token: string): Promise<number> {
  const client = new Client(url);
  client.auth.token = token;
  const room = await client.joinOrCreate('world');

  const answer = new Promise<{ result: { at: number } }>((resolve) => {
    room.onMessage('rpc', (message) => {
      if (message.id === 1) resolve(message);
    });
  });
  room.send('rpc', { jsonrpc: '2.0', id: 1, method: 'system.ping', params: {} });
  const { at } = (await answer).result;
  await room.leave();
  return at;
}
