/** Publishes notifications as fast as it can: `flood.mjs <count> <subject of a user> <subject to end with>`. */
import { connect } from '@nats-io/transport-node';

const [count, subject, last] = process.argv.slice(2);
const nats = await connect({ servers: process.env.NATS_URL });
const payload = JSON.stringify({ v: 1, method: 'shop.flood', params: { item: 'sword', text: 'x'.repeat(100) } });
process.stdout.write('ready\n');
for (let i = 0; i < Number(count); i++) {
  nats.publish(subject, payload);
  nats.publish(`gatehouse.user.nobody-${i}.notify`, payload);
  // Not faster than the server reads.
  if (i % 1_000 === 999) await nats.flush();
}
nats.publish(last, JSON.stringify({ v: 1, method: 'shop.last', params: {} }));
await nats.flush();
process.stdout.write('done\n');
await nats.close();
