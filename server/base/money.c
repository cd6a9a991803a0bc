#include <string.h>

#include "base/money_int.h"
#include "base/must.h"

bool money_round(struct decimal d, const struct currency *cur, enum rounding how, struct money *out)
{
    struct decimal rounded;

    if (!decimal_round(d, cur->digits, how, &rounded))
        return false;
    if (rounded.digits > INT64_MAX || rounded.digits < INT64_MIN)
        return false;
    out->minor = (int64_t)rounded.digits;
    memcpy(out->currency, cur->code, sizeof(out->currency));
    return true;
}

bool money_of(struct decimal d, const struct currency *cur, struct money *out)
{
    return decimal_trim(d).scale <= cur->digits && money_round(d, cur, ROUND_DOWN, out);
}

struct decimal money_decimal(struct money m)
{
    struct currency cur;

    MUST_BE(currency_find_any((struct str){m.currency, strnlen(m.currency, sizeof(m.currency))}, &cur));
    return (struct decimal){m.minor, cur.digits};
}

void money_format(struct money m, char out[DECIMAL_TEXT_MAX])
{
    decimal_format(money_decimal(m), out);
}

static bool same_currency(const struct money *a, const struct money *b)
{
    return memcmp(a->currency, b->currency, sizeof(a->currency)) == 0;
}

bool money_add(struct money a, struct money b, struct money *out)
{
    int64_t minor;

    if (!same_currency(&a, &b) || __builtin_add_overflow(a.minor, b.minor, &minor))
        return false;
    a.minor = minor;
    *out = a;
    return true;
}

bool money_sub(struct money a, struct money b, struct money *out)
{
    int64_t minor;

    if (!same_currency(&a, &b) || __builtin_sub_overflow(a.minor, b.minor, &minor))
        return false;
    a.minor = minor;
    *out = a;
    return true;
}
