import { type SchemaType, schema, t } from '@colyseus/schema';

/** One person, online or lately online, as everybody in the lobby sees them. */
export const LobbyUser = schema(
  {
    name: t.string().default(''),
    /** `online`, `away`, `busy` or `offline`. */
    status: t.string().default('offline'),
    /** When the user was last connected, in milliseconds since 1970; now for a user who is online. */
    lastSeen: t.float64().default(0),
    /** The names of the rooms they are in, sorted and joined by a comma; empty when offline. */
    where: t.string().default(''),
  },
  'LobbyUser',
);
export type LobbyUser = SchemaType<typeof LobbyUser>;

/** One room that can be joined. */
export const LobbyRoomEntry = schema(
  {
    name: t.string().default(''),
    clients: t.uint16().default(0),
    maxClients: t.uint16().default(0),
  },
  'LobbyRoomEntry',
);
export type LobbyRoomEntry = SchemaType<typeof LobbyRoomEntry>;

export const LobbyState = schema(
  {
    /** By user id. */
    users: t.map(LobbyUser),
    /** By room id. */
    rooms: t.map(LobbyRoomEntry),
  },
  'LobbyState',
);
export type LobbyState = SchemaType<typeof LobbyState>;
