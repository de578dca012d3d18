/**
 * What the directory does in Redis, each in one step that nothing comes between.
 *
 * A user is a hash: `name`, `chosen`, `lastSeen`, and `s:<session id>` for each
 * connected session, which holds the node and the room as JSON. A member of a
 * node's set is `["<user id>","<session id>"]`, written by JSON.stringify.
 */
const shared = `
local function user(id) return ARGV[1] .. 'user:' .. id end

-- Three fields are always there; each further one is a session.
local function connected(key) return redis.call('HLEN', key) > 3 end

local function nodeOf(session) return cjson.decode(session)[1] end

local function leave(node, member) redis.call('SREM', ARGV[1] .. 'users:node:' .. node, member) end

-- In the order of going, by Redis's clock.
local function gone(id)
  local time = redis.call('TIME')
  redis.call('ZADD', ARGV[1] .. 'users:gone', 'NX', time[1] * 1000000 + time[2], id)
end

-- Forgets who has been gone the longest, some at each call: more than can go in one.
local function forget(capacity)
  local all = ARGV[1] .. 'users:gone'
  local over = redis.call('ZCARD', all) - capacity
  if over <= 0 then return end
  for _, id in ipairs(redis.call('ZRANGE', all, 0, math.min(over, 250) - 1)) do
    redis.call('DEL', user(id))
    redis.call('ZREM', ARGV[1] .. 'users', id)
    redis.call('ZREM', all, id)
  end
end
`;

/** KEYS: user, users, gone, the node's set. ARGV: prefix, user id, session id, name, now, node, session, member. */
export const addScript = `${shared}
local field = 's:' .. ARGV[3]
local before = redis.call('HGET', KEYS[1], field)
if before and nodeOf(before) ~= ARGV[6] then leave(nodeOf(before), ARGV[8]) end
redis.call('HSETNX', KEYS[1], 'chosen', 'online')
redis.call('HSET', KEYS[1], 'name', ARGV[4], 'lastSeen', ARGV[5], field, ARGV[7])
redis.call('ZADD', KEYS[2], 0, ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('SADD', KEYS[4], ARGV[8])
return redis.call('HGETALL', KEYS[1])`;

/**
 * KEYS: user. ARGV: prefix, user id, session id, now, node or '', member, capacity.
 * Only as that node's: a session that meanwhile lives on another one stays, as its old node may be late to notice.
 */
export const removeScript = `${shared}
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local field = 's:' .. ARGV[3]
local session = redis.call('HGET', KEYS[1], field)
if session and nodeOf(session) == ARGV[5] then
  redis.call('HDEL', KEYS[1], field)
  redis.call('HSET', KEYS[1], 'lastSeen', ARGV[4])
  leave(ARGV[5], ARGV[6])
end
local left = redis.call('HGETALL', KEYS[1])
if not connected(KEYS[1]) then
  gone(ARGV[2])
  forget(tonumber(ARGV[7]))
end
return left`;

/** KEYS: user. ARGV: prefix, status, now. */
export const setStatusScript = `${shared}
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
redis.call('HSET', KEYS[1], 'chosen', ARGV[2])
if connected(KEYS[1]) then redis.call('HSET', KEYS[1], 'lastSeen', ARGV[3]) end
return redis.call('HGETALL', KEYS[1])`;

/**
 * KEYS: users. ARGV: prefix, after, limit, how many to look at, status or '', offline since.
 * Returns the last that was looked at ('' at the end), then user id and user for each that was found.
 */
export const listScript = `${shared}
local limit, step = tonumber(ARGV[3]), tonumber(ARGV[4])
local ids = redis.call('ZRANGEBYLEX', KEYS[1], '(' .. ARGV[2], '+', 'LIMIT', 0, step)
local found = {#ids < step and '' or ids[#ids]}
for _, id in ipairs(ids) do
  local key = user(id)
  local seen = redis.call('HMGET', key, 'chosen', 'lastSeen')
  local status = seen[1]
  if not status then
    -- Evicted, or deleted by hand.
    redis.call('ZREM', KEYS[1], id)
  elseif ARGV[5] ~= '' and tonumber(seen[2]) <= tonumber(ARGV[6]) and not connected(key) then
    status = 'offline'
  end
  if status and (ARGV[5] == '' or ARGV[5] == status) then
    found[#found + 1] = id
    found[#found + 1] = redis.call('HGETALL', key)
    if #found > limit * 2 then break end
  end
end
return found`;

/**
 * KEYS: the node's set. ARGV: prefix, node, now, cursor, how many, capacity.
 * Returns the next cursor, then user id and user for each session that the node has or had.
 * The set stays as it is, so that after an error all of them are given again.
 */
export const removeNodeScript = `${shared}
local page = redis.call('SSCAN', KEYS[1], ARGV[4], 'COUNT', ARGV[5])
local changed = {page[1]}
for _, member in ipairs(page[2]) do
  local id, session = unpack(cjson.decode(member))
  local key = user(id)
  local at = redis.call('HGET', key, 's:' .. session)
  if at and nodeOf(at) == ARGV[2] then
    redis.call('HDEL', key, 's:' .. session)
    redis.call('HSET', key, 'lastSeen', ARGV[3])
    if not connected(key) then gone(id) end
  end
  changed[#changed + 1] = id
  changed[#changed + 1] = redis.call('HGETALL', key)
end
forget(tonumber(ARGV[6]))
return changed`;

/** KEYS: the node's set. ARGV: prefix, node, cursor, how many. Takes out what is no longer there. Returns the next cursor. */
export const forgetNodeScript = `${shared}
local page = redis.call('SSCAN', KEYS[1], ARGV[3], 'COUNT', ARGV[4])
for _, member in ipairs(page[2]) do
  local id, session = unpack(cjson.decode(member))
  local at = redis.call('HGET', user(id), 's:' .. session)
  -- A node that was called dead too early may have come back meanwhile.
  if not at or nodeOf(at) ~= ARGV[2] then leave(ARGV[2], member) end
end
return page[1]`;
