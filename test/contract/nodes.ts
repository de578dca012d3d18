import { describe, expect, test } from 'vitest';
import type { NodeRecord, NodeRegistry } from '../../src/ports/nodes.ts';
import { type Bench, endedAfterEach } from './bench.ts';

export interface NodesBench extends Bench {
  readonly nodes: NodeRegistry;
  /** Lets this much time pass for the registry. */
  pass(ms: number): Promise<void>;
}

const TTL = 1_000;

export const nodeRecord = (patch: Partial<NodeRecord> = {}): NodeRecord => ({
  id: 'n1',
  incarnation: 'first',
  address: '127.0.0.1:2567',
  version: '0.1.0',
  state: 'ready',
  rooms: 0,
  connections: 0,
  startedAt: 1,
  ...patch,
});

/** Every adapter of the node registry passes this. */
export function nodesContract(name: string, make: () => Promise<NodesBench>): void {
  const fresh = endedAfterEach(make);

  describe(name, () => {
    test('ND1 a node is listed while it beats, as it was told the last time', async () => {
      const { nodes, pass } = await fresh();
      expect(await nodes.beat(nodeRecord({ id: 'b' }), TTL)).toBe('new');
      expect(await nodes.beat(nodeRecord({ id: 'a' }), TTL)).toBe('new');
      expect((await nodes.list()).map(({ id }) => id)).toEqual(['a', 'b']);
      await pass(TTL * 0.6);
      expect(await nodes.beat(nodeRecord({ id: 'b', rooms: 7 }), TTL)).toBe('known');
      await pass(TTL * 0.6);
      expect(await nodes.list()).toEqual([nodeRecord({ id: 'b', rooms: 7 })]);
      expect(await nodes.get('b')).toEqual(nodeRecord({ id: 'b', rooms: 7 }));
      expect(await nodes.get('a')).toBeUndefined();
      expect(await nodes.expired()).toEqual(['a']);
    });

    test('ND2 a second process with the id of a live node is refused; after its end the id is free', async () => {
      const { nodes, pass } = await fresh();
      await nodes.beat(nodeRecord(), TTL);
      expect(await nodes.beat(nodeRecord({ incarnation: 'second', address: 'x:1' }), TTL)).toBe('taken');
      expect(await nodes.get('n1')).toEqual(nodeRecord());
      await pass(TTL * 1.1);
      expect(await nodes.beat(nodeRecord({ incarnation: 'second' }), TTL)).toBe('new');
      expect(await nodes.expired()).toEqual([]);
    });

    test('ND3 a node that leaves is gone at once, and nobody has to clean up; another incarnation cannot make it leave', async () => {
      const { nodes } = await fresh();
      await nodes.beat(nodeRecord(), TTL);
      await nodes.leave('n1', 'second');
      expect(await nodes.list()).toHaveLength(1);
      await nodes.leave('n1', 'first');
      expect(await nodes.list()).toEqual([]);
      expect(await nodes.expired()).toEqual([]);
    });

    test('ND4 of many who want to clean up after a node, one may; when it does not, another may later, and the first may not any more', async () => {
      const { nodes, pass } = await fresh();
      await nodes.beat(nodeRecord(), TTL);
      expect(await nodes.claim('n1', TTL)).toBeUndefined();
      await pass(TTL * 1.1);
      const claims = await Promise.all(Array.from({ length: 10 }, () => nodes.claim('n1', TTL)));
      const [fence] = claims.filter((claim) => claim !== undefined);
      expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
      await pass(TTL * 1.1);
      const later = await nodes.claim('n1', TTL);
      expect(later).toBeGreaterThan(fence!);
      expect(await nodes.cleaned('n1', fence!)).toBe(false);
      expect(await nodes.expired()).toEqual(['n1']);
      expect(await nodes.cleaned('n1', later!)).toBe(true);
      expect(await nodes.expired()).toEqual([]);
    });

    test('ND5 a node that came back while somebody cleaned up after it stays, and is told that it was cleaned up after', async () => {
      const { nodes, pass } = await fresh();
      await nodes.beat(nodeRecord(), TTL);
      await pass(TTL * 1.1);
      const fence = await nodes.claim('n1', TTL);
      expect(await nodes.beat(nodeRecord(), TTL)).toBe('new');
      expect(await nodes.beat(nodeRecord(), TTL)).toBe('known');
      await nodes.cleaned('n1', fence!);
      expect(await nodes.list()).toHaveLength(1);
      expect(await nodes.beat(nodeRecord(), TTL)).toBe('new');
      expect(await nodes.beat(nodeRecord(), TTL)).toBe('known');
    });

    test('ND6 all who ask get the same secret: the first that was proposed', async () => {
      const { nodes } = await fresh();
      expect(await nodes.secret('first')).toBe('first');
      expect(await Promise.all([nodes.secret('second'), nodes.secret('third')])).toEqual(['first', 'first']);
    });
  });
}
