/**
 * Two sorted sets with the same members, the revocations as JSON: one scored
 * with the moment when it ends, for forgetting; one with the position in the
 * order of revoking, for reading page by page. Both by Redis's clock, so that
 * the clocks of the nodes do not matter.
 */

/**
 * KEYS: ends, log. ARGV: channel, revocation, how long it holds in milliseconds, 'new' or 'restore', revocations that it covers, …
 * Returns its position. A restore of what is there changes nothing and returns that.
 */
export const revokeScript = `
local known = redis.call('ZSCORE', KEYS[2], ARGV[2])
if known and ARGV[4] == 'restore' then return known end
local time = redis.call('TIME')
local position = time[1] * 1000000 + time[2]
local at = math.floor(position / 1000)
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if last and tonumber(last) >= position then position = tonumber(last) + 1 end

local needless = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, 100)
for i = 5, #ARGV do needless[#needless + 1] = ARGV[i] end
if #needless > 0 then
  redis.call('ZREM', KEYS[1], unpack(needless))
  redis.call('ZREM', KEYS[2], unpack(needless))
end

local holds = tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], at + holds, ARGV[2])
redis.call('ZADD', KEYS[2], position, ARGV[2])
for i = 1, 2 do
  if redis.call('PTTL', KEYS[i]) < holds then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
position = string.format('%.0f', position)
redis.call('PUBLISH', ARGV[1], '{"position":' .. position .. ',"holdsMs":' .. ARGV[3] .. ',"revocation":' .. ARGV[2] .. '}')
return position`;

/** KEYS: ends, log. ARGV: position, limit. Returns revocation, position, how long it holds, … after that position. */
export const readScript = `
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000)
local page = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local found = {}
for i = 1, #page, 2 do
  local ends = redis.call('ZSCORE', KEYS[1], page[i]) or at
  found[#found + 1] = page[i]
  found[#found + 1] = page[i + 1]
  found[#found + 1] = string.format('%.0f', ends - at)
end
return found`;
