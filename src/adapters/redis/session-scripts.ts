/**
 * What the session store does in Redis, each in one step that nothing comes between.
 *
 * A session is a hash; each index is a sorted set of session ids, scored with
 * the moment when the session ends, by Redis's clock. Indexes are found from the
 * hash, so their names are made here from the prefix: with one in braces
 * (`{gatehouse}:`) all keys lie in one slot.
 */
const shared = `
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Enters a session into an index. Who has lapsed leaves it, some at each call, and the whole index with the last of them.
local function enter(index, id, ttl)
  local at = now()
  redis.call('ZADD', index, at + ttl, id)
  local lapsed = redis.call('ZRANGEBYSCORE', index, '-inf', at, 'LIMIT', 0, 20)
  if #lapsed > 0 then redis.call('ZREM', index, unpack(lapsed)) end
  if redis.call('PTTL', index) < ttl then redis.call('PEXPIRE', index, ttl) end
end
`;

/** KEYS: session, its indexes by user, room, node. ARGV: id, ttl, field, value, … */
export const createScript = `${shared}
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local ttl = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ttl)
for i = 2, 4 do enter(KEYS[i], ARGV[1], ttl) end
return 1`;

/** KEYS: session. ARGV: prefix, id, ttl, epoch or '', how many arguments set fields, field, value, …, field to clear, … */
export const updateScript = `${shared}
local old = redis.call('HMGET', KEYS[1], 'userId', 'roomId', 'nodeId', 'epoch')
if not old[1] then return 0 end
if ARGV[4] ~= '' and tonumber(ARGV[4]) < tonumber(old[4]) then return 0 end
local ttl = tonumber(ARGV[3])
local clear = 6 + tonumber(ARGV[5])
if clear > 6 then redis.call('HSET', KEYS[1], unpack(ARGV, 6, clear - 1)) end
if ARGV[clear] then redis.call('HDEL', KEYS[1], unpack(ARGV, clear)) end
redis.call('PEXPIRE', KEYS[1], ttl)
local node = redis.call('HGET', KEYS[1], 'nodeId')
if node ~= old[3] then redis.call('ZREM', ARGV[1] .. 'sessions:node:' .. old[3], ARGV[2]) end
enter(ARGV[1] .. 'sessions:user:' .. old[1], ARGV[2], ttl)
enter(ARGV[1] .. 'sessions:room:' .. old[2], ARGV[2], ttl)
enter(ARGV[1] .. 'sessions:node:' .. node, ARGV[2], ttl)
return 1`;

/** KEYS: session. ARGV: prefix, id, epoch or nothing. */
export const deleteScript = `
local old = redis.call('HMGET', KEYS[1], 'userId', 'roomId', 'nodeId', 'epoch')
if not old[1] then return 0 end
if ARGV[3] ~= '' and tonumber(ARGV[3]) < tonumber(old[4]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[1] .. 'sessions:user:' .. old[1], ARGV[2])
redis.call('ZREM', ARGV[1] .. 'sessions:room:' .. old[2], ARGV[2])
redis.call('ZREM', ARGV[1] .. 'sessions:node:' .. old[3], ARGV[2])
return 1`;

/**
 * KEYS: index. ARGV: prefix, limit, whose index it is, that one's field, all fields.
 * An entry whose session is gone, evicted or now of somebody else is dropped.
 */
export const findScript = `${shared}
local at = now()
local lapsed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, 100)
if #lapsed > 0 then redis.call('ZREM', KEYS[1], unpack(lapsed)) end
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', at), '+inf')
table.sort(ids)
local limit = tonumber(ARGV[2])
local found = {}
for _, id in ipairs(ids) do
  if #found >= limit then break end
  local session = ARGV[1] .. 'session:' .. id
  if redis.call('HGET', session, ARGV[4]) == ARGV[3] then
    found[#found + 1] = redis.call('HMGET', session, unpack(ARGV, 5))
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found`;
