#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/must.h"

/* What the stand-in was told, and what it knew from the start. */

struct standin_collection *standin_collection(struct standin *s, const char *name)
{
    for (size_t i = 0; i < s->collection_count; i++)
        if (strcmp(s->collections[i].name, name) == 0)
            return &s->collections[i];
    return NULL;
}

struct standin_thing *standin_find(struct standin_collection *c, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->things[i].key, key) == 0)
            return &c->things[i];
    return NULL;
}

const char *standin_key_of(struct scope *sc, const struct doc *v)
{
    struct buf b;

    if (doc_kind(v) == DOC_TEXT)
        return str_dup(sc->arena, doc_text(v));
    if (doc_kind(v) != DOC_INT && doc_kind(v) != DOC_NUMBER)
        return NULL;
    buf_init(&b, sc->arena, 100);
    doc_write(&b, v);
    return buf_cstr(&b);
}

const struct doc *standin_thing_doc(struct scope *sc, const struct standin_thing *t)
{
    const struct doc *d = NULL;

    MUST_BE(doc_parse(sc, (struct str){arena_strndup(sc->arena, t->text, t->n), t->n}, &d) == OK);
    return d;
}

static struct standin_thing *grown(struct standin_collection *c)
{
    if (c->n == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->things = realloc(c->things, c->room * sizeof(*c->things));
        if (!c->things)
            out_of_memory();
    }
    c->things[c->n] = (struct standin_thing){0};
    return &c->things[c->n++];
}

/* Ids that are given later are larger than those that are there. */
static void next_after(struct standin_collection *c, const char *key)
{
    char *end;
    long long v = strtoll(key, &end, 10);

    if (*key && *end == '\0' && v >= c->next)
        c->next = v + 1;
}

enum err standin_put(struct scope *sc, struct standin *s, struct standin_collection *c, const struct doc *d)
{
    const char *key = standin_key_of(sc, doc_get(d, c->key));
    struct standin_thing *t;
    struct buf b;

    if (!key)
        return FAIL(sc, ERR_INVALID, "a thing of %s has no key \"%s\"", c->name, c->key);
    buf_init(&b, sc->arena, (size_t)8 << 20);
    doc_write(&b, d);
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "a thing of %s is larger than 8 MiB", c->name);
    t = standin_find(c, key);
    if (!t && s->things == STANDIN_DOCS_MAX)
        return FAIL(sc, ERR_LIMIT, "the stand-in keeps at most %d things", STANDIN_DOCS_MAX);
    if (!t) {
        t = grown(c);
        t->key = strdup(key);
        s->things++;
        next_after(c, key);
    }
    free(t->text);
    t->text = strndup(b.p, b.n);
    t->n = b.n;
    s->turns++;
    if (!t->key || !t->text)
        out_of_memory();
    return OK;
}

/* A number is given once, also where keys are texts made of it, which next_after cannot see. */
enum err standin_make(struct scope *sc, struct standin *s, struct standin_collection *c, const struct doc *d)
{
    int64_t given = c->next;

    TRY(sc, standin_put(sc, s, c, d));
    if (c->next == given)
        c->next++;
    return OK;
}

bool standin_remove(struct standin *s, struct standin_collection *c, const char *key)
{
    struct standin_thing *t = standin_find(c, key);

    if (!t)
        return false;
    s->turns++;
    free(t->key);
    free(t->text);
    memmove(t, t + 1, (size_t)(&c->things[c->n] - (t + 1)) * sizeof(*t));
    c->n--;
    s->things--;
    return true;
}

static void keys_clear(struct standin *s)
{
    for (size_t i = 0; i < s->key_count; i++) {
        free(s->keys[i].key);
        free(s->keys[i].body);
    }
    free(s->keys);
    s->keys = NULL;
    s->key_count = 0;
}

static void events_clear(struct standin *s)
{
    for (size_t i = 0; i < s->event_count; i++) {
        free(s->events[i].topic);
        free(s->events[i].body);
    }
    free(s->events);
    s->events = NULL;
    s->event_count = 0;
}

enum err standin_seed(struct scope *sc, struct standin *s, struct standin_bound *b, struct doc *out)
{
    standin_bind(b, "seed", doc_make_int(s->seed));
    return standin_eval(sc, s, b, s->seed_expr, NULL, out);
}

void standin_clear(struct standin *s)
{
    for (size_t i = 0; i < s->collection_count; i++) {
        struct standin_collection *c = &s->collections[i];

        for (size_t k = 0; k < c->n; k++) {
            free(c->things[k].key);
            free(c->things[k].text);
        }
        free(c->things);
        c->things = NULL;
        c->n = c->room = 0;
        c->next = c->first;
    }
    standin_log_clear(s);
    s->turns++;
    s->things = 0;
    s->requests = 0;
    s->now_us = 0;
    keys_clear(s);
    events_clear(s);
    standin_faults_clear(s);
}

/* splitmix64: a turn of the dice depends on the seed and on how many there were before. */
uint64_t standin_roll(struct standin *s)
{
    uint64_t x = s->dice += 0x9e3779b97f4a7c15u;

    s->turns++;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Of an expression that asks for the time it is known only when it is asked. */
static void seeded_keep(struct scope *sc, struct standin *s, const struct doc *all)
{
    struct str text = doc_text(doc_get(s->document, "seed"));
    struct buf b;
    char *copy;

    if (memmem(text.p, text.n, "$now", 4) || memmem(text.p, text.n, "$millis", 7))
        return;
    buf_init(&b, sc->arena, STANDIN_MAX);
    doc_write(&b, all);
    if (b.full)
        return;
    copy = malloc(b.n + 1);
    if (!copy)
        out_of_memory();
    memcpy(copy, b.p, b.n);
    free((char *)(uintptr_t)s->seeded.p);
    s->seeded = (struct str){copy, b.n};
    s->seeded_by = s->seed;
}

/* What is there at the start takes the longest to work out, and trials begin a thousand times. */
static enum err seed_values(struct scope *sc, struct standin *s, struct doc *out)
{
    struct standin_bound b = {0};
    const struct doc *kept;

    if (s->seeded.n && s->seeded_by == s->seed) {
        TRY(sc, doc_parse(sc, s->seeded, &kept));
        *out = *kept;
        return OK;
    }
    TRY(sc, standin_seed(sc, s, &b, out));
    seeded_keep(sc, s, out);
    return OK;
}

static enum err seeded(struct scope *sc, struct standin *s)
{
    struct doc all;

    TRY(sc, seed_values(sc, s, &all));
    for (size_t i = 0; i < doc_count(&all); i++) {
        struct standin_collection *c = standin_collection(s, str_dup(sc->arena, doc_key(&all, i)));
        const struct doc *list = doc_at(&all, i);

        if (!c)
            return FAIL(sc, ERR_INVALID, "the seed gives things of \"%.*s\", which is no collection",
                        (int)doc_key(&all, i).n, doc_key(&all, i).p);
        if (doc_kind(list) != DOC_ARRAY)
            TRY(sc, standin_put(sc, s, c, list));
        for (size_t k = 0; doc_kind(list) == DOC_ARRAY && k < doc_count(list); k++)
            TRY(sc, standin_put(sc, s, c, doc_at(list, k)));
    }
    return OK;
}

enum err standin_reset(struct scope *sc, struct standin *s, int64_t seed)
{
    standin_clear(s);
    s->seed = seed;
    standin_limits_reset(s);
    s->dice = (uint64_t)seed * 0x9e3779b97f4a7c15u + 1;
    return seeded(sc, s);
}

enum err standin_open(struct scope *sc, const struct doc *document, int64_t seed, struct standin **out)
{
    struct standin *s = calloc(1, sizeof(*s));
    struct buf b;
    enum err e;

    if (!s)
        out_of_memory();
    s->keeping = scope_new();
    s->prefix = "";
    buf_init(&b, s->keeping->arena, STANDIN_MAX);
    doc_write(&b, document);
    e = b.full ? FAIL(sc, ERR_TOO_LARGE, "the stand-in's document is too large")
               : doc_parse(s->keeping, buf_str(&b), &s->document);
    if (e == OK)
        e = standin_read(sc, s, s->document);
    if (e == OK)
        e = standin_reset(sc, s, seed);
    if (e != OK) {
        standin_close(s);
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    *out = s;
    return OK;
}

void standin_close(struct standin *s)
{
    if (!s)
        return;
    standin_clear(s);
    free((char *)(uintptr_t)s->seeded.p);
    scope_free(s->keeping);
    free(s);
}

void standin_prefix(struct standin *s, const char *prefix)
{
    s->prefix = prefix;
}
