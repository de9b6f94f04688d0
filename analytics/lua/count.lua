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
    redis.call('ZADD', start .. 'online', 'GT', seen, person)
    if redis.call('DEL', start .. 'user:' .. actor .. ':online') == 1 then
      redis.call('SET', start .. 'user:' .. person .. ':online', 1, 'EX', change.online_seconds)
    end
  end
end

-- When each member of a sorted set was seen last; who was seen before `after` leaves it.
local function see(name, members, after, seconds)
  local seen = {}
  for member, moment in pairs(members) do
    seen[#seen + 1] = moment
    seen[#seen + 1] = member
  end
  if next(seen) then
    redis.call('ZADD', start .. name, 'GT', unpack(seen))
    redis.call('ZREMRANGEBYSCORE', start .. name, '-inf', after)
    redis.call('EXPIRE', start .. name, seconds)
  end
end

for person, seen in pairs(change.seen) do
  if seen > change.online_after then
    redis.call('SET', start .. 'user:' .. person .. ':online', 1, 'EX', change.online_seconds)
  end
end
see('online', change.seen, change.seen_after, change.seen_seconds)

local under_way = change.under_way
if under_way.after then
  for day, number in pairs(under_way.acts) do
    redis.call('INCRBY', start .. 'micro_acts:' .. day, number)
    redis.call('EXPIRE', start .. 'micro_acts:' .. day, under_way.seconds)
  end
  see('waves', under_way.waves, under_way.after, under_way.seconds)
  see('activations:ended', under_way.ended, under_way.after, under_way.seconds)
  -- In whatever order they come: an activation is under way that has begun after it was completed last.
  local begun = {}
  for activation, moment in pairs(under_way.begun) do
    if (tonumber(redis.call('ZSCORE', start .. 'activations:ended', activation)) or 0) < moment then
      begun[activation] = moment
    end
  end
  see('activations', begun, under_way.after, under_way.seconds)
  for activation, moment in pairs(under_way.ended) do
    if (tonumber(redis.call('ZSCORE', start .. 'activations', activation)) or math.huge) <= moment then
      redis.call('ZREM', start .. 'activations', activation)
    end
  end
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

-- Whoever shows live numbers reads them again (analytics/live_feed.py).
redis.call('PUBLISH', start .. 'changed', '')
