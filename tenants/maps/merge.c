#include "maps/maps_int.h"

/* Three ways into one: a blueprint's document as it was when ours was made of it (base), as it is now (theirs), and
 * what the customer has made of it (ours). */

const char *const maps_side_names[] = {"ours", "theirs", "base", NULL};

struct merging {
    struct arena *a;
    const struct maps_merge *in;
    struct maps_merged *out;
    struct maps_parts base, theirs, ours;
    struct maps_parts made; /* in the order it will be written */
    uint32_t *choice_hashes;
    bool *choice_used;
};

static const struct doc *value_in(const struct maps_parts *parts, const struct maps_part *like)
{
    const struct maps_part *found = maps_part_of(parts, like);

    return found ? found->value : NULL;
}

static bool same(const struct doc *a, const struct doc *b)
{
    return a && b ? doc_equal(a, b) : a == b;
}

static const struct maps_choice *choice_of(const struct merging *g, const struct maps_part *p)
{
    for (size_t i = 0; i < g->in->choice_count; i++) {
        const struct maps_choice *c = &g->in->choices[i];

        if (g->choice_hashes[i] == p->hash && strcmp(c->part, maps_part_names[p->kind]) == 0 &&
            strcmp(c->name, p->name) == 0) {
            g->choice_used[i] = true;
            return c;
        }
    }
    return NULL;
}

static const struct doc *conflict(struct merging *g, const struct maps_part *p, const struct doc *base,
                                  const struct doc *theirs, const struct doc *ours)
{
    const struct maps_choice *c = choice_of(g, p);

    if (c)
        return c->take == MAPS_THEIRS ? theirs : c->take == MAPS_BASE ? base : ours;
    g->out->conflicts[g->out->conflict_count++] =
        (struct maps_conflict){maps_part_names[p->kind], p->name, base, theirs, ours};
    return ours;
}

/* What becomes of one part; NULL: it goes. */
static const struct doc *merged(struct merging *g, const struct maps_part *p)
{
    const struct doc *base = value_in(&g->base, p), *theirs = value_in(&g->theirs, p), *ours = value_in(&g->ours, p);

    if (same(ours, theirs) || same(theirs, base))
        return ours;
    if (same(ours, base))
        return theirs;
    return conflict(g, p, base, theirs, ours);
}

/* Behind the part that stands in front of it at theirs, since values see those before them. */
static size_t place_of(const struct merging *g, size_t at_theirs)
{
    while (at_theirs-- > 0)
        for (size_t i = 0; i < g->made.n; i++)
            if (maps_part_same(&g->made.v[i], &g->theirs.v[at_theirs]))
                return i + 1;
    return 0;
}

static void put(struct merging *g, size_t place, const struct maps_part *p, const struct doc *value)
{
    memmove(&g->made.v[place + 1], &g->made.v[place], (g->made.n - place) * sizeof(*g->made.v));
    g->made.v[place] = (struct maps_part){.kind = p->kind, .name = p->name, .value = value, .hash = p->hash};
    g->made.n++;
}

static void merge_all(struct merging *g)
{
    for (size_t i = 0; i < g->ours.n; i++) {
        const struct doc *value = merged(g, &g->ours.v[i]);

        if (value)
            put(g, g->made.n, &g->ours.v[i], value);
    }
    for (size_t i = 0; i < g->theirs.n; i++) {
        const struct maps_part *p = &g->theirs.v[i];
        const struct doc *value = maps_part_of(&g->ours, p) ? NULL : merged(g, p);

        if (value)
            put(g, place_of(g, i), p, value);
    }
    /* What both have removed is nowhere, which is as both want it. */
}

static void write_list(const struct merging *g, struct buf *out, enum maps_part_kind kind)
{
    const char *between = "";

    buf_c(out, '[');
    for (size_t i = 0; i < g->made.n; i++)
        if (g->made.v[i].kind == kind) {
            buf_s(out, between);
            doc_write(out, g->made.v[i].value);
            between = ",";
        }
    buf_c(out, ']');
}

static bool has(const struct merging *g, enum maps_part_kind kind)
{
    for (size_t i = 0; i < g->made.n; i++)
        if (g->made.v[i].kind == kind)
            return true;
    return false;
}

static void write_all(const struct merging *g, struct buf *out)
{
    buf_c(out, '{');
    for (size_t i = 0; i < g->made.n; i++)
        if (g->made.v[i].kind == MAPS_MEMBER) {
            json_put_text(out, str_of(g->made.v[i].name));
            buf_c(out, ':');
            doc_write(out, g->made.v[i].value);
            buf_c(out, ',');
        }
    if (has(g, MAPS_LET)) {
        buf_s(out, "\"let\":");
        write_list(g, out, MAPS_LET);
        buf_c(out, ',');
    }
    buf_s(out, "\"rules\":");
    write_list(g, out, MAPS_RULE);
    buf_c(out, '}');
}

static enum err choices_check(struct scope *sc, const struct merging *g)
{
    size_t wrong = 0;

    for (size_t i = 0; i < g->in->choice_count; i++) {
        if (g->choice_used[i])
            continue;
        scope_item(sc, arena_f(sc->arena, "/choices/%zu", i), "no_conflict",
                   "there is no conflict of this name that was not chosen already");
        wrong++;
    }
    return wrong ? maps_problem(sc, ERR_INVALID, "validation", 422, "a choice is about no conflict") : OK;
}

enum err maps_merge(struct scope *sc, const struct maps_merge *in, struct maps_merged *out)
{
    struct merging *g = ARENA_NEW(sc->arena, struct merging);
    const struct doc *made;
    struct buf text;
    size_t most;

    *g = (struct merging){.a = sc->arena, .in = in, .out = out};
    *out = (struct maps_merged){0};
    g->choice_hashes = ARENA_ARRAY(sc->arena, uint32_t, in->choice_count);
    g->choice_used = ARENA_ARRAY(sc->arena, bool, in->choice_count);
    for (size_t i = 0; i < in->choice_count; i++)
        g->choice_hashes[i] = maps_name_hash(in->choices[i].name);
    TRY(sc, maps_parts(sc, in->base, &g->base));
    TRY(sc, maps_parts(sc, in->theirs, &g->theirs));
    TRY(sc, maps_parts(sc, in->ours, &g->ours));
    most = g->theirs.n + g->ours.n + 1;
    g->made.v = ARENA_ARRAY(sc->arena, struct maps_part, most);
    out->conflicts = ARENA_ARRAY(sc->arena, struct maps_conflict, most);
    merge_all(g);
    TRY(sc, choices_check(sc, g));
    buf_init(&text, sc->arena, 3 * MAPPING_MAX);
    write_all(g, &text);
    if (text.full)
        return FAIL(sc, ERR_TOO_LARGE, "the merged document is too large");
    out->document = buf_str(&text);
    TRY(sc, doc_parse(sc, out->document, &made));
    return maps_diff(sc, in->ours, made, &out->taken);
}
