/** Who is measured, by name and version. */
import { readFileSync } from 'node:fs';
import type { Side } from './workloads.ts';

const products: Record<Side, { readonly name: string; readonly of?: string }> = {
  colyseus: { name: 'Colyseus', of: '@colyseus/core' },
  gatehouse: { name: 'Gatehouse' },
  socketio: { name: 'Socket.IO', of: 'socket.io' },
  ws: { name: 'raw ws', of: 'ws' },
};

export function nameOf(side: Side): string {
  const { name, of } = products[side];
  return of === undefined ? name : `${name} ${versionOf(of)}`;
}

function versionOf(name: string): string {
  const file = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
