#include "x12/x12_int.h"

/* What a partner's 997 says of what we sent. */

static bool verdict_of(struct str code, enum x12_verdict *out)
{
    if (code.n != 1)
        return false;
    switch (*code.p) {
    case 'A':
        *out = X12_ACCEPTED;
        return true;
    case 'E':
        *out = X12_ERRORS_NOTED;
        return true;
    case 'P':
        *out = X12_PARTLY;
        return true;
    case 'R':
    case 'M': /* these three: what it is signed or sealed with was refused */
    case 'W':
    case 'X':
        *out = X12_REJECTED;
        return true;
    default:
        return false;
    }
}

static int64_t count_of(const struct x12_segment *s, unsigned i)
{
    int64_t v;

    return x12_number(x12_element(s, i), &v) ? v : -1;
}

static enum err take_set(struct scope *sc, const struct x12_segment *ak5, struct x12_acked_set *set)
{
    if (!verdict_of(x12_element(ak5, 1), &set->verdict) || set->verdict == X12_PARTLY)
        return FAIL(sc, ERR_INVALID, "the 997 does not say what became of set %s", str_dup(sc->arena, set->control));
    for (unsigned i = 0; i < 5; i++)
        set->codes[i] = x12_element(ak5, i + 2);
    return OK;
}

static enum err take_group(struct scope *sc, const struct x12_segment *ak9, struct x12_acked *out)
{
    if (!verdict_of(x12_element(ak9, 1), &out->verdict))
        return FAIL(sc, ERR_INVALID, "the 997 does not say what became of the group");
    out->told = count_of(ak9, 2);
    out->received = count_of(ak9, 3);
    out->accepted = count_of(ak9, 4);
    return OK;
}

enum err x12_acked_read(struct scope *sc, const struct x12_set *set, struct x12_acked *out)
{
    struct x12_acked_set *sets = ARENA_ARRAY(sc->arena, struct x12_acked_set, set->n ? set->n : 1), *open = NULL;
    struct x12_acked acked = {0};
    bool ended = false;

    if (!str_is(set->code, "997"))
        return FAIL(sc, ERR_INVALID, "this set is no 997");
    for (size_t i = 1; i < set->n; i++) {
        const struct x12_segment *s = &set->segments[i];

        if (str_is(s->id, "AK1")) {
            acked.code = x12_element(s, 1);
            acked.control = x12_element(s, 2);
        } else if (str_is(s->id, "AK2") && !open) {
            open = &sets[acked.n++];
            open->code = x12_element(s, 1);
            open->control = x12_element(s, 2);
        } else if (str_is(s->id, "AK5") && open) {
            TRY(sc, take_set(sc, s, open));
            open = NULL;
        } else if (str_is(s->id, "AK9")) {
            TRY(sc, take_group(sc, s, &acked));
            ended = true;
        }
    }
    if (acked.control.n == 0 || !ended || open)
        return FAIL(sc, ERR_INVALID, "the 997 does not say what it is about, or not all of what became of it");
    acked.sets = sets;
    *out = acked;
    return OK;
}
