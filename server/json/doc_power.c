#include <pthread.h>

#include "base/must.h"
#include "json/doc_int.h"

/* The powers are counted out once and exactly, since as a table in the text they could not be looked over. */
#define WORDS 16 /* of 64 bits: 5^324 has 753 bits, and 2^1023 / 5^292 still 345 */

static struct doc_power powers[DOC_POWER_MAX - DOC_POWER_MIN + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void times_five(uint64_t big[WORDS])
{
    uint64_t carry = 0;

    for (int i = 0; i < WORDS; i++) {
        unsigned __int128 v = (unsigned __int128)big[i] * 5 + carry;

        big[i] = (uint64_t)v;
        carry = (uint64_t)(v >> 64);
    }
}

/* Rounded down, each time: that is the same as to divide once by the whole power. */
static void by_five(uint64_t big[WORDS])
{
    uint64_t rest = 0;

    for (int i = WORDS - 1; i >= 0; i--) {
        unsigned __int128 v = (unsigned __int128)rest << 64 | big[i];

        big[i] = (uint64_t)(v / 5);
        rest = (uint64_t)(v % 5);
    }
}

static uint64_t word(const uint64_t big[WORDS], int i)
{
    return i >= 0 ? big[i] : 0;
}

/* The 128 bits from the highest one on; *more when there are others below. */
static struct doc_power highest(const uint64_t big[WORDS], bool *more)
{
    int top = WORDS - 1, shift;
    unsigned __int128 v;
    uint64_t below;

    while (big[top] == 0)
        top--;
    shift = __builtin_clzll(big[top]);
    v = (unsigned __int128)big[top] << 64 | word(big, top - 1);
    below = word(big, top - 2);
    if (shift) {
        v = v << shift | below >> (64 - shift);
        below <<= shift;
    }
    *more = below != 0;
    for (int i = 0; i < top - 2; i++)
        *more = *more || big[i];
    return (struct doc_power){(uint64_t)(v >> 64), (uint64_t)v};
}

static void round_up(struct doc_power *p)
{
    p->low++;
    if (p->low == 0)
        p->high++;
    MUST_BE(p->high >> 63);
}

static void count_out(void)
{
    uint64_t up[WORDS] = {1}, down[WORDS] = {[WORDS - 1] = UINT64_C(1) << 63};
    bool more;

    for (int k = 0; k <= DOC_POWER_MAX; k++, times_five(up)) {
        struct doc_power *p = &powers[k - DOC_POWER_MIN];

        *p = highest(up, &more);
        if (more)
            round_up(p);
    }
    for (int k = -1; k >= DOC_POWER_MIN; k--) {
        struct doc_power *p = &powers[k - DOC_POWER_MIN];

        by_five(down);
        *p = highest(down, &more);
        round_up(p); /* a power of two is no multiple of five */
    }
}

struct doc_power doc_power(int k)
{
    MUST_BE(k >= DOC_POWER_MIN && k <= DOC_POWER_MAX);
    MUST_BE(pthread_once(&once, count_out) == 0);
    return powers[k - DOC_POWER_MIN];
}
