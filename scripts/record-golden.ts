/**
 * Adds a file of wire vectors to schema/golden/. Files are never changed: when the
 * wire grows, record the next one (`node scripts/record-golden.ts v2`), and the old
 * ones go on proving that what they hold is still understood.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { getMessageBytes, Protocol } from '@colyseus/core';
import { Decoder, Encoder, Reflection, StateView } from '@colyseus/schema';
import { InputEncoder } from '@colyseus/schema/input';
import { errorResponse, MapDot, Mark, MoveInput, Player, WorldState } from '../schema/index.ts';

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
/** What one client is sent: its own player is s1, and it sees whom the steps show to it. */
const view = new StateView();
const client = new Decoder(new WorldState());
const steps: Array<{ bytes: string; state: unknown }> = [];
function record(bytes: Uint8Array): void {
  client.decode(bytes);
  steps.push({ bytes: hex(bytes), state: client.state.toJSON() });
  encoder.discardChanges();
}
function step(change: () => void): void {
  change();
  const it = { offset: 0 };
  encoder.encode(it);
  record(encoder.encodeView(view, it.offset, it));
}

const ada = new Player({ userId: 'ada', name: 'Ada', x: 100.5, y: 200.25, yaw: 1.5, hue: 210, connected: true });
const ben = new Player({ userId: 'ben', name: 'Ben', x: 4000.5, y: 200.25, yaw: -1.5, hue: 30, connected: true });
state.players.set('s1', ada);
state.players.set('s2', ben);
state.map.set('s1', new MapDot({ x: ada.x, y: ada.y }));
state.map.set('s2', new MapDot({ x: ben.x, y: ben.y }));
state.tick = 1;
view.add(ada);
const reflection = hex(Reflection.encode(encoder));
const whole = { offset: 0 };
encoder.encodeAll(whole);
record(encoder.encodeAllView(view, whole.offset, { ...whole }));
step(() => {
  ada.x = 101.25;
  state.tick = 2;
});
// Ben walks up: first on the map, then into sight.
step(() => {
  ben.x = 900;
  state.map.get('s2')!.x = 900;
});
step(() => view.add(ben));
step(() => {
  ben.yaw = 0.25;
  ben.y = 201;
});
step(() => {
  state.marks.set('m1', new Mark({ x: 5, y: 6, label: 'camp', hue: 210, by: 'ada', version: 1 }));
});
step(() => {
  state.marks.get('m1')!.version = 2;
  ada.connected = false;
});
// Out of sight, and on: of which the client hears on the map alone.
step(() => view.remove(ben));
step(() => {
  ben.x = 2000;
  state.map.get('s2')!.x = 2000;
});
step(() => {
  state.marks.delete('m1');
  state.players.delete('s2');
  state.map.delete('s2');
});

writeFileSync(file, `${JSON.stringify({ version, messages, inputs, world: { reflection, steps } }, null, 1)}\n`);
