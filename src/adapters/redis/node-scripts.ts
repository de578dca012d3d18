/**
 * What the node registry does in Redis, each in one step that nothing comes between.
 *
 * A node is a hash: its record as JSON, its incarnation, while somebody cleans
 * up after it the fence and until when, and `wasCleaned` when that was done to a
 * node that lives. One sorted set has all nodes, scored with the moment until
 * which they live, by Redis's clock.
 */
const shared = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Undefined for a node that is not there at all.
local function isAlive(nodes, id)
  local ends = redis.call('ZSCORE', nodes, id)
  if not ends then return nil end
  return tonumber(ends) > now()
end
`;

/** KEYS: node, nodes. ARGV: id, incarnation, record, ttl. */
export const beatScript = `${shared}
local wasAlive = isAlive(KEYS[2], ARGV[1])
if wasAlive and redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[2] then return 'taken' end
local wasCleaned = redis.call('HDEL', KEYS[1], 'wasCleaned') == 1
redis.call('HSET', KEYS[1], 'incarnation', ARGV[2], 'record', ARGV[3])
redis.call('ZADD', KEYS[2], now() + ARGV[4], ARGV[1])
if wasAlive and not wasCleaned then return 'known' end
return 'new'`;

/** KEYS: node, nodes. ARGV: id, incarnation. */
export const leaveScript = `
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[1])
return 1`;

/** KEYS: node, nodes. ARGV: id. Returns the record. */
export const getScript = `${shared}
if not isAlive(KEYS[2], ARGV[1]) then return false end
return redis.call('HGET', KEYS[1], 'record')`;

/** KEYS: nodes. ARGV: what the key of a node begins with, limit. Returns the records of those that live. */
export const listScript = `${shared}
local records = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now()), '+inf', 'LIMIT', 0, ARGV[2])) do
  records[#records + 1] = redis.call('HGET', ARGV[1] .. id, 'record') or nil
end
return records`;

/** KEYS: nodes. ARGV: limit. Returns the ids of those that live no more. */
export const expiredScript = `${shared}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now(), 'LIMIT', 0, ARGV[1])`;

/** KEYS: node, nodes, fences. ARGV: id, ttl. Returns the fence. */
export const claimScript = `${shared}
if isAlive(KEYS[2], ARGV[1]) ~= false then return false end
local claimed = redis.call('HGET', KEYS[1], 'claimedUntil')
if claimed and tonumber(claimed) > now() then return false end
local fence = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[1], 'fence', fence, 'claimedUntil', string.format('%.0f', now() + ARGV[2]))
return fence`;

/** KEYS: node, nodes. ARGV: id, fence. */
export const cleanedScript = `${shared}
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], 'fence', 'claimedUntil')
if isAlive(KEYS[2], ARGV[1]) then
  redis.call('HSET', KEYS[1], 'wasCleaned', 1)
else
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('DEL', KEYS[1])
end
return 1`;

/** KEYS: secret. ARGV: one to take when there is none. */
export const secretScript = `
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])`;
