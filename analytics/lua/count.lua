-- Adds what one batch brought to the live counters of a workspace (analytics/realtime.py names the keys).
-- KEYS[1]: prefix of the workspace; KEYS[2], [3]: where what came in is counted (analytics/arrivals.py), if anything did.
-- ARGV[1]: JSON of analytics.realtime._change.
local start, change = KEYS[1], cjson.decode(ARGV[1])

for day, people in pairs(change.dau) do
  local key = start .. 'dau:' .. day
  redis.call('SADD', key, unpack(people))
  redis.call('EXPIRE', key, change.dau_seconds)
end

-- Whoever has just turned out to be somebody else is counted as that person, once.
for actor, person in pairs(change.links) do
  for _, day in ipairs(change.days) do
    local key = start .. 'dau:' .. day
    if redis.call('SREM', key, actor) == 1 then
      redis.call('SADD', key, person)
      redis.call('EXPIRE', key, change.dau_seconds)
    end
  end
  local seen = redis.call('ZSCORE', start .. 'online', actor)
  if seen then
    redis.call('ZREM', start .. 'online', actor)
    redis.call('DEL', start .. 'user:' .. actor .. ':online')
    redis.call('ZADD', start .. 'online', 'GT', seen, person)
    redis.call('SET', start .. 'user:' .. person .. ':online', 1, 'EX', change.online_seconds)
  end
end

local online = {}
for person, seen in pairs(change.online) do
  redis.call('SET', start .. 'user:' .. person .. ':online', 1, 'EX', change.online_seconds)
  online[#online + 1] = seen
  online[#online + 1] = person
end
if next(online) then
  redis.call('ZADD', start .. 'online', 'GT', unpack(online))
  redis.call('ZREMRANGEBYSCORE', start .. 'online', '-inf', redis.call('TIME')[1] - change.online_seconds)
end

for name, number in pairs(change.hourly) do
  redis.call('INCRBY', start .. name, number)
  redis.call('EXPIRE', start .. name, change.hourly_seconds)
end

for minute, number in pairs(change.minutes) do
  local key = start .. 'events:minute:' .. minute
  redis.call('INCRBY', key, number)
  redis.call('EXPIRE', key, change.minute_seconds)
end

if change.likes ~= 0 then
  redis.call('INCRBY', start .. 'likes:count', change.likes)
end

if KEYS[2] then
  local arrivals = change.arrivals
  redis.call('HSETNX', KEYS[2], 'since', arrivals.since)
  for name, number in pairs(arrivals.counts) do
    redis.call('HINCRBY', KEYS[2], name, number)
  end
  redis.call('EXPIRE', KEYS[2], arrivals.seconds)
  redis.call('SADD', KEYS[3], arrivals.hour)
end
