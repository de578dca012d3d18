/**
 * Adds a file of wire vectors to schema/golden/. Files are never changed: when the
 * wire grows, record the next one (`node scripts/record-golden.ts v2`), and the old
 * ones go on proving that what they hold is still understood.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { getMessageBytes, Protocol } from '@colyseus/core';
import { Encoder, Reflection } from '@colyseus/schema';
import { InputEncoder } from '@colyseus/schema/input';
import { errorResponse, Mark, MoveInput, Player, WorldState } from '../schema/index.ts';

const [version] = process.argv.slice(2);
if (version === undefined || !/^v\d+$/.test(version))
  throw new Error('Name the version. Example: node scripts/record-golden.ts v2');
const file = new URL(`../schema/golden/${version}.json`, import.meta.url);
if (existsSync(file)) throw new Error(`${version} is recorded already; golden files are never changed`);

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const messages = [
  { jsonrpc: '2.0', id: 1, method: 'system.ping', params: { echo: 'hi' } },
  { jsonrpc: '2.0', id: 1, result: { at: 1_700_000_000_000, echo: 'hi' } },
  {
    jsonrpc: '2.0',
    method: 'world.said',
    params: { sessionId: 's', userId: 'u', name: 'Ada', text: 'héllo 🙂', at: 1_700_000_000_000 },
  },
  [
    { jsonrpc: '2.0', id: 'a', method: 'system.time', params: {} },
    { jsonrpc: '2.0', id: 'b', method: 'session.get', params: {} },
  ],
  errorResponse(7, 'CONFLICT', { current: { id: 'm', x: 1.5, y: 2.5, label: 'camp', by: 'ada', version: 3 } }),
].map((payload) => ({ payload, frame: hex(getMessageBytes.raw(Protocol.ROOM_DATA, 'rpc', payload)) }));

const inputs = [
  { mx: 0, my: 0 },
  { mx: 127, my: -127 },
  { mx: -1, my: 64 },
].map((value) => ({ value, bytes: hex(new InputEncoder(new MoveInput(value)).encode().slice()) }));

const state = new WorldState();
const encoder = new Encoder(state);
const steps: Array<{ bytes: string; state: unknown }> = [];
state.players.set(
  's1',
  new Player({ userId: 'ada', name: 'Ada', x: 100.5, y: 200.25, yaw: 1.5, hue: 210, connected: true }),
);
state.tick = 1;
const reflection = hex(Reflection.encode(encoder));
steps.push({ bytes: hex(encoder.encodeAll().slice()), state: state.toJSON() });
encoder.discardChanges();
function step(change: () => void): void {
  change();
  steps.push({ bytes: hex(encoder.encode().slice()), state: state.toJSON() });
  encoder.discardChanges();
}
step(() => {
  state.players.get('s1')!.x = 101.25;
  state.tick = 2;
});
step(() => {
  state.marks.set('m1', new Mark({ x: 5, y: 6, label: 'camp', hue: 210, by: 'ada', version: 1 }));
});
step(() => {
  state.marks.get('m1')!.version = 2;
  state.players.get('s1')!.connected = false;
});
step(() => {
  state.marks.delete('m1');
  state.players.delete('s1');
});

writeFileSync(file, `${JSON.stringify({ version, messages, inputs, world: { reflection, steps } }, null, 1)}\n`);
