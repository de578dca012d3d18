import { Client, type Room } from '@colyseus/sdk';
import { expect } from 'vitest';
import type { Cluster, NodeProcess } from './cluster.ts';
import type { ShelterState } from './shelter-rooms.ts';

export type Shelter = Room<unknown, ShelterState>;
/** What a room of `shelter-rooms.ts` answers with. */
export interface Done {
  readonly epoch: number;
  readonly count: number;
  readonly locked: boolean;
}

export const SHELTERS = {
  TEST_ROOMS: './shelter-rooms.ts',
  MAX_CONNECTIONS_PER_ADDRESS: '1000',
  JOINS_PER_ADDRESS: '10000',
};

/** An unmodified SDK client, but for how soon it would come back. */
export async function enter(
  cluster: Cluster,
  node: NodeProcess,
  userId: string,
  to: { readonly create: string } | { readonly roomId: string },
): Promise<Shelter> {
  const client = new Client(node.url);
  client.auth.token = cluster.token(userId);
  const room: Shelter = 'create' in to ? await client.create(to.create) : await client.joinById(to.roomId);
  Object.assign(room.reconnection, { minUptime: 0, maxDelay: 400 });
  room.onMessage('*', () => {});
  await expect.poll(() => room.state?.seats?.get(room.sessionId)).toBe(userId);
  return room;
}

/** Tells the room to do something; resolves with its answer. */
export async function tell(room: Shelter, task: 'count' | 'lock' | 'grow', value = 0): Promise<Done> {
  return new Promise((resolve) => {
    const off = room.onMessage('done', (done: Done) => {
      off();
      resolve(done);
    });
    room.send(task, value);
  });
}

export const returned = (room: Room) => new Promise<void>((resolve) => room.onReconnect(() => resolve()));

/** With which codes it was given up: none, as long as its player stays. */
export function endsOf(rooms: readonly Room[]): number[] {
  const ends: number[] = [];
  for (const room of rooms) room.onLeave((code) => ends.push(code));
  return ends;
}

/** Until all that has happened in the room by now is in its snapshot in Redis. */
export async function savedOnceMore(cluster: Cluster, roomId: string): Promise<void> {
  const { snapshot } = await cluster.room(roomId);
  // The clock of the room is in it: none is like the one before. Twice, as the first may have been on its way.
  await expect.poll(async () => (await cluster.room(roomId)).snapshot).not.toBe(snapshot);
  const next = (await cluster.room(roomId)).snapshot;
  await expect.poll(async () => (await cluster.room(roomId)).snapshot).not.toBe(next);
}

/** On its way back it asks this node, as through a balancer that knows its own to be gone. */
export function comeThrough(room: Room, node: NodeProcess): void {
  const url = new URL(room.connection.url!);
  url.port = new URL(node.url).port;
  room.connection.url = url.toString();
}
