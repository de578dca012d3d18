import type { Msg } from '@nats-io/transport-node';
import { fail } from '../../fail.ts';
import { MAX_EVENT_BYTES } from '../../ports/event-bus.ts';

/** As JSON. @throws PAYLOAD_TOO_LARGE */
export function encode(payload: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(payload ?? null));
  if (bytes.length > MAX_EVENT_BYTES) throw fail('PAYLOAD_TOO_LARGE');
  return bytes;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Undefined when it is too large or no UTF-8. */
export function textOf({ data }: Pick<Msg, 'data'>): string | undefined {
  if (data.length > MAX_EVENT_BYTES) return undefined;
  try {
    return utf8.decode(data);
  } catch {
    return undefined;
  }
}

/** Undefined when it is no JSON. */
export function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
