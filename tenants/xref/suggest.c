#include <stdlib.h>
#include <string.h>

#include "db/db.h"
#include "q_xref.h"
#include "sys/loop.h"
#include "xref/xref_int.h"

#define NEIGHBOURS   20 /* on each side, by key and by value */
#define SCORE_LEAST  60
#define SCORE_EDITED 90 /* the most that a text with other letters gets */

struct likeness {
    char p[XREF_LIKE_MAX];
    size_t n;
};

struct candidate {
    int32_t place; /* of the word that it stands near; -1: of every one */
    struct uuid entry_id;
    const char *key, *value;
    struct likeness by_key, by_value;
};
struct candidates {
    struct candidate *v;
    size_t n;
};

static struct likeness likeness_of(const char *text)
{
    struct likeness l;

    l.n = xref_likeness(text, l.p);
    return l;
}

/* How many octets must be put in, left out or changed (Myers, 1999: a column of the table at once). b is not empty. */
static size_t distance(const struct likeness *a, const struct likeness *b)
{
    uint64_t at[256] = {0}, up = ~UINT64_C(0), down = 0, last = UINT64_C(1) << (b->n - 1);
    size_t d = b->n;

    for (size_t i = 0; i < b->n; i++)
        at[(unsigned char)b->p[i]] |= UINT64_C(1) << i;
    for (size_t i = 0; i < a->n; i++) {
        uint64_t same = at[(unsigned char)a->p[i]];
        uint64_t across = (((same & up) + up) ^ up) | same | down;
        uint64_t more = down | ~(across | up), less = up & across;

        d += (more & last) != 0;
        d -= (less & last) != 0;
        more = more << 1 | 1;
        up = less << 1 | ~(same | down | more);
        down = more & (same | down);
    }
    return d;
}

static int64_t score_of(const struct likeness *word, const struct likeness *text)
{
    size_t longer = word->n > text->n ? word->n : text->n;
    size_t shorter = word->n + text->n - longer;

    if (shorter == 0 || shorter * 2 < longer)
        return 0;
    if (word->n == text->n && memcmp(word->p, text->p, longer) == 0)
        return 100;
    return (int64_t)(SCORE_EDITED * (longer - distance(word, text)) / longer);
}

static void keep_best(struct xref_suggestions *best, const struct xref_suggestion *s)
{
    size_t at = best->n;

    for (size_t i = 0; i < best->n; i++)
        if (uuid_equal(&best->v[i].entry_id, &s->entry_id))
            return;
    while (at > 0 && best->v[at - 1].score < s->score)
        at--;
    if (at == XREF_SUGGESTIONS_MAX)
        return;
    if (best->n < XREF_SUGGESTIONS_MAX)
        best->n++;
    memmove(&best->v[at + 1], &best->v[at], (best->n - at - 1) * sizeof(*s));
    best->v[at] = *s;
}

static void judge(const struct likeness *word, const struct candidate *c, struct xref_suggestions *best)
{
    struct xref_suggestion s = {.entry_id = c->entry_id, .value = c->value};
    int64_t by_key = score_of(word, &c->by_key), by_value = score_of(word, &c->by_value);

    s.score = by_key > by_value ? by_key : by_value;
    s.because = by_key > by_value ? c->key : c->value;
    if (s.score >= SCORE_LEAST)
        keep_best(best, &s);
}

static enum err candidates_all(struct scope *sc, const struct xref_table *t, struct candidates *out)
{
    struct q_xref_entry_all_rows rows;

    TRY(sc, q_xref_entry_all(sc,
                             &(struct q_xref_entry_all_in){
                                 .customer_id = t->customer_id, .table_id = t->table_id, .most = XREF_WHOLE_MAX},
                             &rows));
    out->v = ARENA_ARRAY(sc->arena, struct candidate, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        out->v[i] = (struct candidate){
            .place = -1, .entry_id = rows.v[i].entry_id, .key = rows.v[i].key, .value = rows.v[i].value};
    out->n = rows.n;
    return OK;
}

static enum err candidates_near(struct scope *sc, const struct xref_table *t, const char *const *words, size_t n,
                                struct candidates *out)
{
    const char **likes = ARENA_ARRAY(sc->arena, const char *, n);
    struct q_xref_near_in in = {
        .customer_id = t->customer_id, .table_id = t->table_id, .words = likes, .words_n = n, .most = NEIGHBOURS};
    struct q_xref_near_rows rows;

    for (size_t i = 0; i < n; i++)
        likes[i] = xref_like(sc->arena, words[i]);
    TRY(sc, q_xref_near(sc, &in, &rows));
    out->v = ARENA_ARRAY(sc->arena, struct candidate, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        out->v[i] = (struct candidate){
            .place = rows.v[i].place, .entry_id = rows.v[i].entry_id, .key = rows.v[i].key, .value = rows.v[i].value};
    out->n = rows.n;
    return OK;
}

struct ranking {
    const struct candidates *c;
    const char *const *words;
    size_t n;
    struct xref_suggestions *out;
};

static void rank(void *arg)
{
    struct ranking *r = arg;

    for (size_t j = 0; j < r->c->n; j++) {
        r->c->v[j].by_key = likeness_of(r->c->v[j].key);
        r->c->v[j].by_value = likeness_of(r->c->v[j].value);
    }
    for (size_t i = 0; i < r->n; i++) {
        struct likeness word = likeness_of(r->words[i]);

        for (size_t j = 0; j < r->c->n && word.n; j++)
            if (r->c->v[j].place < 0 || r->c->v[j].place == (int32_t)i)
                judge(&word, &r->c->v[j], &r->out[i]);
    }
}

enum err xref_suggest(struct scope *sc, const struct xref_table *t, const char *const *words, size_t n,
                      struct xref_suggestions *out)
{
    struct candidates c;
    struct ranking r = {&c, words, n, out};

    memset(out, 0, n * sizeof(*out));
    TRY(sc, t->entries <= XREF_WHOLE_MAX ? candidates_all(sc, t, &c) : candidates_near(sc, t, words, n, &c));
    if (c.n * n > XREF_AT_ONCE)
        return offload(rank, &r);
    rank(&r);
    return OK;
}
