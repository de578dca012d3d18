import type { LoadOptions } from './options.ts';
import { type Result, resultOf } from './report/result.ts';
import { writeReport } from './report/write.ts';
import { run } from './run/run.ts';
import { summaryOf } from './terminal/summary.ts';
import { View } from './terminal/View.ts';

/** Runs it, shows it, and writes the report. Throws with a sentence when it could not begin. */
export async function play(options: LoadOptions): Promise<Result> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const view = new View(process.stdout, options);
  try {
    const done = await run(options, { stop: stopping.signal, watch: (progress) => view.show(progress) });
    const result = resultOf(options, done);
    const files = await writeReport(result, options.out);
    process.stdout.write(summaryOf(result, files));
    return result;
  } finally {
    view.close();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
