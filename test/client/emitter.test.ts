import { afterEach, describe, expect, test } from 'vitest';
import { Emitter } from '../../client/src/emitter.ts';
import { harmlessLog } from '../../client/src/log.ts';
import { type ConnectionState, mayFollow } from '../../client/src/status.ts';
import { settled } from './support/fake-clock.ts';

describe('the emitter', () => {
  const uncaught: unknown[] = [];
  const catcher = (error: unknown): void => {
    uncaught.push(error);
  };
  afterEach(() => {
    process.removeListener('uncaughtException', catcher);
    uncaught.length = 0;
  });

  test('CL17 calls listeners in order, each as often as it was registered, until it is taken off', () => {
    const emitter = new Emitter<{ tick: number }>();
    const heard: string[] = [];
    const listener = (n: number): void => {
      heard.push(`a${n}`);
    };
    const off = emitter.on('tick', listener);
    emitter.on('tick', listener);
    emitter.on('tick', (n) => heard.push(`b${n}`));
    emitter.emit('tick', 1);
    off();
    off();
    emitter.emit('tick', 2);
    expect(heard).toEqual(['a1', 'a1', 'b1', 'a2', 'b2']);
  });

  test('CL17 lets neither the others nor the kit suffer from a listener that throws', async () => {
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', catcher);
    const emitter = new Emitter<{ tick: number }>();
    const heard: number[] = [];
    emitter.on('tick', () => {
      throw new Error('mine');
    });
    emitter.on('tick', (n) => heard.push(n));
    emitter.emit('tick', 1);
    await settled();
    for (const listener of others) process.on('uncaughtException', listener);
    expect(heard).toEqual([1]);
    expect(uncaught).toEqual([new Error('mine')]);
  });

  test('CL36 survives a log that throws', () => {
    const log = harmlessLog(() => {
      throw new Error('disk full');
    });
    expect(() => log({ level: 'info', event: 'x' })).not.toThrow();
  });
});

describe('the status', () => {
  const allowed: Record<ConnectionState, ConnectionState[]> = {
    idle: ['connecting'],
    connecting: ['connecting', 'online', 'failed', 'idle'],
    online: ['online', 'reconnecting', 'failed', 'idle'],
    reconnecting: ['reconnecting', 'online', 'failed', 'idle'],
    failed: ['idle'],
  };
  const states = Object.keys(allowed) as ConnectionState[];

  test.each(states)('CL16 leads from %s only where the picture says', (from) => {
    expect(states.filter((to) => mayFollow(from, to)).sort()).toEqual([...allowed[from]].sort());
  });
});
