"""What Redis does in one step. A floor is ``<laid at, ms>:<version>``; every key of a call lies in one slot."""

from typing import Final

# KEYS: value, floors. ARGV: version, eight bytes of it, bytes of the value, life in ms, when each floor was laid.
# Refused: below a floor, on a floor that is not the one the reader saw, or older than what is there.
VSET: Final = """
for i = 2, #KEYS do
  local floor = redis.call('GET', KEYS[i])
  if not floor then return 0 end
  local laid, version = string.match(floor, '^(%d+):(%d+)$')
  if laid ~= ARGV[i + 3] or tonumber(version) > tonumber(ARGV[1]) then return 0 end
end
local there = redis.call('GETRANGE', KEYS[1], 21, 28)
if #there == 8 and there > ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
"""
# KEYS: floors. ARGV: life in ms. Lays what is missing, and gives all.
LAY: Final = """
local found = {}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #KEYS do
  local floor = redis.call('GET', KEYS[i])
  if not floor then
    floor = string.format('%.0f:0', now)
    redis.call('SET', KEYS[i], floor, 'PX', ARGV[1])
  else
    redis.call('PEXPIRE', KEYS[i], ARGV[1])
  end
  found[i] = floor
end
return found
"""
# KEYS: floors. ARGV: life in ms, a version for each. Floors only rise.
RAISE: Final = """
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for i = 1, #KEYS do
  local floor = redis.call('GET', KEYS[i])
  local laid, version = now, '0'
  if floor then laid, version = string.match(floor, '^(%d+):(%d+)$') end
  if tonumber(ARGV[i + 1]) > tonumber(version) then version = ARGV[i + 1] end
  redis.call('SET', KEYS[i], laid .. ':' .. version, 'PX', ARGV[1])
end
return #KEYS
"""
# KEYS: a lock. ARGV: its token. Only whoever took it gives it back.
LET_GO: Final = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
