#include "rate/rate_int.h"

/* One hash for each account, "tenon:account:{id}:rate":
 *   t, at         tokens, and when they were counted (microseconds of Redis' own clock)
 *   n, last       tokens given; the thread that had the last one
 *   pause         until when nobody calls        slow, slow_until  tokens in 1,000 s, and until when
 *   said, said_burst, said_until  what its owner says that the bucket is, in the place of what we are set to
 *   w:<thread>    "at c0 … c4 p0 … p4": when it last asked, how many wait there by lane, which counts for two seconds,
 *                 and what each of them costs
 * A bucket that is not there is full, unless who asks knows that there was one a moment ago: then Redis has
 * forgotten it, and it begins empty.
 */
#define PRELUDE                                                                                                        \
    "local now, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])\n"                               \
    "if now == 0 then\n"                                                                                               \
    "  local t = redis.call('TIME')\n"                                                                                 \
    "  now = t[1] * 1000000 + t[2]\n"                                                                                  \
    "end\n"                                                                                                            \
    "local all, h = redis.pcall('HGETALL', KEYS[1]), {}\n"                                                             \
    "if all.err then redis.call('DEL', KEYS[1]); all = {} end\n"                                                       \
    "for i = 1, #all, 2 do h[all[i]] = all[i + 1] end\n"                                                               \
    "local function num(name, other) return tonumber(h[name] or '') or other end\n"                                    \
    "local said_until = num('said_until', 0)\n"                                                                        \
    "if now < said_until and said_until < now + 7200000000 then\n"                                                     \
    "  rate, burst = num('said', rate), num('said_burst', burst)\n"                                                    \
    "end\n"                                                                                                            \
    "local slow_until = num('slow_until', 0)\n"                                                                        \
    "if now < slow_until and slow_until < now + 3600000000 then rate = math.min(rate, num('slow', rate)) end\n"        \
    "local per_us = rate / 1e9\n"                                                                                      \
    "local pause = num('pause', 0)\n"                                                                                  \
    "if pause > now + 3600000000 then pause = 0 end\n"                                                                 \
    "local t = num('t', ARGV[4] == '1' and 0 or burst)\n"                                                              \
    "t = math.min(burst, t + math.max(0, now - num('at', now)) * per_us)\n"                                            \
    "local function keep(...)\n"                                                                                       \
    "  redis.call('HSET', KEYS[1], 't', string.format('%.6f', t), 'at', string.format('%.0f', now), ...)\n"            \
    "  redis.call('PEXPIRE', KEYS[1], 7200000)\n"                                                                      \
    "end\n"

/* ARGV: now (0: its own clock), rate, burst, 1 if there was a bucket; then thread, most, what to do ("take", "force",
 * "look"), what each lane leaves, how many wait in each, what each of those costs. Answers: given by lane, microseconds
 * until it is worth asking again, thousandths of tokens, rate, microseconds of pause, waiting by lane, threads that
 * asked within ten seconds. */
const char rate_take_lua[] =
    PRELUDE "local me, most, how = ARGV[5], tonumber(ARGV[6]), ARGV[7]\n"
            "local kept, mine, others, out, threads = {}, {}, {}, {}, 1\n"
            "local cost, theirs = {}, {}\n"
            "for l = 0, 4 do\n"
            "  kept[l], mine[l], others[l], out[l] = tonumber(ARGV[8 + l]), tonumber(ARGV[13 + l]), 0, 0\n"
            "  kept[l] = math.floor(kept[l] * burst / tonumber(ARGV[3]))\n"
            "  cost[l], theirs[l] = math.min(burst, tonumber(ARGV[18 + l])), 1\n"
            "end\n"
            "for name, v in pairs(h) do\n"
            "  if name:sub(1, 2) == 'w:' and name ~= 'w:' .. me then\n"
            "    local c = {}\n"
            "    for d in v:gmatch('%d+') do c[#c + 1] = tonumber(d) end\n"
            "    if #c ~= 11 or c[1] < now - 10000000 or c[1] > now + 1000000 then\n"
            "      redis.call('HDEL', KEYS[1], name)\n"
            "    else\n"
            "      threads = threads + 1\n"
            "      if c[1] > now - 2000000 then\n"
            "        for l = 0, 4 do\n"
            "          others[l] = others[l] + c[2 + l]\n"
            "          if c[2 + l] > 0 then theirs[l] = math.min(burst, math.max(theirs[l], c[7 + l])) end\n"
            "        end\n"
            "      end\n"
            "    end\n"
            "  end\n"
            "end\n"
            "local n, last = num('n', 0), h.last\n"
            "local turn = n\n"
            "local function waits(l) return mine[l] > 0 or others[l] > 0 end\n"
            "local function next_lane()\n"
            "  for l = 0, 4 do\n"
            "    if waits(l) then\n"
            "      for i = 0, turn % 16 == 15 and 3 or -1 do\n"
            "        local low = 1 + (math.floor(turn / 16) + i) % 4\n"
            "        if low > l and waits(low) then return low, 0 end\n"
            "      end\n"
            "      return l, kept[l]\n"
            "    end\n"
            "  end\n"
            "end\n"
            "local seen = {}\n"
            "for l = 0, 4 do seen[l] = mine[l] + others[l] end\n"
            "local free, need, given, yielded = t, 0, 0, false\n"
            "if how == 'force' then\n"
            "  t = math.max(-burst, t - cost[0]); n = n + 1\n"
            "elseif how == 'take' and now >= pause then\n"
            "  while given < most do\n"
            "    local l, floor = next_lane()\n"
            "    if not l then break end\n"
            "    local us = mine[l] > 0 and not (last == me and others[l] > 0 and not yielded)\n"
            "    local p = us and cost[l] or theirs[l]\n"
            "    floor = math.min(floor, burst - p)\n"
            "    if free - p < floor then need = floor + p - free; break end\n"
            "    free, turn = free - p, turn + 1\n"
            "    if us then\n"
            "      mine[l], out[l], given, t, n, last = mine[l] - 1, out[l] + 1, given + 1, t - p, n + 1, me\n"
            "      yielded = false\n"
            "    else\n"
            "      others[l] = math.max(0, others[l] - 1)\n"
            "      yielded = true\n"
            "    end\n"
            "  end\n"
            "end\n"
            "local wait = need > 0 and math.ceil(need / per_us) or 1000\n"
            "if now < pause then wait = pause - now end\n"
            "if how == 'take' then\n"
            "  keep('n', n, 'last', last or '', 'w:' .. me, string.format('%.0f %d %d %d %d %d %d %d %d %d %d', now,\n"
            "       mine[0], mine[1], mine[2], mine[3], mine[4], cost[0], cost[1], cost[2], cost[3], cost[4]))\n"
            "elseif how == 'force' then keep('n', n) end\n"
            "return {out[0], out[1], out[2], out[3], out[4], math.min(wait, 3600000000), math.floor(t * 1000), rate,\n"
            "        math.max(0, pause - now), seen[0], seen[1], seen[2], seen[3], seen[4], threads}\n";

/* ARGV: as above, then microseconds of pause, tokens at most (-1: as many as there are), rate, microseconds of it,
 * tokens that come back, rate and burst that the bucket is said to have (0: nothing is said). */
const char rate_tell_lua[] = PRELUDE
    "local for_us, most = tonumber(ARGV[8]), tonumber(ARGV[6])\n"
    "local back, said, said_burst = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])\n"
    "if said > 0 or said_burst > 0 then\n"
    "  redis.call('HSET', KEYS[1], 'said', said > 0 and said or rate, 'said_burst',\n"
    "             said_burst > 0 and said_burst or burst, 'said_until', string.format('%.0f', now + 3600000000))\n"
    "  burst = said_burst > 0 and said_burst or burst\n"
    "end\n"
    "t = math.min(burst, t + back)\n"
    "if most >= 0 then t = math.min(t, most) end\n"
    "keep('pause', string.format('%.0f', math.max(pause, now + tonumber(ARGV[5]))))\n"
    "if for_us > 0 then\n"
    "  redis.call('HSET', KEYS[1], 'slow', ARGV[7], 'slow_until', string.format('%.0f', now + for_us))\n"
    "end\n"
    "return 1\n";
