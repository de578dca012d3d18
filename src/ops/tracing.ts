import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace';
import type { Config } from '../config.ts';

const tracer = trace.getTracer('gatehouse');
const RPC = 'rpc ';
/** Spans that wait for the collector; more are dropped. */
const MAX_WAITING = 2_048;
/** How long the end of a node waits for the last of them. */
const FLUSH_MS = 1_000;

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
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
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
  isOn = true;
  return async () => {
    isOn = false;
    const late = new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([provider.shutdown().catch(() => {}), late]);
  };
}

/** Does the work within a span, which ends with it. Each span is a trace of its own: `session` and `room` tie them to the log. */
export function traced<T>(name: string, attributes: Attributes, work: () => T): T {
  if (!isOn) return work();
  const span = tracer.startSpan(name, { attributes });
  let result: T;
  try {
    result = work();
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
