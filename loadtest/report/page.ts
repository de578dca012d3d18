import { type CountName, countNames, counts, durationNames, durations, wholeOf } from '../measure/measures.ts';
import { bytesText, countText, lengthText, msText, percentText } from '../measure/quantities.ts';
import { hints } from '../terminal/summary.ts';
import { shapeCharts, timeCharts } from './charts.ts';
import { commandOf } from './command.ts';
import type { Result } from './result.ts';
import { STYLE } from './style.ts';
import { escaped } from './svg.ts';

const PROBLEMS = 30;

/** A run as one page: no scripts, nothing from elsewhere. */
export function pageOf(result: Result): string {
  const { asked, incomplete, startedAt, passed, machine, peak } = result;
  const when = `${startedAt.slice(0, 10)} ${startedAt.slice(11, 16)} UTC`;
  const verdict = passed ? '✓ all gates hold' : incomplete === null ? '✗ not all gates hold' : '✗ the run is not whole';
  const rooms = asked.rooms === null ? `rooms “${asked.room}”` : `${countText(asked.rooms)} × “${asked.room}”`;
  const line = asked.network === null ? '' : ` over a ${asked.network} line`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(`${asked.scenario}: ${peak} players, ${passed ? 'passed' : 'failed'} · Gatehouse loadtest`)}</title>
<style>${STYLE}</style></head><body><main>
<header><div><h1>${escaped(asked.scenario)} · ${countText(asked.clients)} players</h1>
<p class="lead">${escaped(`Each ${asked.summary}. ${asked.client === 'lean' ? 'Lean clients' : 'Clients of @colyseus/sdk'} in ${rooms}${line}, ${asked.joinsPerSecond} joins a second, then ${lengthText(asked.durationMs)} with all of them.`)}</p></div>
<p class="verdict ${passed ? 'held' : 'broken'}">${verdict}</p></header>
${incomplete === null ? '' : `<p class="notice bad"><b>This report is of a part.</b> ${escaped(capital(incomplete))}.</p>`}
${hints(result)
  .map((hint) => `<p class="notice">${escaped(capital(hint))}.</p>`)
  .join('')}
${cards(result)}
<h2>Gates</h2><div class="panel"><ul class="gates">${result.verdicts
    .map(({ holds, gate, was }) => {
      return `<li><i class="${holds ? 'held' : 'broken'}">${holds ? '✓' : '✗'}</i><span><code>${escaped(gate)}</code> — ${escaped(was)}</span></li>`;
    })
    .join('')}</ul></div>
<h2>Over time</h2><div class="charts">${timeCharts(result).join('')}</div>
<h2>Of the whole</h2><div class="charts">${shapeCharts(result).join('')}</div>
<h2>Times</h2><div class="panel">${timesTable(result)}</div>
<h2>Counts</h2><div class="panel">${countsTable(result)}</div>
${problems(result)}
<h2>How it was measured</h2><div class="how">${HOW}</div>
<h2>Again</h2><div class="panel"><pre>${escaped(commandOf(result))}</pre></div>
<footer>${escaped(`${when} · ${asked.url} · load from ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}, Node ${machine.node.slice(1)}, ${asked.workers} ${asked.workers === 1 ? 'process' : 'processes'}`)}</footer>
</main></body></html>
`;
}

function cards({ durations: times, counts: sums, rates, peak, asked, awayAtEnd }: Result): string {
  const time = (name: keyof typeof durations, at: 'p50' | 'p95' | 'p99') => {
    const spread = times[name];
    return spread === undefined ? '–' : msText(spread[at]);
  };
  const rows: ReadonlyArray<readonly [label: string, value: string, more: string]> = [
    ['players in at once', countText(peak), `of ${countText(asked.clients)}, ${countText(sums.refused)} refused`],
    ['join, p95', time('join', 'p95'), `p50 ${time('join', 'p50')}`],
    ['RPC, p99', time('rpc', 'p99'), `p50 ${time('rpc', 'p50')}`],
    ['patch gap, p99', time('patch', 'p99'), `p50 ${time('patch', 'p50')}`],
    ['patches a second', countText(rates.patches ?? 0), `${bytesText(rates.bytesIn ?? 0)}/s to players`],
    [
      'drops, and back',
      `${countText(sums.drops)} / ${countText(sums.recoveries)}`,
      `${countText(sums.lost)} lost, ${countText(awayAtEnd)} away`,
    ],
    ['hash mismatches', countText(sums.mismatches), `of ${countText(sums.checks)} states compared`],
  ];
  const card = ([label, value, more]: (typeof rows)[number]) =>
    `<div class="card"><span>${label}</span><b>${value}</b><small>${more}</small></div>`;
  return `<div class="cards">${rows.map(card).join('')}</div>`;
}

function timesTable({ durations: times }: Result): string {
  const heads = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean', 'samples'];
  const rows = durationNames.flatMap((name) => {
    const spread = times[name];
    if (spread === undefined) return [];
    const { p50, p90, p95, p99, p999, max, mean, samples } = spread;
    const cells = [p50, p90, p95, p99, p999, max, mean].map((ms) => `<td>${msText(ms)}</td>`).join('');
    return `<tr><th scope="row">${escaped(durations[name].label)}<small>${escaped(durations[name].what)}</small></th>${cells}<td>${countText(samples)}</td></tr>`;
  });
  return `<table><thead><tr><th>time</th>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function countsTable({ counts: sums, rates }: Result): string {
  const text = (name: CountName, value: number) => ('bytes' in counts[name] ? bytesText(value) : countText(value));
  const rows = countNames.map((name) => {
    const whole = wholeOf(name);
    const all = whole === undefined ? 0 : sums[whole] + (name === 'refused' ? sums.refused : 0);
    const share = whole === undefined || all === 0 ? '' : percentText(sums[name] / all);
    const rate = rates[name];
    return `<tr><th scope="row">${escaped(counts[name].label)}</th><td>${text(name, sums[name])}</td><td>${rate === undefined ? '' : text(name, rate)}</td><td>${share}</td><td class="words">${escaped(counts[name].what)}</td></tr>`;
  });
  return `<table><thead><tr><th>count</th><th scope="col">all</th><th scope="col">a second, after the ramp</th><th scope="col">share</th><th></th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function problems({ problems: found }: Result): string {
  if (found.length === 0) return '';
  const rows = found.slice(0, PROBLEMS).map(({ sentence, count }) => {
    return `<tr><td class="words">${escaped(sentence)}</td><td>${countText(count)}</td></tr>`;
  });
  return `<h2>What went wrong</h2><div class="panel"><table><tbody>${rows.join('')}</tbody></table></div>`;
}

const HOW = `
<p><b>No coordinated omission.</b> Joins and calls have times at which they are meant to begin, set before the run by ramp and rate, whatever the server does. A value is from that time to the answer, so a server that stalls for a second is charged for each call that should have been made in that second. “Once sent” is what a tool says that waits before it asks again.</p>
<p><b>Patches.</b> The server says how often it means to send them. A pause that is longer counts once for each patch that should have come in it, each by how late it was.</p>
<p><b>After the ramp.</b> Times other than those of joins and recoveries are of the time after the ramp; charts over time show all of it, the ramp under a shade.</p>
<p><b>Checked, not only counted.</b> In each state and patch the room's clock must not go back, and no input may be acknowledged that was not sent. Every player of the SDK, and one of 47 lean ones, decodes all and compares its state with the hash that the server sends of it.</p>
<p><b>Percentiles</b> are within 1 %, made of histograms that were added up over processes, never of averages. Least, largest and mean are exact.</p>
<p><b>The tool itself.</b> Its lateness is how long after the meant time it got to do something. Where that or its busy core is large, it measures itself.</p>`;

function capital(sentence: string): string {
  return `${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)}`;
}
