import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { Config } from '../config.ts';
import type { Clock } from '../ports/clock.ts';

const tracer = trace.getTracer('gatehouse');
const RPC = 'rpc ';
/** Spans that wait for the collector; more are dropped. */
const MAX_WAITING = 2_048;
/** How long the end of a node waits for the last of them. */
const FLUSH_MS = 1_000;
/** W3C's name of what says which span something belongs to, from one process to another. */
const TRACEPARENT = 'traceparent';

let isOn = false;

/** For whoever would make something for `traced` to throw it away. */
export function isTracing(): boolean {
  return isOn;
}

/**
 * Sends spans to a collector from now on (OTLP over HTTP, as JSON), for the whole
 * process. A collector that is away costs nobody anything: what waits is bounded.
 * Returns how to end it.
 */
export async function startTracing({ url, rpcShare }: Config['traces'], nodeId: string): Promise<() => Promise<void>> {
  if (url === undefined) return async () => {};
  // Loaded only where it is asked for.
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }, { AsyncLocalStorageContextManager }, core] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/context-async-hooks'),
      import('@opentelemetry/core'),
    ]);
  const share = new sdk.TraceIdRatioBasedSampler(rpcShare);
  const always = new sdk.AlwaysOnSampler();
  const sampler: Sampler = {
    shouldSample: (context, traceId, name) =>
      name.startsWith(RPC) ? share.shouldSample(context, traceId) : always.shouldSample(),
    toString: () => `rpc ${rpcShare}`,
  };
  const exporter = new OTLPTraceExporter({ url: `${url.replace(/\/$/, '')}/v1/traces` });
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'gatehouse', 'service.instance.id': nodeId }),
    sampler,
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, maxQueueSize: MAX_WAITING })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  isOn = true;
  return async () => {
    isOn = false;
    const late = new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([provider.shutdown().catch(() => {}), late]);
  };
}

/** The trace that is sent to the collector and that what runs now belongs to. Lines of the log name it. */
export function currentTrace(): string | undefined {
  if (!isOn) return undefined;
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span.traceId : undefined;
}

/** What another node needs to go on with the trace: see `continued`. */
export function traceparent(): { readonly traceparent?: string } {
  const carrier: { traceparent?: string } = {};
  if (isOn) propagation.inject(context.active(), carrier);
  return carrier;
}

/** Does the work as a part of the trace of another node; undefined or malformed: as a part of none. */
export function continued<T>(parent: string | undefined, work: () => T): T {
  if (!isOn || parent === undefined) return work();
  return context.with(propagation.extract(ROOT_CONTEXT, { [TRACEPARENT]: parent }), work);
}

/** Does what lives on after the span: its timers would go on to name the trace. */
export function untraced<T>(work: () => T): T {
  return isOn ? context.with(ROOT_CONTEXT, work) : work();
}

/** A clock whose timers are parts of no trace: what begins one may be long over. */
export function untracedClock(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms, task) => untraced(() => clock.after(ms, task)),
    every: (ms, task) => untraced(() => clock.every(ms, task)),
  };
}

/** Does the work within a span, which ends with it, and is a part of the span around it. */
export function traced<T>(name: string, attributes: Attributes, work: () => T): T {
  if (!isOn) return work();
  const span = tracer.startSpan(name, { attributes });
  let result: T;
  try {
    result = context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    end(span, error);
    throw error;
  }
  if (!(result instanceof Promise)) {
    span.end();
    return result;
  }
  result.then(
    () => span.end(),
    (error) => end(span, error),
  );
  return result;
}

/** A call of a method. */
export function tracedCall<T>(method: string, attributes: Attributes, work: () => T): T {
  return traced(RPC + method, attributes, work);
}

function end(span: Span, error: unknown): void {
  // Its name: a text may quote what a client sent.
  const message = error instanceof Error ? error.name : 'thrown';
  span.setStatus({ code: SpanStatusCode.ERROR, message });
  span.end();
}
