import { z } from 'zod';
import { fail } from '../../fail.ts';
import type { NodeRecord, NodeRegistry, Standing } from '../../ports/nodes.ts';
import type { RedisConnection } from './connection.ts';
import {
  beatScript,
  claimScript,
  cleanedScript,
  expiredScript,
  getScript,
  leaveScript,
  listScript,
  secretScript,
} from './node-scripts.ts';

// Written by another process, perhaps of another version.
const NodeSchema: z.ZodType<NodeRecord> = z.object({
  id: z.string(),
  incarnation: z.string(),
  address: z.string(),
  version: z.string(),
  state: z.enum(['starting', 'ready', 'draining']),
  rooms: z.number(),
  connections: z.number(),
  startedAt: z.number(),
});

/** The nodes of a deployment, told apart from the dead by Redis's clock. */
export function redisNodes({ connection }: { connection: RedisConnection }): NodeRegistry {
  const { keys } = connection;
  const scripts = {
    beat: connection.script('node beat', beatScript),
    leave: connection.script('node leave', leaveScript),
    get: connection.script('node get', getScript),
    list: connection.script('node list', listScript),
    expired: connection.script('node expired', expiredScript),
    claim: connection.script('node claim', claimScript),
    cleaned: connection.script('node cleaned', cleanedScript),
    secret: connection.script('node secret', secretScript),
  };
  let open = true;

  function assertOpen(): void {
    if (!open) throw fail('UNAVAILABLE');
  }

  function read(text: string): NodeRecord | undefined {
    const parsed = NodeSchema.safeParse(JSON.parse(text));
    if (!parsed.success) connection.report(new Error('the record of a node cannot be read'), keys.nodes);
    return parsed.data;
  }

  const both = (id: string) => [keys.node(id), keys.nodes];

  return {
    async beat(node, ttlMs) {
      assertOpen();
      const args = [node.id, node.incarnation, JSON.stringify(node), Math.round(ttlMs)];
      return (await scripts.beat(both(node.id), args)) as Standing;
    },
    async leave(id, incarnation) {
      assertOpen();
      await scripts.leave(both(id), [id, incarnation]);
    },
    async get(id) {
      assertOpen();
      const text = (await scripts.get(both(id), [id])) as string | null;
      return text === null ? undefined : read(text);
    },
    async list() {
      assertOpen();
      const texts = (await scripts.list([keys.nodes], [keys.node(''), 1_000])) as string[];
      return texts.flatMap((text) => read(text) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async expired() {
      assertOpen();
      return ((await scripts.expired([keys.nodes], [100])) as string[]).sort();
    },
    async claim(id, ttlMs) {
      assertOpen();
      return ((await scripts.claim([...both(id), keys.fences], [id, Math.round(ttlMs)])) as number | null) ?? undefined;
    },
    async cleaned(id, fence) {
      assertOpen();
      return (await scripts.cleaned(both(id), [id, fence])) === 1;
    },
    async secret(proposed) {
      assertOpen();
      return (await scripts.secret([keys.secret], [proposed])) as string;
    },
    watch({ onLost, onReady }) {
      connection.onLost(onLost);
      connection.onReady(onReady);
    },
    async close() {
      open = false;
    },
  };
}
