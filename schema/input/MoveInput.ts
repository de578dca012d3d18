import { type SchemaType, schema, t } from '@colyseus/schema';

/** One step of a player's stick. −127 … 127 on each axis; y grows downwards. Sent once a tick. */
export const MoveInput = schema(
  {
    mx: t.int8().default(0),
    my: t.int8().default(0),
  },
  'MoveInput',
);
export type MoveInput = SchemaType<typeof MoveInput>;
