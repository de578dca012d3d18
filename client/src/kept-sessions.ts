import { SequenceSchema } from '@gatehouse/schema';
import { z } from 'zod';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Where the kit keeps how to come back after a reload. A page's `sessionStorage` is one. */
export interface SessionStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const KeptSession = z.object({
  roomName: z.string(),
  roomId: z.string(),
  sessionId: z.string(),
  /** The recovery token: whoever has it and is the session's user may take its seat. */
  token: z.string(),
  lastSequence: SequenceSchema.optional(),
});

/** All that another page needs to come back into a session. */
export type KeptSession = Readonly<z.infer<typeof KeptSession>>;

const Written = z.object({ at: z.number().describe('Milliseconds since 1970'), sessions: KeptSession.array() });

/** Sessions that are kept at most: the latest. */
const MAX_KEPT = 16;

/** What a page has of the browser's window, if it is one. */
interface PageEvents {
  addEventListener?(type: 'pagehide' | 'pageshow', listener: (event: { persisted?: boolean }) => void): void;
  removeEventListener?(type: 'pagehide' | 'pageshow', listener: (event: { persisted?: boolean }) => void): void;
}

export interface KeptSessionsParts {
  /** Null: nothing is kept. */
  readonly storage: SessionStorage | null;
  /** Of the server. */
  readonly url: string;
  /** For so long the server keeps a seat: what was written before is not there any more. */
  readonly windowMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly page?: PageEvents;
}

/**
 * Sessions between two pages. One that a page holds is not in the storage: it is written there when the page goes, and
 * taken out by the page that comes. So a tab that was duplicated, whose storage is a copy, finds none that is in use,
 * and two pages never fight over one.
 */
export class KeptSessions {
  readonly #storage: SessionStorage | null;
  readonly #key: string;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #page: PageEvents;
  readonly #held = new Set<() => KeptSession | undefined>();

  constructor({ storage, url, windowMs, clock, log, page = globalThis }: KeptSessionsParts) {
    const { host, pathname } = new URL(url);
    this.#storage = storage;
    this.#key = `gatehouse.sessions@${host}${pathname}`;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#log = log;
    this.#page = page;
  }

  /** Takes the first that `matches` out of the storage. Whoever takes it holds it, or puts it back. */
  take(matches: (kept: KeptSession) => boolean): KeptSession | undefined {
    const all = this.#read();
    const taken = all.find(matches);
    if (taken !== undefined) this.#write(all.filter((kept) => kept !== taken));
    return taken;
  }

  putBack(kept: KeptSession): void {
    this.#write([...this.#read(), kept]);
  }

  /** `session` is asked when the page goes; undefined: there is none. Returns a function that ends it. */
  hold(session: () => KeptSession | undefined): () => void {
    if (this.#storage === null) return () => {};
    if (this.#held.size === 0) {
      this.#page.addEventListener?.('pagehide', this.#onHide);
      this.#page.addEventListener?.('pageshow', this.#onShow);
    }
    this.#held.add(session);
    return () => {
      this.#held.delete(session);
      if (this.#held.size > 0) return;
      this.#page.removeEventListener?.('pagehide', this.#onHide);
      this.#page.removeEventListener?.('pageshow', this.#onShow);
    };
  }

  /** Writes what is held, for the page that comes. */
  keep(): void {
    const held = this.#now();
    if (held.length > 0) this.#write([...this.#others(held), ...held]);
  }

  readonly #onHide = (): void => this.keep();

  /** A page that was put aside and is shown again holds what it held. */
  readonly #onShow = ({ persisted }: { persisted?: boolean }): void => {
    if (persisted) this.#write(this.#others(this.#now()));
  };

  #now(): KeptSession[] {
    return [...this.#held].map((session) => session()).filter((kept) => kept !== undefined);
  }

  #others(held: readonly KeptSession[]): KeptSession[] {
    const ids = new Set(held.map(({ sessionId }) => sessionId));
    return this.#read().filter(({ sessionId }) => !ids.has(sessionId));
  }

  #read(): KeptSession[] {
    try {
      const parsed = Written.safeParse(JSON.parse(this.#storage?.getItem(this.#key) ?? 'null'));
      const isOld = parsed.success && this.#clock.now() - parsed.data.at > this.#windowMs;
      return parsed.success && !isOld ? parsed.data.sessions : [];
    } catch {
      // No JSON, or a storage that the browser has shut.
      return [];
    }
  }

  #write(all: readonly KeptSession[]): void {
    try {
      if (all.length === 0) this.#storage?.removeItem(this.#key);
      else {
        const written: z.infer<typeof Written> = { at: this.#clock.now(), sessions: all.slice(-MAX_KEPT) };
        this.#storage?.setItem(this.#key, JSON.stringify(written));
      }
    } catch {
      this.#log({ level: 'warn', event: 'sessions.notKept' });
    }
  }
}

/** `sessionStorage` in a page that has one and may use it; elsewhere nothing. */
export function storageOfPage(): SessionStorage | null {
  try {
    return globalThis.document === undefined ? null : globalThis.sessionStorage;
  } catch {
    return null;
  }
}
