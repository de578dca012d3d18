/**
 * pm2: `npx pm2 start ecosystem.config.js --env production`. One process with everything in memory, or
 * with NODES=2, REDIS_URL and NATS_URL as many nodes that are one deployment (docs/deploy.md).
 *
 * Several nodes on one machine count up from the settings of the first: PORT=2567 is 2567, 2568 …,
 * NODE_ADDRESS=10.0.0.5:2567 is 10.0.0.5:2567, 10.0.0.5:2568 …, and PUBLIC_ADDRESS=play.example.com
 * becomes play.example.com/n1, play.example.com/n2 …
 */
const { NODES, PORT, NODE_ADDRESS, PUBLIC_ADDRESS, REDIS_URL, NATS_URL } = process.env;

const nodes = whole('NODES', NODES, 1, 64);
const port = whole('PORT', PORT, 2567, 65_535);
if (nodes > 1 && !(REDIS_URL && NATS_URL)) {
  throw new Error(
    `NODES=${nodes} needs REDIS_URL and NATS_URL: without them each node is a world of its own. ` +
      'Example: NODES=2 REDIS_URL=redis://127.0.0.1:6379 NATS_URL=nats://127.0.0.1:4222',
  );
}

const node = {
  script: 'src/main.ts',
  // The Node that the packages bring; the machine's may be too old.
  interpreter: 'node_modules/.bin/node',
  // As scripts/node-flags.ts says.
  node_args: [
    '--min-semi-space-size=32',
    '--max-semi-space-size=32',
    '--no-memory-reducer',
    '--no-allocation-site-pretenuring',
  ],
  instances: 1,
  // In pm2's cluster mode the nodes would share a port, and a player's way to a room would be drawn by lot.
  exec_mode: 'fork',
  // Rooms get 18 seconds to end (src/main.ts), as they move to other nodes first; pm2 waits a little longer before it kills.
  kill_timeout: 20_000,
  // After an error at the start (a port, a setting, Redis) wait a little longer each time, up to 15 seconds.
  exp_backoff_restart_delay: 500,
  env_production: { NODE_ENV: 'production' },
};

/** pm2 reads this name, not a default export. */
export const apps =
  nodes === 1
    ? [{ ...node, name: 'gatehouse' }]
    : Array.from({ length: nodes }, (_, i) => ({ ...node, name: `gatehouse-${i + 1}`, env: settingsOf(i) }));

/** What the i-th node has of its own. */
function settingsOf(i) {
  const [, host, first] = /^(.+):(\d+)$/.exec(NODE_ADDRESS ?? '') ?? [];
  return {
    PORT: String(port + i),
    ...(host ? { NODE_ADDRESS: `${host}:${Number(first) + i}` } : {}),
    ...(PUBLIC_ADDRESS ? { PUBLIC_ADDRESS: `${PUBLIC_ADDRESS}/n${i + 1}` } : {}),
  };
}

/** An empty variable counts as unset, as everywhere. */
function whole(name, text, preset, max) {
  const value = Number(text || preset);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name}=${text} must be a whole number from 1 to ${max}. Example: ${name}=${preset}`);
}
