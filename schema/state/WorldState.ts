import { type SchemaType, schema, t } from '@colyseus/schema';

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

export const WorldState = schema(
  {
    /** By session id. */
    players: t.map(Player),
    /** By mark id. */
    marks: t.map(Mark),
    /** Number of simulated steps since the room was created. */
    tick: t.uint32().default(0),
  },
  'WorldState',
);
export type WorldState = SchemaType<typeof WorldState>;
