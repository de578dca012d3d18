/** What the kit writes down for the page that comes, and when. */
import { expect, test } from 'vitest';
import type { LogEntry, SessionStorage } from '../../client/src/index.ts';
import { type KeptSession, KeptSessions, storageOfPage } from '../../client/src/kept-sessions.ts';
import { FakeClock } from './support/fake-clock.ts';
import { FakeStorage } from './support/fake-storage.ts';

const clock = new FakeClock();

type PageEvent = 'pagehide' | 'pageshow';
type Listener = (event: { persisted?: boolean }) => void;

/** A browser's window, as far as it is asked. */
class FakePage {
  readonly listeners: Array<readonly [PageEvent, Listener]> = [];

  addEventListener(type: PageEvent, listener: Listener): void {
    this.listeners.push([type, listener]);
  }

  removeEventListener(type: PageEvent, listener: Listener): void {
    const index = this.listeners.findIndex(([one, other]) => one === type && other === listener);
    this.listeners.splice(index, 1);
  }

  fire(type: PageEvent, event: { persisted?: boolean } = {}): void {
    for (const [one, listener] of [...this.listeners]) if (one === type) listener(event);
  }
}

const session = (sessionId: string, roomName = 'world'): KeptSession => ({
  roomName,
  roomId: `${roomName}-1`,
  sessionId,
  token: `secret-${sessionId}`,
  lastSequence: { epoch: 1, n: 7 },
});

function open(storage: SessionStorage | null = new FakeStorage(), url = 'wss://play.example.com') {
  const page = new FakePage();
  const log: LogEntry[] = [];
  const parts = { storage, url, page, clock, windowMs: 60_000, log: (entry: LogEntry) => void log.push(entry) };
  return { page, log, kept: new KeptSessions(parts) };
}

test('KS2 a session that a page holds is not in the storage: it is written when the page goes, and taken once', () => {
  const storage = new FakeStorage();
  const first = open(storage);
  first.kept.hold(() => session('a'));
  expect(storage.size).toBe(0);
  first.page.fire('pagehide');
  expect(storage.size).toBe(1);

  const second = open(storage);
  const taken = second.kept.take(({ roomName }) => roomName === 'world');
  expect(taken).toEqual(session('a'));
  expect(storage.size).toBe(0);
  second.kept.hold(() => taken);
  // As a browser does when a tab is duplicated.
  const copy = open(storage.copy());
  expect(copy.kept.take(() => true)).toBeUndefined();
  second.page.fire('pagehide');
  expect(open(storage).kept.take(() => true)).toEqual(session('a'));
});

test('KS2 a session that a page holds is not in the storage: a page that was put aside and is shown again takes it out', () => {
  const storage = new FakeStorage();
  const { kept, page } = open(storage);
  kept.hold(() => session('a'));
  page.fire('pagehide', { persisted: true });
  expect(storage.size).toBe(1);
  page.fire('pageshow', { persisted: true });
  expect(storage.size).toBe(0);
  // The first show of a page is none of these: what lies there is of the page before it.
  page.fire('pagehide');
  page.fire('pageshow', { persisted: false });
  expect(storage.size).toBe(1);
});

test('KS2 a session that a page holds is not in the storage: several of them, of several clients of a page', () => {
  const storage = new FakeStorage();
  const [one, two, elsewhere] = [open(storage), open(storage), open(storage, 'wss://other.example.com')];
  one.kept.hold(() => session('a'));
  one.kept.hold(() => undefined);
  two.kept.hold(() => session('b', 'lobby'));
  for (const { page } of [one, two]) page.fire('pagehide');
  for (const { page } of [one, two]) page.fire('pagehide');
  expect(elsewhere.kept.take(() => true)).toBeUndefined();
  const next = open(storage);
  expect(next.kept.take(({ roomName }) => roomName === 'lobby')?.sessionId).toBe('b');
  expect(next.kept.take(({ roomId }) => roomId === 'world-1')?.sessionId).toBe('a');
  expect(next.kept.take(() => true)).toBeUndefined();
});

test('KS5 what has ended is not kept, and nobody listens to the page for it', () => {
  const storage = new FakeStorage();
  const { kept, page } = open(storage);
  const release = kept.hold(() => session('a'));
  expect(page.listeners).toHaveLength(2);
  release();
  expect(page.listeners).toHaveLength(0);
  kept.keep();
  expect(storage.size).toBe(0);
});

test('KS6 a storage that is not there, is shut or full, or holds nonsense is as if nothing was kept', () => {
  expect(storageOfPage()).toBeNull();
  const nothing = open(null);
  nothing.kept.hold(() => session('a'));
  nothing.kept.keep();
  expect(nothing.page.listeners).toHaveLength(0);
  expect(nothing.kept.take(() => true)).toBeUndefined();

  const fail = () => {
    throw new DOMException('it is shut', 'SecurityError');
  };
  const shut = open({ getItem: fail, setItem: fail, removeItem: fail });
  shut.kept.hold(() => session('a'));
  shut.kept.keep();
  expect(shut.kept.take(() => true)).toBeUndefined();
  expect(shut.log).toEqual([{ level: 'warn', event: 'sessions.notKept' }]);

  const others = ['[1]', '{"at":1}', '{"at":1,"sessions":[{"roomName":"world"}]}', '{"sessions":[]}'];
  for (const text of ['', 'nonsense', 'null', '{}', ...others]) {
    const storage = new FakeStorage('gatehouse.sessions@play.example.com/', text);
    const { kept } = open(storage);
    expect(kept.take(() => true)).toBeUndefined();
    kept.hold(() => session('a'));
    kept.keep();
    expect(open(storage).kept.take(() => true)).toEqual(session('a'));
  }
});

test('KS3 a session that cannot be had any more is forgotten: nobody asks for what was written a window ago', () => {
  const storage = new FakeStorage();
  const { kept } = open(storage);
  kept.putBack(session('a'));
  clock.jump(60_000);
  expect(kept.take(() => true)).toEqual(session('a'));
  kept.putBack(session('a'));
  clock.jump(60_001);
  expect(kept.take(() => true)).toBeUndefined();
});

test('KS7 the latest sixteen are kept', () => {
  const storage = new FakeStorage();
  const { kept } = open(storage);
  for (let i = 0; i < 20; i++) kept.putBack(session(`s${i}`));
  const ids: string[] = [];
  for (let one = kept.take(() => true); one !== undefined; one = kept.take(() => true)) ids.push(one.sessionId);
  expect(ids).toEqual(Array.from({ length: 16 }, (_, i) => `s${i + 4}`));
});
