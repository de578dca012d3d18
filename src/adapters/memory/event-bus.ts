import { fail } from '../../fail.ts';
import { MAX_EVENT_BYTES, type RequestBus, type Subscription } from '../../ports/event-bus.ts';

interface Listener {
  readonly words: readonly string[];
  readonly deliver: (payload: unknown, subject: string) => void;
  open: boolean;
}

interface Server {
  readonly queueGroup: string;
  readonly handler: (payload: unknown, subject: string) => unknown;
  readonly served: Set<Promise<unknown>>;
}

/** One process's bus. */
export function memoryEventBus(onError: (error: unknown, subject: string) => void = () => {}): RequestBus {
  const listeners = new Set<Listener>();
  /** By subject; the next of a group to be asked stands first. */
  const servers = new Map<string, Server[]>();
  let open = true;

  function deliver(listener: Listener, json: string, subject: string): void {
    if (!listener.open) return;
    try {
      listener.deliver(JSON.parse(json), subject);
    } catch (error) {
      onError(error, subject);
    }
  }

  /** The first of each group, who then stands last. */
  function asked(subject: string): Server[] {
    const all = servers.get(subject) ?? [];
    const chosen = all.filter((one, i) => all.findIndex(({ queueGroup }) => queueGroup === one.queueGroup) === i);
    if (chosen.length > 0) servers.set(subject, [...all.filter((one) => !chosen.includes(one)), ...chosen]);
    return chosen;
  }

  async function serveOne({ handler, served }: Server, json: string, subject: string): Promise<string> {
    const work = Promise.resolve().then(() => handler(JSON.parse(json), subject));
    served.add(work);
    try {
      return encode(await work);
    } finally {
      served.delete(work);
    }
  }

  return {
    async publish(subject, payload) {
      if (!open) throw fail('UNAVAILABLE');
      const json = encode(payload);
      const words = subject.split('.');
      for (const listener of listeners) {
        // A task of its own, so that a publisher is never re-entered.
        if (matches(listener.words, words)) queueMicrotask(() => deliver(listener, json, subject));
      }
    },
    async subscribe(pattern, listener): Promise<Subscription> {
      if (!open) throw fail('UNAVAILABLE');
      const entry: Listener = { words: pattern.split('.'), deliver: listener, open: true };
      listeners.add(entry);
      return {
        async unsubscribe() {
          entry.open = false;
          listeners.delete(entry);
        },
      };
    },
    async request(subject, payload, timeoutMs) {
      const json = encode(payload);
      const chosen = open ? asked(subject) : [];
      if (chosen.length === 0) throw fail('UNAVAILABLE');
      const answer = await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => reject(fail('TIMEOUT')), timeoutMs);
        for (const server of chosen) {
          serveOne(server, json, subject).then(
            (text) => {
              clearTimeout(timer);
              resolve(text);
            },
            (error) => onError(error, subject),
          );
        }
      });
      return JSON.parse(answer);
    },
    async serve(subject, queueGroup, handler): Promise<Subscription> {
      if (!open) throw fail('UNAVAILABLE');
      const server: Server = { queueGroup, handler, served: new Set() };
      servers.set(subject, [...(servers.get(subject) ?? []), server]);
      return {
        async unsubscribe() {
          const left = (servers.get(subject) ?? []).filter((other) => other !== server);
          if (left.length > 0) servers.set(subject, left);
          else servers.delete(subject);
          await Promise.allSettled(server.served);
        },
      };
    },
    isReady: () => open,
    onLost: () => () => {},
    onReady: () => () => {},
    async close() {
      open = false;
      for (const listener of listeners) listener.open = false;
      listeners.clear();
      servers.clear();
    },
  };
}

/** @throws PAYLOAD_TOO_LARGE */
function encode(payload: unknown): string {
  const json = JSON.stringify(payload ?? null);
  if (Buffer.byteLength(json) > MAX_EVENT_BYTES) throw fail('PAYLOAD_TOO_LARGE');
  return json;
}

function matches(pattern: readonly string[], words: readonly string[]): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] === '>') return words.length > i;
    if (i >= words.length || (pattern[i] !== '*' && pattern[i] !== words[i])) return false;
  }
  return pattern.length === words.length;
}
