/**
 * `npm run simulate -- --to 127.0.0.1:2567 --profile 4g`: a slow network in
 * front of a server that runs, to play the page over it. Ends on SIGINT or
 * SIGTERM, and all connections through it with it.
 */
import { parseArgs } from 'node:util';
import { isProfile, Network, type Play, type ProfileName, play, profiles, scheduleOf } from '../simulator/index.ts';

const HELP = `npm run simulate -- [options]
  --to HOST:PORT   a server on this machine, default 127.0.0.1:2567
  --profile NAME   ${Object.keys(profiles).join(', ')}; default 4g
  --port P         where to listen on 127.0.0.1, default any free port
  --seed N         repeats what another run did, default at random
  --faults S       S seconds, 1 to 3600, of cuts, tunnels and half-open connections as well
  --help`;

try {
  const { values } = parseArgs({
    options: {
      to: { type: 'string', default: '127.0.0.1:2567' },
      profile: { type: 'string', default: '4g' },
      port: { type: 'string', default: '0' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 0x7fff_ffff)) },
      faults: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) console.log(HELP);
  else {
    if (!isProfile(values.profile)) throw new Error(`--profile ${values.profile} is none of ${Object.keys(profiles)}`);
    const seconds = values.faults === undefined ? 0 : bounded('faults', values.faults, 1, 3_600);
    const port = bounded('port', values.port, 0, 65_535);
    await simulate(addressOf(values.to), values.profile, port, bounded('seed', values.seed, 0, 0xffff_ffff), seconds);
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function simulate(
  to: { host: string; port: number },
  profile: ProfileName,
  port: number,
  seed: number,
  faultSeconds: number,
): Promise<void> {
  const network = new Network({ seed, profile });
  const link = await network.link({ to, port });
  console.log(`\n  ${profile} in front of ${to.host}:${to.port}, seed ${seed}: http://${link.address}\n`);
  const kinds = ['cut', 'hold', 'silence'] as const;
  const durationMs = faultSeconds * 1_000;
  const schedule = scheduleOf(seed, { targets: { link: kinds }, durationMs, everyMs: 8_000, longestMs: 6_000 });
  for (const fault of schedule) console.log(`  ${JSON.stringify(fault)}`);
  const playing: Play = play(schedule, { link }, { longestMs: 3_600_000 });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      await playing.stop();
      await network.close();
    });
  }
}

function addressOf(text: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) throw new Error(`--to ${text} must be like 127.0.0.1:2567`);
  return { host, port: bounded('to', port, 1, 65_535) };
}

function bounded(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
    throw new Error(`--${name} ${text} must be a whole number from ${min} to ${max}`);
  return value;
}
