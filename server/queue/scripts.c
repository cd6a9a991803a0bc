#include "queue/queue_int.h"

/* Keys, all after "{name}:" so that a cluster holds them together:
 *   ring:<lane>            list: tenants with ready jobs, next turn first
 *   ready:<lane>:<tenant>  sorted set: job ids in the order of putting; a set, so that a second put changes nothing
 *   due                    sorted set: whole tickets by wall-clock microseconds
 *   depth, weight          hashes: ready ids by lane; turns by tenant
 *   seq, turn              counters        wake  list: what queue_wait pops        epoch  see queue_epoch_check
 *
 * A value of another type is thrown away with the epoch, so that all is rebuilt rather than stuck.
 */
#define PRELUDE                                                                                                        \
    "local q = KEYS[1]\n"                                                                                              \
    "local function call(cmd, key, ...)\n"                                                                             \
    "  local r = redis.pcall(cmd, q .. key, ...)\n"                                                                    \
    "  if type(r) ~= 'table' or not r.err then return r end\n"                                                         \
    "  if not (r.err:find('WRONGTYPE', 1, true) or r.err:find('not an integer', 1, true)) then error(r.err) end\n"     \
    "  redis.call('DEL', q .. key, q .. 'epoch')\n"                                                                    \
    "  return redis.call(cmd, q .. key, ...)\n"                                                                        \
    "end\n"                                                                                                            \
    "local function ring(n)\n"                                                                                         \
    "  for _ = call('LLEN', 'wake') + 1, math.min(n, 16) do call('RPUSH', 'wake', '1') end\n"                          \
    "end\n"                                                                                                            \
    "local function put(lane, tenant, ids)\n"                                                                          \
    "  local n = #ids / 16\n"                                                                                          \
    "  local key = 'ready:' .. lane .. ':' .. tenant\n"                                                                \
    "  local seq = call('INCRBY', 'seq', n) - n\n"                                                                     \
    "  local args = {}\n"                                                                                              \
    "  for k = 1, n do\n"                                                                                              \
    "    args[2 * k - 1] = string.format('%d', seq + k)\n"                                                             \
    "    args[2 * k] = ids:sub(16 * k - 15, 16 * k)\n"                                                                 \
    "  end\n"                                                                                                          \
    "  local added = call('ZADD', key, 'NX', unpack(args))\n"                                                          \
    "  if added > 0 then\n"                                                                                            \
    "    if call('ZCARD', key) == added then call('RPUSH', 'ring:' .. lane, tenant) end\n"                             \
    "    call('HINCRBY', 'depth', lane, added)\n"                                                                      \
    "  end\n"                                                                                                          \
    "  return added\n"                                                                                                 \
    "end\n"

/* ARGV: lane, tenant, ids, and so on. */
const char queue_put_lua[] = PRELUDE "local n = 0\n"
                                     "for i = 1, #ARGV, 3 do n = n + put(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end\n"
                                     "if n > 0 then ring(n) end\n"
                                     "return n\n";

/* ARGV: due time, ticket, and so on. Whoever waits learns only of a due time earlier than all it knew. */
const char queue_put_at_lua[] = PRELUDE "local earliest = tonumber(ARGV[1])\n"
                                        "for i = 3, #ARGV, 2 do earliest = math.min(earliest, tonumber(ARGV[i])) end\n"
                                        "local first = call('ZRANGE', 'due', 0, 0, 'WITHSCORES')[2]\n"
                                        "call('ZADD', 'due', unpack(ARGV))\n"
                                        "if not first or earliest < tonumber(first) then ring(1) end\n"
                                        "return #ARGV / 2\n";

/* ARGV: most, now, lane and tenant of those to leave out. Answers the next due time (only when nothing is ready), or
 * "more" when some were left out, and the tickets. Each turn is dealt to a lane once, and a lane's to its tenants in
 * rounds, so that a tenant is asked once for all that it may give; what a lane could not give in a round it is owed in
 * the next. With weights it is one turn after the other, since each then gives more than one ticket. */
const char queue_take_lua[] =
    PRELUDE "local max = tonumber(ARGV[1])\n"
            "local due = call('ZRANGEBYSCORE', 'due', '-inf', ARGV[2], 'LIMIT', 0, 256)\n"
            "for _, m in ipairs(due) do\n"
            "  if #m == 49 and m:find('^[0-4]') then put(m:sub(1, 1), m:sub(2, 33), m:sub(34)) end\n"
            "end\n"
            "if #due > 0 then call('ZREM', 'due', unpack(due)) end\n"
            "local but, apart = {}, false\n"
            "for i = 3, #ARGV do but[ARGV[i]] = 1 end\n"
            "local left, size = {}, {}\n"
            "for l = 0, 4 do left[l] = call('LLEN', 'ring:' .. l); size[l] = left[l] end\n"
            "local weighted = call('EXISTS', 'weight') == 1\n"
            "local turn = tonumber(call('GET', 'turn') or 0) or 0\n"
            "local function lane_of(t)\n"
            "  if t % 16 == 15 then\n"
            "    for i = 0, 3 do\n"
            "      local l = 1 + (math.floor(t / 16) + i) % 4\n"
            "      if left[l] > 0 then return l end\n"
            "    end\n"
            "  end\n"
            "  for l = 0, 4 do if left[l] > 0 then return l end end\n"
            "end\n"
            "local out, given = {''}, {}\n"
            "local function pop(l, tenant, n)\n"
            "  local key = 'ready:' .. l .. ':' .. tenant\n"
            "  local w = weighted and tonumber(call('HGET', 'weight', tenant) or 1) or 1\n"
            "  n = math.min(n * math.max(1, math.min(w, 16)), max + 1 - #out)\n"
            "  local got = call('ZRANGE', key, 0, n - 1)\n"
            "  if #got > 0 then call('ZREMRANGEBYRANK', key, 0, #got - 1) end\n"
            "  for _, id in ipairs(got) do\n"
            "    if #id == 16 then out[#out + 1] = l .. tenant .. id end\n"
            "  end\n"
            "  given[l] = (given[l] or 0) + #got\n"
            "  if #got == n and call('EXISTS', key) == 1 then\n"
            "    call('RPUSH', 'ring:' .. l, tenant)\n"
            "    left[l] = left[l] + 1; size[l] = size[l] + 1\n"
            "  end\n"
            "  return #got\n"
            "end\n"
            "local function serve(l, turns)\n"
            "  local used, each, go = 0, math.max(1, math.floor(turns / left[l])), left[l]\n"
            "  for _ = 1, size[l] do\n"
            "    local n = math.min(each, turns - used)\n"
            "    if n == 0 or go == 0 or #out > max then break end\n"
            "    local tenant = call('LPOP', 'ring:' .. l)\n"
            "    local told = tenant and but[l .. tenant]\n"
            "    if told then\n"
            "      call('RPUSH', 'ring:' .. l, tenant)\n"
            "      if told == 1 then left[l] = left[l] - 1; go = go - 1; but[l .. tenant] = 2 end\n"
            "      apart = true\n"
            "    else\n"
            "      left[l] = left[l] - 1; size[l] = size[l] - 1; go = go - 1\n"
            "      if tenant and #tenant == 32 then\n"
            "        local got = pop(l, tenant, n)\n"
            "        used = used + (weighted and n or math.min(n, got))\n"
            "      end\n"
            "    end\n"
            "  end\n"
            "  return used\n"
            "end\n"
            "local t, owed = turn, {}\n"
            "for _ = 1, 2 * max + 16 do\n"
            "  local need = weighted and 1 or max + 1 - #out\n"
            "  if #out > max then break end\n"
            "  for l = 0, 4 do\n"
            "    if left[l] == 0 then owed[l] = nil end\n"
            "    need = need - (owed[l] or 0)\n"
            "  end\n"
            "  for _ = 1, need do\n"
            "    local l = lane_of(t)\n"
            "    if not l then break end\n"
            "    owed[l] = (owed[l] or 0) + 1\n"
            "    t = t + 1\n"
            "  end\n"
            "  if not next(owed) then break end\n"
            "  for l = 0, 4 do if owed[l] and owed[l] > 0 then owed[l] = owed[l] - serve(l, owed[l]) end end\n"
            "end\n"
            "for l, n in pairs(given) do call('HINCRBY', 'depth', l, -n) end\n"
            "if t > turn then call('SET', 'turn', string.format('%d', t)) end\n"
            "if apart then\n"
            "  out[1] = 'more'\n"
            "elseif #out == 1 and not lane_of(0) then\n"
            "  call('DEL', 'depth'); call('DEL', 'wake')\n"
            "  out[1] = call('ZRANGE', 'due', 0, 0, 'WITHSCORES')[2] or ''\n"
            "end\n"
            "return out\n";
