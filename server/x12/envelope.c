#include "base/timefmt.h"
#include "x12/x12_int.h"

/* Sets of ours in an interchange. */

struct moment {
    const char *date8, *date6, *time;
};

static struct moment moment_of(struct arena *a, int64_t us)
{
    char text[TIME_TEXT_MAX];

    time_format(us, text); /* 2026-11-23T10:15:00Z */
    return (struct moment){arena_f(a, "%.4s%.2s%.2s", text, text + 5, text + 8),
                           arena_f(a, "%.2s%.2s%.2s", text + 2, text + 5, text + 8),
                           arena_f(a, "%.2s%.2s", text + 11, text + 14)};
}

static void put(struct x12_members *m, const char *name, const char *text)
{
    x12_put_text(m, name, str_of(text));
}

static struct doc isa_of(struct arena *a, const struct x12_envelope *e)
{
    struct x12_members m = {.arena = a};
    struct moment now = moment_of(a, e->now_us);

    put(&m, "ISA05", e->sender_qualifier);
    put(&m, "ISA06", e->sender);
    put(&m, "ISA07", e->receiver_qualifier);
    put(&m, "ISA08", e->receiver);
    put(&m, "ISA09", now.date6);
    put(&m, "ISA10", now.time);
    put(&m, "ISA12", "00401");
    put(&m, "ISA13", arena_f(a, "%09lld", (long long)e->control));
    put(&m, "ISA15", e->test ? "T" : "P");
    return x12_object(&m);
}

static struct doc gs_of(struct arena *a, const struct x12_envelope *e, const char *code)
{
    struct x12_members m = {.arena = a};
    struct moment now = moment_of(a, e->now_us);

    put(&m, "GS01", code);
    put(&m, "GS02", e->group_sender);
    put(&m, "GS03", e->group_receiver);
    put(&m, "GS04", now.date8);
    put(&m, "GS05", now.time);
    put(&m, "GS06", arena_f(a, "%lld", (long long)e->group_control));
    put(&m, "GS07", "X");
    put(&m, "GS08", "004010");
    return x12_object(&m);
}

struct doc x12_interchange_make(struct arena *a, const struct x12_envelope *e, const struct doc *groups, size_t n)
{
    struct x12_members m = {.arena = a};

    x12_put(&m, "ISA", isa_of(a, e));
    x12_put(&m, "groups", x12_list(a, groups, n));
    return x12_object(&m);
}

struct doc x12_group_make(struct arena *a, const struct x12_envelope *e, const char *code, const struct doc *sets,
                          size_t n)
{
    struct x12_members m = {.arena = a};

    x12_put(&m, "GS", gs_of(a, e, code));
    x12_put(&m, "sets", x12_list(a, sets, n));
    return x12_object(&m);
}

struct doc x12_file_make(struct arena *a, const struct doc *interchanges, size_t n)
{
    struct x12_members m = {.arena = a};

    x12_put(&m, "interchanges", x12_list(a, interchanges, n));
    return x12_object(&m);
}

static const char *code_of(const struct doc *set)
{
    struct str code = doc_text(doc_get(doc_get(set, "ST"), "ST01"));

    return x12_group_code(code.n ? code : doc_text(doc_get(set, "set")));
}

static bool in_range(int64_t control)
{
    return control >= 1 && control <= 999999999;
}

enum err x12_enclose(struct scope *sc, const struct x12_envelope *e, const struct doc *sets, size_t n, struct doc *out)
{
    const char *code = n ? code_of(&sets[0]) : NULL;
    struct doc group, interchange;

    if (!code)
        return FAIL(sc, ERR_INVALID, "there is no set, or the first one is of no known group");
    for (size_t i = 1; i < n; i++) {
        const char *other = code_of(&sets[i]);

        if (!other || strcmp(other, code) != 0)
            return FAIL(sc, ERR_INVALID, "set %zu belongs to another functional group than the first one", i + 1);
    }
    if (!in_range(e->control) || !in_range(e->group_control))
        return FAIL(sc, ERR_INVALID, "a control number is from 1 to 999999999");
    group = x12_group_make(sc->arena, e, code, sets, n);
    interchange = x12_interchange_make(sc->arena, e, &group, 1);
    *out = x12_file_make(sc->arena, &interchange, 1);
    return OK;
}
