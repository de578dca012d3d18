/** What the recorded session costs without views: the whole state each tick, or what has changed, to everybody. */
import { Encoder, type SchemaType, schema, t } from '@colyseus/schema';
import { Mark, Player, stepMovement } from '../../schema/index.ts';
import { inputsByTick, type Session } from './Session.ts';

/** As `WorldState`, for everybody alike: with everybody in `players` there is no need of a map. */
const PlainWorld = schema({ players: t.map(Player), marks: t.map(Mark), tick: t.uint32().default(0) }, 'PlainWorld');
type PlainWorld = SchemaType<typeof PlainWorld>;

/** Bytes to one client, all ticks together, with the framing of WebSocket. */
export interface PlainBytes {
  readonly json: number;
  readonly binary: number;
  readonly delta: number;
  /** Where the players are at the end, by name. */
  readonly places: ReadonlyMap<string, { readonly x: number; readonly y: number }>;
}

/** What a frame has besides: its kind, and the time and the input's number that a room with inputs sends. */
const HEAD = 1 + 8;
const BUFFER = 1_024 * 1_024;
/** As long as those of Colyseus. */
const SESSION_ID = 9;

export function plainBytes({ players: recorded, ticksPerSecond }: Session, ticks: number): PlainBytes {
  const state: PlainWorld = new PlainWorld();
  const movers = recorded.map((each, index) => {
    const { userId, name, x, y } = each;
    const player = new Player({ userId, name, x, y, yaw: 0, hue: (index * 6) % 360, connected: true });
    state.players.set(String(index).padStart(SESSION_ID, 'x'), player);
    return { player, tape: inputsByTick(each) };
  });
  const encoder = new Encoder(state);
  encoder.sharedBuffer = Buffer.alloc(BUFFER);
  encoder.encode({ offset: 0 });
  encoder.discardChanges();
  const full = Buffer.alloc(BUFFER);
  const sums = { json: 0, binary: 0, delta: 0 };
  for (let tick = 0; tick < ticks; tick++) {
    for (const { player, tape } of movers) {
      for (const stick of tape[tick] ?? []) stepMovement(player, stick, 1 / ticksPerSecond);
    }
    state.tick += 1;
    const it = { offset: 0 };
    encoder.encode(it);
    sums.delta += framed(HEAD + it.offset);
    encoder.discardChanges();
    const all = { offset: 0 };
    encoder.encodeAll(all, full);
    sums.binary += framed(HEAD + all.offset);
    sums.json += framed(Buffer.byteLength(JSON.stringify(state.toJSON())));
  }
  const places = new Map(movers.map(({ player: { name, x, y } }) => [name, { x, y }]));
  return { ...sums, places };
}

/** With the header of a message of a server. */
function framed(bytes: number): number {
  if (bytes < 126) return bytes + 2;
  return bytes < 65_536 ? bytes + 4 : bytes + 10;
}
