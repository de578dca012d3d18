/**
 * What the room store does in Redis, each in one step that nothing comes between.
 *
 * A room is a hash: `name`, `node`, `epoch` and, once one was saved, `snapshot` in base64. The set of a node has the ids
 * of the rooms that it owns, and of some that have expired: whoever reads it takes those out.
 */

/** KEYS: room, rooms of the node. ARGV: id, name, node, ttl, epoch. */
export const openScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'node', ARGV[3], 'epoch', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SADD', KEYS[2], ARGV[1])
return 1`;

/** KEYS: room, rooms of the new owner. ARGV: id, node, from, ttl, what the key of a node's rooms begins with. Returns the epoch. */
export const claimScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[3] then return false end
redis.call('SREM', ARGV[5] .. redis.call('HGET', KEYS[1], 'node'), ARGV[1])
redis.call('HSET', KEYS[1], 'node', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SADD', KEYS[2], ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'epoch', 1)`;

/** KEYS: room. Returns name, node and epoch. */
export const ownerScript = `return redis.call('HMGET', KEYS[1], 'name', 'node', 'epoch')`;

/** KEYS: rooms of the node. ARGV: node, what the key of a room begins with, limit. Returns id, name, epoch of each. */
export const ofNodeScript = `
local rooms = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local room = redis.call('HMGET', ARGV[2] .. id, 'name', 'node', 'epoch')
  if room[2] ~= ARGV[1] then
    redis.call('SREM', KEYS[1], id)
  elseif #rooms < tonumber(ARGV[3]) then
    rooms[#rooms + 1] = { id, room[1], room[3] }
  end
end
return rooms`;

/** KEYS: room. ARGV: epoch, snapshot, ttl. */
export const saveScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'snapshot', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1`;

/** KEYS: room. */
export const snapshotScript = `return redis.call('HGET', KEYS[1], 'snapshot')`;

/** KEYS: room. ARGV: id, epoch, what the key of a node's rooms begins with. */
export const removeScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then return 0 end
redis.call('SREM', ARGV[3] .. redis.call('HGET', KEYS[1], 'node'), ARGV[1])
redis.call('DEL', KEYS[1])
return 1`;
