import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command, optionsOf, ownFolder } from './support/tool.ts';

const folder = await ownFolder();
const tokens = join(folder, 'tokens');
await writeFile(tokens, 'one\ntwo\n\n');

test('LT2 the words of the README are understood', () => {
  const options = optionsOf(
    ...'--url ws://play.example.com/eu/ --clients 1000 --rooms 20 --scenario world --ramp 50/s --duration 60s'.split(
      ' ',
    ),
    ...'--network 4g --client lean --set inputs=20 --seed 7'.split(' '),
  );
  expect(options).toMatchObject({
    url: 'http://play.example.com/eu',
    clients: 1_000,
    rooms: 20,
    joinsPerSecond: 50,
    durationMs: 60_000,
    network: '4g',
    client: 'lean',
    settings: { inputs: 20 },
    seed: 7,
  });
});

test.each([
  ['--clients 0', '--clients 0 must be a whole number from 1 to 50000'],
  ['--clients 2.5', '--clients 2.5 must be a whole number'],
  ['--clients 5001', 'if that is meant, add --beyond-usual'],
  ['--clients 50001 --beyond-usual', 'must be a whole number from 1 to 50000'],
  ['--duration 11m', 'is more than 10 minutes: if that is meant, add --beyond-usual'],
  ['--duration 10', undefined],
  ['--duration soon', '--duration soon must be a time from 1s to 168h'],
  ['--ramp 5000/s', '--ramp 5000/s must be joins a second'],
  ['--ramp 0', '--ramp 0 must be joins a second'],
  ['--rooms 21', '--rooms 21 is more than the 20 clients'],
  ['--scenario worlds', '--scenario worlds is none of world, lobby, chat'],
  ['--client heavy', '--client heavy is none of sdk, lean'],
  ['--network 3g', '--network 3g is none of perfect, wifi, 4g, lossy'],
  ['--network 4g --url https://example.com', '--network needs an http address'],
  ['--url localhost', '--url localhost must be like http://127.0.0.1:2567'],
  ['--url ftp://localhost', 'must be like http://127.0.0.1:2567'],
  ['--set inputs=many', '--set inputs=many must be like inputs=20'],
  ['--tokens /no/such/file', '--tokens /no/such/file cannot be read: ENOENT'],
  [`--tokens ${tokens} --clients 3`, 'has 2 tokens for 3 clients'],
  ['--gates /no/such/file', '--gates /no/such/file cannot be read'],
  ['--gate rpc.p99', "gate 'rpc.p99': is not a gate"],
  ['--clints 5', "Unknown option '--clints'"],
  ['5', 'Unexpected argument'],
])('LT2 a command line is looked at before anything begins: %s', (line, sentence) => {
  const read = () => optionsOf(...line.split(' '));
  if (sentence === undefined) read();
  else expect(read).toThrow(sentence);
});

test('LT2 what is refused ends with 2 and a sentence; more than is usual can be asked for', async () => {
  const refused = await command('index.ts', '--clients', '5001');
  expect([refused.code, refused.err]).toEqual([
    2,
    '--clients 5001 is more than 5000: if that is meant, add --beyond-usual\n',
  ]);
  expect(optionsOf('--clients', '5001', '--duration', '1h', '--beyond-usual').clients).toBe(5_001);
  const help = await command('index.ts', '--help');
  expect(help.code).toBe(0);
  expect(help.out).toContain('--scenario NAME');
});
