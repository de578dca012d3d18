/** A service: says what things cost, and tells the player. It knows NATS, and nothing of Gatehouse but its messages. */
import { connect } from '@nats-io/transport-node';

const nats = await connect({ servers: process.env.NATS_URL ?? 'nats://127.0.0.1:4222', maxReconnectAttempts: -1 });
const prices = new Map([['sword', 120]]);

/** A user id as one word of a subject: every byte of it but A–Z a–z 0–9 _ and - becomes =XX. */
const escaped = (byte) => (/[\w-]/.test(byte) ? byte : `=${Buffer.from(byte, 'latin1').toString('hex').toUpperCase()}`);
const word = (userId) => [...Buffer.from(userId).toString('latin1')].map(escaped).join('');

function notify(userId, method, params) {
  nats.publish(`gatehouse.user.${word(userId)}.notify`, JSON.stringify({ v: 1, method, params }));
}

/** Processes that name the same queue share the calls. */
async function serve(method, queue, handler) {
  for await (const call of nats.subscribe(`gatehouse.rpc.${method}`, { queue })) {
    let answer;
    try {
      answer = { result: handler(call.json()) };
    } catch ({ code, message }) {
      answer = { error: { code: Number.isInteger(code) ? code : -32603, message } };
    }
    call.respond(JSON.stringify({ v: 1, ...answer }));
  }
}

serve('shop.price', 'shop', ({ params, user }) => {
  if (!prices.has(params.item)) throw { code: -32004, message: 'not sold here' };
  notify(user.id, 'shop.asked', { item: params.item });
  return { price: prices.get(params.item) };
});
await nats.flush();
process.stdout.write('serving\n');
process.once('SIGTERM', () => nats.drain());
