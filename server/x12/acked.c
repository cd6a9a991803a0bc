#include "x12/x12_int.h"

/* What a partner's 997, or 999, says of what we sent. A 999 is the same with other names, and with codes of its own. */

#define WORDS_MAX 16384 /* more than all that is told takes */
#define VALUE_MAX 40
#define TOLD_MAX  12 /* segments of a set that are told in words */
#define PARTS_MAX 24 /* elements of those */

struct reading {
    struct scope *sc;
    struct x12_acked acked;
    struct x12_acked_set *sets, *open;
    struct buf words; /* of the open set */
    size_t told, parts;
};

static bool is_either(struct str id, const char *of_997, const char *of_999)
{
    return str_is(id, of_997) || str_is(id, of_999);
}

/* A text of the partner's in a sentence of ours. */
static const char *quoted(struct arena *a, struct str s)
{
    const struct doc d = x12_text(a, s);
    char *out = arena_strdup(a, arena_cut(a, str_dup(a, doc_text(&d)), VALUE_MAX));

    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
    return out;
}

static void say_code(struct reading *r, struct buf *b, enum x12_level level, struct str code)
{
    const char *meaning = x12_meaning(level, code);

    if (code.n)
        buf_f(b, "%serror %s%s%s", b->n ? "; " : "", quoted(r->sc->arena, code), *meaning ? ": " : "", meaning);
}

/* AK3, IK3: which segment; AK4, IK4: which of its elements. */
static void say_segment(struct reading *r, const struct x12_segment *s)
{
    const char *loop = quoted(r->sc->arena, x12_element(s, 3));

    if (r->told++ >= TOLD_MAX)
        return;
    buf_f(&r->words, "%ssegment %s at place %s%s%s", r->words.n ? "; " : "", quoted(r->sc->arena, x12_element(s, 1)),
          quoted(r->sc->arena, x12_element(s, 2)), *loop ? " in loop " : "", loop);
    say_code(r, &r->words, X12_SEGMENT, x12_element(s, 4));
}

static void say_element(struct reading *r, const struct x12_segment *s)
{
    const char *value = quoted(r->sc->arena, x12_element(s, 4));

    if (r->told > TOLD_MAX || r->parts++ >= PARTS_MAX)
        return;
    buf_f(&r->words, "; its element %s%s%s%s", quoted(r->sc->arena, x12_element(s, 1)), *value ? " (" : "", value,
          *value ? ")" : "");
    say_code(r, &r->words, X12_ELEMENT, x12_element(s, 3));
}

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

static enum err end_set(struct reading *r, const struct x12_segment *ak5)
{
    struct x12_acked_set *set = r->open;
    struct buf b;

    if (!verdict_of(x12_element(ak5, 1), &set->verdict) || set->verdict == X12_PARTLY)
        return FAIL(r->sc, ERR_INVALID, "the acknowledgement does not say what became of set %s",
                    quoted(r->sc->arena, set->control));
    buf_init(&b, r->sc->arena, 2 * WORDS_MAX);
    for (unsigned i = 0; i < 5; i++) {
        set->codes[i] = x12_element(ak5, i + 2);
        say_code(r, &b, X12_SET, set->codes[i]);
    }
    buf_f(&b, "%s%s", b.n && r->words.n ? "; " : "", buf_cstr(&r->words));
    if (r->told > TOLD_MAX)
        buf_f(&b, "; and %zu further segments", r->told - TOLD_MAX);
    set->words = buf_cstr(&b);
    r->open = NULL;
    return OK;
}

static enum err end_group(struct reading *r, const struct x12_segment *ak9)
{
    struct buf b;

    if (!verdict_of(x12_element(ak9, 1), &r->acked.verdict))
        return FAIL(r->sc, ERR_INVALID, "the acknowledgement does not say what became of the group");
    r->acked.told = count_of(ak9, 2);
    r->acked.received = count_of(ak9, 3);
    r->acked.accepted = count_of(ak9, 4);
    buf_init(&b, r->sc->arena, WORDS_MAX);
    for (unsigned i = 5; i <= 9; i++)
        say_code(r, &b, X12_GROUP, x12_element(ak9, i));
    r->acked.words = buf_cstr(&b);
    return OK;
}

static void begin_set(struct reading *r, const struct x12_segment *ak2)
{
    r->open = &r->sets[r->acked.n++];
    r->open->code = x12_element(ak2, 1);
    r->open->control = x12_element(ak2, 2);
    r->told = r->parts = 0;
    buf_init(&r->words, r->sc->arena, WORDS_MAX);
}

static enum err take_segment(struct reading *r, const struct x12_segment *s)
{
    if (str_is(s->id, "AK1")) {
        r->acked.code = x12_element(s, 1);
        r->acked.control = x12_element(s, 2);
    } else if (str_is(s->id, "AK2") && !r->open) {
        begin_set(r, s);
    } else if (is_either(s->id, "AK3", "IK3") && r->open) {
        say_segment(r, s);
    } else if (is_either(s->id, "AK4", "IK4") && r->open) {
        say_element(r, s);
    } else if (is_either(s->id, "AK5", "IK5") && r->open) {
        return end_set(r, s);
    } else if (str_is(s->id, "AK9")) {
        return end_group(r, s);
    }
    return OK;
}

enum err x12_acked_read(struct scope *sc, const struct x12_set *set, struct x12_acked *out)
{
    struct reading r = {.sc = sc, .sets = ARENA_ARRAY(sc->arena, struct x12_acked_set, set->n ? set->n : 1)};

    if (!is_either(set->code, "997", "999"))
        return FAIL(sc, ERR_INVALID, "this set is no 997 and no 999");
    for (size_t i = 1; i < set->n; i++)
        TRY(sc, take_segment(&r, &set->segments[i]));
    if (r.acked.control.n == 0 || !r.acked.words || r.open)
        return FAIL(sc, ERR_INVALID,
                    "the acknowledgement does not say what it is about, or not all of what became of it");
    r.acked.sets = r.sets;
    *out = r.acked;
    return OK;
}
