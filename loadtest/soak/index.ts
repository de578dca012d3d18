/** `npm run soak`: a long load on a server that is started for it, and what it does to memory, handles and latency. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readOptions } from '../options.ts';
import { play } from '../play.ts';
import { markdownOf, soakOf } from './report.ts';
import { SoakServer } from './SoakServer.ts';

const HELP = `npm run soak -- [options]
  --duration TIME   default 1h
  --clients N       players, default 100
  --rooms N         default 4
  --scenario NAME   default mixed
  --client KIND     sdk or lean, default sdk
  --out PATH        PATH.json, PATH.md, and the load's own report as PATH-load; default loadtest/results/soak-TIME
  --plain           a line every few seconds
  --help`;

try {
  const { values } = parseArgs({
    options: {
      duration: { type: 'string', default: '1h' },
      clients: { type: 'string', default: '100' },
      rooms: { type: 'string', default: '4' },
      scenario: { type: 'string', default: 'mixed' },
      client: { type: 'string', default: 'sdk' },
      out: { type: 'string' },
      plain: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) console.log(HELP);
  else await soak(values);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}

async function soak({
  duration,
  clients,
  rooms,
  scenario,
  client,
  out,
  plain,
}: Record<string, string | boolean | undefined>) {
  const path = String(out ?? join(fileURLToPath(new URL('../results', import.meta.url)), `soak-${fileTime()}`));
  const args = ['--clients', clients, '--rooms', rooms, '--scenario', scenario, '--client', client].map(String);
  const load = (url: string) => {
    const given = ['--url', url, '--duration', String(duration), '--ramp', '20/s', '--out', `${path}-load`, ...args];
    // Whoever asks for a soak means it to be long.
    return readOptions([...given, '--beyond-usual', ...(plain ? ['--plain'] : [])])!;
  };
  // What is wrong is said before a server is started.
  load('http://127.0.0.1:1');
  process.env.JWT_SECRET = randomBytes(32).toString('hex');
  await using server = await SoakServer.start(process.env.JWT_SECRET);
  const result = await play(load(server.url));
  const command = `npm run soak -- --duration ${duration} ${args.join(' ')}`;
  const done = soakOf(result, server.samples, command);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.json`, `${JSON.stringify(done)}\n`);
  const markdown = markdownOf(done);
  await writeFile(`${path}.md`, markdown);
  console.log(`\n${markdown}\n  ${path}.json\n  ${path}.md`);
  if (!done.passed) process.exitCode = 1;
}

function fileTime(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(':', '-');
}
