/**
 * The subjects of the bus. In the code they always begin with `gatehouse`; an
 * adapter may put another word in its place, so that deployments can share a
 * server. `gatehouse.inbox.>` is where answers come back to.
 */
export const BUS_ROOT = 'gatehouse';

const encoder = new TextEncoder();

/** A name as one word of a subject: letters, digits, `_` and `-` stay, every other byte becomes `=XX`. */
export function subjectWord(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/gu, (char) => bytesOf(char).map(escaped).join(''));
}

/** UTF-8. Half a surrogate pair, which has none, keeps bytes of its own, so that no two names share a word. */
function bytesOf(char: string): number[] {
  const code = char.codePointAt(0)!;
  if (code >= 0xd800 && code <= 0xdfff) return [0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
  return [...encoder.encode(char)];
}

const escaped = (byte: number) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;

/** Each dot of a method's name parts two words, so that a service may be granted `gatehouse.rpc.shop.>`. */
const words = (name: string) => name.split('.').map(subjectWord).join('.');

/** The presence of one user has changed. */
export const subjectOfPresence = (userId: string) => `${BUS_ROOT}.presence.${subjectWord(userId)}`;
export const EVERY_PRESENCE = `${BUS_ROOT}.presence.*`;

/** Something happened in a room that others may want to know. */
export const subjectOfRoom = (roomId: string) => `${BUS_ROOT}.room.${subjectWord(roomId)}.event`;
export const EVERY_ROOM = `${BUS_ROOT}.room.*.event`;

/** A service reaches a player. */
export const subjectOfNotify = (userId: string) => `${BUS_ROOT}.user.${subjectWord(userId)}.notify`;

/** A service serves a method. */
export const subjectOfMethod = (method: string) => `${BUS_ROOT}.rpc.${words(method)}`;

/** From or to one node. */
export const subjectOfNode = (nodeId: string, event: string) =>
  `${BUS_ROOT}.node.${subjectWord(nodeId)}.${words(event)}`;
export const everyNode = (event: string) => `${BUS_ROOT}.node.*.${words(event)}`;
