import { durationNames, durations } from '../measure/measures.ts';
import { bytesText, countText, msText } from '../measure/quantities.ts';
import type { Result } from '../report/result.ts';

const PROBLEMS = 8;

/** What is printed when a run is over. */
export function summaryOf(result: Result, files: readonly string[]): string {
  const { counts, rates, verdicts, problems, incomplete, peak, asked } = result;
  const head = `${''.padEnd(26)}${['p50', 'p95', 'p99', 'max', 'samples'].map((name) => name.padStart(10)).join('')}`;
  const rows = durationNames.flatMap((name) => {
    const spread = result.durations[name];
    if (spread === undefined) return [];
    const cells = [spread.p50, spread.p95, spread.p99, spread.max].map((ms) => msText(ms).padStart(10));
    return [`${durations[name].label.padEnd(26)}${cells.join('')}${countText(spread.samples).padStart(10)}`];
  });
  const lines = [
    '',
    head,
    ...rows,
    '',
    `${countText(peak)} of ${countText(asked.clients)} were in at once; ${countText(counts.joined)} joins, ${countText(counts.refused)} refused`,
    `${countText(counts.drops)} drops, ${countText(counts.recoveries)} recoveries, ${countText(counts.lost)} lost, ${countText(result.awayAtEnd)} away at the end`,
    `${countText(counts.patches)} patches (${countText(rates.patches ?? 0)} a second), ${bytesText(counts.bytesIn)} received, ${bytesText(counts.bytesOut)} sent`,
    `${countText(counts.checks)} states compared, ${countText(counts.mismatches)} mismatches, ${countText(counts.faults)} faults`,
    '',
    ...problems
      .slice(0, PROBLEMS)
      .map(({ sentence, count }) => `  ! ${sentence}${count > 1 ? ` × ${countText(count)}` : ''}`),
    ...hints(result).map((hint) => `  → ${hint}`),
    ...verdicts.map(({ holds, sentence }) => `  ${holds ? '✓' : '✗'} ${sentence}`),
    ...(incomplete === null ? [] : ['', `Not whole: ${incomplete}.`]),
    '',
    result.passed ? 'All gates hold.' : incomplete === null ? 'Not all gates hold.' : 'The run does not count.',
    ...files.map((file) => `  ${file}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The share of a core from which on a tool is held up by itself. */
const BUSY = 0.85;
const LATE_MS = 20;
/** By then every player has been sent a check, by default. */
const CHECKED_BY_MS = 15_000;

/** What a reader should know before believing the numbers. */
export function hints({ problems, durations, steps, counts, asked }: Result): string[] {
  const sentences = problems.map(({ sentence }) => sentence).join('\n');
  const busiest = steps.map(({ busy }) => busy).sort((a, b) => a - b)[Math.floor(steps.length * 0.9)] ?? 0;
  const found: string[] = [];
  if (/RATE_LIMITED|\b429\b/.test(sentences))
    found.push(
      'the server bounds what one address may do; for a load from one machine start it with MAX_CONNECTIONS_PER_ADDRESS=100000 JOINS_PER_ADDRESS=1000000',
    );
  if (/TOKEN_INVALID|TOKEN_MISSING/.test(sentences))
    found.push(
      'the server takes other tokens: set JWT_SECRET (and JWT_ISSUER, JWT_AUDIENCE) as it has them, or give --tokens FILE',
    );
  if (busiest > BUSY || (durations.lateness?.p99 ?? 0) > LATE_MS)
    found.push(
      `the load tool itself was held up (${Math.round(busiest * 100)} % of a core, ${msText(durations.lateness?.p99 ?? 0)} late at p99): its own delays are in these numbers; use more machines or fewer players${asked.client === 'lean' ? '' : ', or --client lean'}`,
    );
  if (counts.checks === 0 && counts.joined > 0 && asked.durationMs > CHECKED_BY_MS)
    found.push('no state was compared with the server: it sends no checks (STATE_CHECK), or no player asked for them');
  return found;
}
