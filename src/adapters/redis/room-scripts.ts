/**
 * What the room store does in Redis, each in one step that nothing comes between.
 *
 * A room is a hash: `name`, `node`, `epoch` and, once one was saved, `snapshot` in base64 and `from`: which of the room's
 * records is the first of its tail, a list. The set of a node has the ids of the rooms that it owns, and of some that have
 * expired: whoever reads it takes those out.
 */

/** KEYS: room, rooms of the node, tail. ARGV: id, name, node, ttl, epoch. */
export const openScript = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'node', ARGV[3], 'epoch', ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SADD', KEYS[2], ARGV[1])
return 1`;

/** KEYS: room, rooms of the new owner, tail. ARGV: id, node, from, ttl, what the key of a node's rooms begins with. Returns the epoch. */
export const claimScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[3] then return false end
redis.call('SREM', ARGV[5] .. redis.call('HGET', KEYS[1], 'node'), ARGV[1])
redis.call('HSET', KEYS[1], 'node', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
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

/** KEYS: room, tail. ARGV: epoch, snapshot, ttl, records that are in the snapshot. */
export const saveScript = `
local room = redis.call('HMGET', KEYS[1], 'epoch', 'from')
if room[1] ~= ARGV[1] then return 0 end
redis.call('LTRIM', KEYS[2], math.max(0, ARGV[4] - (room[2] or 0)), -1)
redis.call('HSET', KEYS[1], 'snapshot', ARGV[2], 'from', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`;

/** KEYS: room, tail. ARGV: epoch, number, record. */
export const appendScript = `
local room = redis.call('HMGET', KEYS[1], 'epoch', 'from')
if room[1] ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) ~= (room[2] or 0) + redis.call('LLEN', KEYS[2]) then return 0 end
if redis.call('RPUSH', KEYS[2], ARGV[3]) == 1 then
  redis.call('PEXPIRE', KEYS[2], math.max(1, redis.call('PTTL', KEYS[1])))
end
return 1`;

/** KEYS: tail. */
export const tailScript = `return redis.call('LRANGE', KEYS[1], 0, -1)`;

/** KEYS: room. */
export const snapshotScript = `return redis.call('HGET', KEYS[1], 'snapshot')`;

/** KEYS: room, tail. ARGV: id, epoch, what the key of a node's rooms begins with. */
export const removeScript = `
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[2] then return 0 end
redis.call('SREM', ARGV[3] .. redis.call('HGET', KEYS[1], 'node'), ARGV[1])
redis.call('DEL', KEYS[1], KEYS[2])
return 1`;
