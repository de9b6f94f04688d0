-- Takes events from all quotas of a request, or from none of them: whoever is refused uses nothing up.
-- KEYS: what each quota has used in this minute, then the count of refused events.
-- ARGV[1]: events; ARGV[2]: seconds that refusals are counted for; then the limit of each quota.
-- Returns 1 when they are taken. What begins below a limit may end above it, so that no batch is too large for ever.
local quotas = #KEYS - 1

for place = 1, quotas do
  if tonumber(redis.call('GET', KEYS[place]) or 0) >= tonumber(ARGV[place + 2]) then
    redis.call('INCRBY', KEYS[#KEYS], ARGV[1])
    redis.call('EXPIRE', KEYS[#KEYS], ARGV[2])
    return 0
  end
end

for place = 1, quotas do
  redis.call('INCRBY', KEYS[place], ARGV[1])
  redis.call('EXPIRE', KEYS[place], 120)
end
return 1
