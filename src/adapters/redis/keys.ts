/** Names of everything that Gatehouse keeps in Redis. docs/redis.md describes each. */
export function keysOf(prefix: string) {
  return {
    schema: `${prefix}schema`,
    session: (id: string) => `${prefix}session:${id}`,
    sessionsOfUser: (userId: string) => `${prefix}sessions:user:${userId}`,
    sessionsOfRoom: (roomId: string) => `${prefix}sessions:room:${roomId}`,
    sessionsOfNode: (nodeId: string) => `${prefix}sessions:node:${nodeId}`,
    revocations: `${prefix}revocations`,
    revocationsLog: `${prefix}revocations:log`,
    revocationsChannel: `${prefix}revocations:new`,
    user: (userId: string) => `${prefix}user:${userId}`,
    users: `${prefix}users`,
    usersGone: `${prefix}users:gone`,
    usersOfNode: (nodeId: string) => `${prefix}users:node:${nodeId}`,
    node: (id: string) => `${prefix}node:${id}`,
    nodes: `${prefix}nodes`,
    fences: `${prefix}nodes:fences`,
    room: (id: string) => `${prefix}room:${id}`,
    tailOfRoom: (id: string) => `${prefix}room:${id}:tail`,
    roomsOfNode: (nodeId: string) => `${prefix}rooms:node:${nodeId}`,
    secret: `${prefix}secret`,
  };
}

export type Keys = ReturnType<typeof keysOf>;
