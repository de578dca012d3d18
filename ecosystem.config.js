/** pm2: `npx pm2 start ecosystem.config.js`. One process: everything is in memory, and two would be two worlds. */
export default {
  apps: [
    {
      name: 'gatehouse',
      script: 'src/main.ts',
      // The Node that the packages bring; the machine's may be too old.
      interpreter: 'node_modules/.bin/node',
      instances: 1,
      exec_mode: 'fork',
      // Rooms get ten seconds to end (src/main.ts); pm2 waits a little longer before it kills.
      kill_timeout: 12_000,
      env_production: { NODE_ENV: 'production' },
    },
  ],
};
