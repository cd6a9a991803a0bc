#include "standin/standin_int.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"

/* What a stand-in holds, written down and read again, and one more order of a shopper. */

#define FORMAT 1

uint64_t standin_turns(const struct standin *s)
{
    return s->turns;
}

#define EACH 40 /* octets around a thing, a key or an event */

size_t standin_octets(const struct standin *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->collection_count; i++)
        for (size_t k = 0; k < s->collections[i].n; k++)
            n += s->collections[i].things[k].n + EACH;
    for (size_t i = 0; i < s->key_count; i++)
        n += strlen(s->keys[i].key) + s->keys[i].n + EACH;
    for (size_t i = 0; i < s->event_count; i++)
        n += strlen(s->events[i].body) + EACH;
    return n;
}

/* ---- what was answered ---- */

struct standin_key *standin_key_find(struct standin *s, const char *key)
{
    for (size_t i = 0; i < s->key_count; i++)
        if (strcmp(s->keys[i].key, key) == 0)
            return &s->keys[i];
    return NULL;
}

static struct standin_key *key_place(struct standin *s)
{
    if (s->key_count < STANDIN_KEYS_MAX) {
        s->keys = realloc(s->keys, (s->key_count + 1) * sizeof(*s->keys));
        if (!s->keys)
            out_of_memory();
        return &s->keys[s->key_count++];
    }
    free(s->keys[0].key);
    free(s->keys[0].body);
    memmove(s->keys, s->keys + 1, (s->key_count - 1) * sizeof(*s->keys));
    return &s->keys[s->key_count - 1];
}

void standin_key_keep(struct standin *s, const struct standin_key *k, const uint8_t hash[32], struct str body)
{
    struct standin_key *at = standin_key_find(s, k->key);

    if (!at) {
        at = key_place(s);
        *at = (struct standin_key){.key = strdup(k->key)};
    }
    free(at->body);
    at->status = k->status;
    at->refused = k->refused;
    at->n = body.n;
    at->body = strndup(body.n ? body.p : "", body.n);
    memcpy(at->hash, hash, sizeof(at->hash));
    if (!at->key || !at->body)
        out_of_memory();
    s->turns++;
}

/* ---- writing ---- */

static void put_member(struct buf *b, const char *name, const char *text)
{
    buf_f(b, ",\"%s\":", name);
    json_put_text(b, str_of(text));
}

static void put_collections(struct buf *b, const struct standin *s)
{
    buf_s(b, ",\"collections\":{");
    for (size_t i = 0; i < s->collection_count; i++) {
        const struct standin_collection *c = &s->collections[i];

        buf_s(b, i ? "," : "");
        json_put_text(b, str_of(c->name));
        buf_f(b, ":{\"next\":%lld,\"things\":[", (long long)c->next);
        for (size_t k = 0; k < c->n; k++) {
            buf_s(b, k ? "," : "");
            buf_add(b, c->things[k].text, c->things[k].n);
        }
        buf_s(b, "]}");
    }
    buf_c(b, '}');
}

static void put_keys(struct buf *b, const struct standin *s)
{
    buf_s(b, ",\"keys\":[");
    for (size_t i = 0; i < s->key_count; i++) {
        const struct standin_key *k = &s->keys[i];

        buf_f(b, "%s{\"status\":%d,\"refused\":%s", i ? "," : "", k->status, k->refused ? "true" : "false");
        put_member(b, "key", k->key);
        put_member(b, "body", k->body);
        buf_s(b, ",\"hash\":\"");
        buf_base64(b, k->hash, sizeof(k->hash));
        buf_s(b, "\"}");
    }
    buf_c(b, ']');
}

static void put_fault(struct buf *b, const struct standin_fault *f)
{
    char share[40];

    snprintf(share, sizeof(share), "%.17g", f->share);
    buf_f(b, "{\"share\":%s,\"times\":%lld,\"until_us\":%lld,\"status\":%d,\"ms\":%d", share, (long long)f->times,
          (long long)f->until_us, f->status, f->ms);
    put_member(b, "route", f->route);
    put_member(b, "kind", f->kind);
    if (f->body)
        put_member(b, "body", f->body);
    if (f->headers)
        buf_f(b, ",\"headers\":%s", f->headers);
    buf_c(b, '}');
}

static void put_rest(struct buf *b, const struct standin *s)
{
    buf_s(b, ",\"faults\":[");
    for (size_t i = 0; i < s->fault_count; i++) {
        buf_s(b, i ? "," : "");
        put_fault(b, &s->faults[i]);
    }
    buf_s(b, "],\"events\":[");
    for (size_t i = 0; i < s->event_count; i++) {
        buf_f(b, "%s{\"body\":%s", i ? "," : "", s->events[i].body);
        put_member(b, "topic", s->events[i].topic);
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

enum err standin_save(struct scope *sc, const struct standin *s, struct buf *b)
{
    buf_f(b, "{\"format\":%d,\"seed\":%lld,\"now_us\":%lld,\"dice\":\"%llx\"", FORMAT, (long long)s->seed,
          (long long)s->now_us, (unsigned long long)s->dice);
    put_collections(b, s);
    put_keys(b, s);
    put_rest(b, s);
    buf_c(b, '}');
    if (b->full)
        return FAIL(sc, ERR_TOO_LARGE, "the stand-in holds more than can be kept");
    return OK;
}

/* ---- reading ---- */

/* What a newer document no longer has is left out: it cannot be asked for any more. */
static enum err take_collections(struct scope *sc, struct standin *s, const struct doc *all)
{
    for (size_t i = 0; i < doc_count(all); i++) {
        struct standin_collection *c = standin_collection(s, str_dup(sc->arena, doc_key(all, i)));
        const struct doc *things = doc_get(doc_at(all, i), "things");
        int64_t next;

        for (size_t k = 0; c && k < doc_count(things); k++)
            TRY(sc, standin_put(sc, s, c, doc_at(things, k)));
        if (c && doc_int(doc_get(doc_at(all, i), "next"), &next))
            c->next = next;
    }
    return OK;
}

static void take_keys(struct scope *sc, struct standin *s, const struct doc *all)
{
    size_t n = doc_count(all) < STANDIN_KEYS_MAX ? doc_count(all) : STANDIN_KEYS_MAX;

    s->keys = n ? calloc(n, sizeof(*s->keys)) : NULL;
    if (n && !s->keys)
        out_of_memory();
    for (size_t i = 0; i < n; i++) {
        const struct doc *d = doc_at(all, i);
        struct str body = doc_text(doc_get(d, "body"));
        struct standin_key *k = &s->keys[s->key_count];
        int64_t status = 0;
        size_t octets;

        if (!doc_int(doc_get(d, "status"), &status) ||
            !base64_decode(doc_text(doc_get(d, "hash")), k->hash, sizeof(k->hash), &octets))
            continue;
        (void)doc_bool(doc_get(d, "refused"), &k->refused);
        k->status = (int)status;
        k->key = strdup(str_dup(sc->arena, doc_text(doc_get(d, "key"))));
        k->body = strndup(body.p ? body.p : "", body.n);
        k->n = body.n;
        if (!k->key || !k->body)
            out_of_memory();
        s->key_count++;
    }
}

enum err standin_load(struct scope *sc, struct standin *s, const struct doc *saved)
{
    const struct doc *faults = doc_get(saved, "faults"), *events = doc_get(saved, "events");
    const char *dice = doc_cstr(sc->arena, doc_get(saved, "dice"));
    int64_t format;

    if (!doc_int(doc_get(saved, "format"), &format) || format != FORMAT || !dice ||
        doc_kind(doc_get(saved, "collections")) != DOC_OBJECT)
        return FAIL(sc, ERR_INVALID, "this is not what a stand-in has kept");
    standin_clear(s);
    (void)doc_int(doc_get(saved, "seed"), &s->seed);
    TRY(sc, take_collections(sc, s, doc_get(saved, "collections")));
    take_keys(sc, s, doc_get(saved, "keys"));
    for (size_t i = 0; i < doc_count(faults); i++)
        TRY(sc, standin_fault_add(sc, s, doc_at(faults, i)));
    for (size_t i = 0; i < doc_count(events); i++) {
        const char *topic = doc_cstr(sc->arena, doc_get(doc_at(events, i), "topic"));

        if (topic)
            standin_event_add(sc, s, topic, doc_get(doc_at(events, i), "body"));
    }
    (void)doc_int(doc_get(saved, "now_us"), &s->now_us);
    s->dice = strtoull(dice, NULL, 16);
    return OK;
}

/* ---- one more order ---- */

bool standin_sells(const struct standin *s)
{
    return s->order != NULL;
}

/* What it is made of. */
static enum err pattern(struct scope *sc, struct standin *s, struct standin_collection *c, struct standin_bound *b,
                        struct doc *out)
{
    struct standin_bound more = {0};
    struct doc grown;

    *out = expr_absent();
    if (!s->grown) {
        if (c->n)
            *out = *standin_thing_doc(sc, &c->things[0]);
        return OK;
    }
    TRY(sc, standin_eval(sc, s, b, s->grown, NULL, &grown));
    standin_bind(&more, "grown", grown);
    return standin_seed(sc, s, &more, out);
}

enum err standin_order(struct scope *sc, struct standin *s, const char **out_key)
{
    struct standin_bound b = {0};
    struct standin_collection *c;
    struct doc from, thing;

    if (!s->order)
        return FAIL(sc, ERR_NOT_FOUND, "no orders can be made at such a system");
    c = standin_collection(s, s->order->of);
    standin_bind_time(sc, s, &b);
    standin_bind(&b, "seed", doc_make_int(s->seed));
    standin_bind(&b, "next", doc_make_int(c->next));
    TRY(sc, pattern(sc, s, c, &b, &from));
    TRY(sc, standin_eval(sc, s, &b, s->order->make, &from, &thing));
    TRY(sc, standin_make(sc, s, c, &thing));
    standin_bind(&b, "thing", thing);
    TRY(sc, standin_changes(sc, s, s->order, &b, &thing));
    TRY(sc, standin_events(sc, s, s->order, &b, &thing));
    *out_key = standin_key_of(sc, doc_get(&thing, c->key));
    return OK;
}

/* Under no name that a route can have, whose first letter is no slash. */
#define ORDERS_UNDER "/orders "

static enum err orders_made(struct scope *sc, struct standin *s, const char *key, const struct doc **out)
{
    const struct standin_key *k = *key ? standin_key_find(s, key) : NULL;

    if (!k)
        return doc_parse(sc, STR("[]"), out);
    return doc_parse(sc, (struct str){arena_strndup(sc->arena, k->body, k->n), k->n}, out);
}

/* Each is written down as it is made: what fails in between is gone on with. */
enum err standin_orders(struct scope *sc, struct standin *s, const char *once, int64_t count, const struct doc **out)
{
    static const uint8_t no_hash[32];
    const char *under = *once ? arena_f(sc->arena, ORDERS_UNDER "%s", once) : "", *key;
    const struct doc *made;
    struct doc *v, *all = ARENA_NEW(sc->arena, struct doc);
    struct buf b;
    size_t n;

    TRY(sc, orders_made(sc, s, under, &made));
    n = doc_count(made);
    v = ARENA_ARRAY(sc->arena, struct doc, n + (size_t)count);
    for (size_t i = 0; i < n; i++)
        v[i] = *doc_at(made, i);
    while (n < (size_t)count) {
        TRY(sc, standin_order(sc, s, &key));
        v[n++] = doc_make_text(str_of(key));
        *all = doc_make_array(v, n);
        buf_init(&b, sc->arena, (size_t)1 << 20);
        doc_write(&b, all);
        if (*under)
            standin_key_keep(s, &(struct standin_key){.key = (char *)(uintptr_t)under, .status = 200}, no_hash,
                             buf_str(&b));
    }
    *all = doc_make_array(v, n);
    *out = all;
    return OK;
}
