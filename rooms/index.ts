import { LobbyRoom } from './LobbyRoom.ts';
import { WorldRoom } from './WorldRoom.ts';

/** The rooms of this game: the name that clients join by → its class. */
export const rooms = { lobby: LobbyRoom, world: WorldRoom };
