import { type SchemaType, schema, t } from '@colyseus/schema';
import { WORLD } from '../input/movement.ts';

export const Player = schema(
  {
    userId: t.string().default(''),
    name: t.string().default(''),
    /** World units, 0 … WORLD.width. */
    x: t.float32().default(0),
    /** World units, 0 … WORLD.height; grows downwards. */
    y: t.float32().default(0),
    /** Where the player looks, in radians, −π … π; 0 is along +x. */
    yaw: t.float32().default(0),
    /** Colour as a hue in degrees, 0 … 359. */
    hue: t.uint16().default(0),
    /** False while the player's connection is lost and the seat is kept. */
    connected: t.boolean().default(true),
  },
  'Player',
);
export type Player = SchemaType<typeof Player>;

export const Mark = schema(
  {
    x: t.float32().default(0),
    y: t.float32().default(0),
    label: t.string().default(''),
    /** Hue of the player who placed it. */
    hue: t.uint16().default(0),
    /** User id of the player who placed it. */
    by: t.string().default(''),
    /** Starts at 1 and grows by one with each accepted edit. */
    version: t.uint32().default(1),
  },
  'Mark',
);
export type Mark = SchemaType<typeof Mark>;

/**
 * About where one player is. 256 steps to an axis: in a world of 4,800 × 3,000 units that is off by 9.4 × 5.9 units
 * at most. A dot that has moved costs 6 to 8 bytes; docs/interest.md compares that with other forms.
 */
export const MapDot = schema(
  {
    /** World units, 0 … WORLD.width. */
    x: t.quantized({ min: 0, max: WORLD.width, bits: 8 }).default(0),
    /** World units, 0 … WORLD.height; grows downwards. */
    y: t.quantized({ min: 0, max: WORLD.height, bits: 8 }).default(0),
  },
  'MapDot',
);
export type MapDot = SchemaType<typeof MapDot>;

export const WorldState = schema(
  {
    /**
     * By session id: oneself, and the nearest of those who are near. Each client has another part of it, which is what
     * `.view()` says; who walks out of sight is removed, and added again on their return.
     */
    players: t.map(Player).view(),
    /** By mark id. */
    marks: t.map(Mark),
    /** Number of simulated steps since the room was created. */
    tick: t.uint32().default(0),
    /** By session id: everybody, near or far, twice a second. For a map of the world, and to know who is in it. */
    map: t.map(MapDot),
  },
  'WorldState',
);
export type WorldState = SchemaType<typeof WorldState>;
