#include <stdlib.h>
#include <string.h>

#include "audit/audit_int.h"

/* Offline: nothing here asks a database, a clock or the network. A line of an entry is cut and not parsed, because what
 * was hashed stands in it octet for octet and a million of them are to be read in seconds. */
#define KEYS_MAX       64
#define WITNESSES_MAX  200000
#define LINE_TAIL      75 /* ,"hash":"…64…"} */
#define DEPTH_MAX      8
#define STARTS(s, lit) ((s).n >= sizeof(lit) - 1 && memcmp((s).p, (lit), sizeof(lit) - 1) == 0)

struct audit_verify {
    struct scope *sc;
    struct audit_verify_conf conf;
    struct audit_chain chain;
    struct audit_verdict verdict;
    uint8_t keys[KEYS_MAX][CRYPTO_KEY_BYTES];
    size_t key_count;
    bool given_keys, ended;
    int64_t goes_on; /* the last page says there is one from here; 0: it was the last */
    struct audit_witness *v;
    size_t count, room, judged, next; /* judged: signatures seen to; next: the first beyond the last entry */
    struct str partner;               /* empty until an entry was read */
};

struct audit_verify *audit_verify_new(struct scope *sc, const struct audit_verify_conf *conf)
{
    struct audit_verify *v = ARENA_NEW(sc->arena, struct audit_verify);

    v->sc = sc;
    v->conf = *conf;
    if (v->conf.from_seq == 0)
        v->conf.from_seq = 1;
    v->chain.seq = v->conf.from_seq - 1;
    return v;
}

static void bad(struct audit_verify *v, int64_t seq, const char *why)
{
    if (v->verdict.why)
        return;
    v->verdict.bad_seq = seq;
    v->verdict.why = why;
}

/* ---- keys and checkpoints ---- */

static enum err key_add(struct audit_verify *v, struct str base64)
{
    uint8_t key[CRYPTO_KEY_BYTES];
    size_t n;

    if (!base64_decode(base64, key, sizeof(key), &n) || n != sizeof(key))
        return FAIL(v->sc, ERR_INVALID, "a key is 32 octets in base64");
    for (size_t i = 0; i < v->key_count; i++) /* each page brings them along */
        if (memcmp(v->keys[i], key, sizeof(key)) == 0)
            return OK;
    if (v->key_count == KEYS_MAX)
        return FAIL(v->sc, ERR_LIMIT, "there are more than %d keys", KEYS_MAX);
    memcpy(v->keys[v->key_count++], key, sizeof(key));
    return OK;
}

static enum err witness_add(struct audit_verify *v, const struct doc *d)
{
    struct audit_witness w;

    TRY(v->sc, audit_witness_read(v->sc, d, &w));
    if (v->verdict.entries && w.seq <= v->chain.seq)
        return FAIL(v->sc, ERR_INVALID, "the checkpoint of entry %lld stands behind it", (long long)w.seq);
    if (v->count == WITNESSES_MAX)
        return FAIL(v->sc, ERR_LIMIT, "there are more than %d checkpoints", WITNESSES_MAX);
    if (v->count == v->room) {
        size_t room = v->room ? 2 * v->room : 64;

        v->v = arena_grow(v->sc->arena, v->v, v->room * sizeof(*v->v), room * sizeof(*v->v));
        v->room = room;
    }
    v->v[v->count++] = w;
    return OK;
}

/* Whatever holds such objects: an answer of the API, a line of an export, the body of a webhook. */
static enum err harvest(struct audit_verify *v, const struct doc *d, unsigned depth, bool keys, size_t *found)
{
    if (depth > DEPTH_MAX)
        return OK;
    if (keys && doc_text(doc_get(d, "public_key")).n) {
        (*found)++;
        return key_add(v, doc_text(doc_get(d, "public_key")));
    }
    if (!keys && doc_text(doc_get(d, "signed")).n) {
        (*found)++;
        return witness_add(v, d);
    }
    for (size_t i = 0; doc_kind(d) >= DOC_ARRAY && i < doc_count(d); i++)
        TRY(v->sc, harvest(v, doc_at(d, i), depth + 1, keys, found));
    return OK;
}

static enum err harvest_text(struct audit_verify *v, struct str text, bool keys)
{
    size_t found = 0;

    for (const char *at = text.p, *end = text.p + text.n; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        struct str line = {at, (size_t)((stop ? stop : end) - at)};
        const struct doc *d;

        if (doc_parse(v->sc, line, &d) != OK) { /* not by lines: one value */
            scope_clear(v->sc);
            TRY(v->sc, doc_parse(v->sc, (struct str){at, (size_t)(end - at)}, &d));
            stop = NULL;
        }
        TRY(v->sc, harvest(v, d, 0, keys, &found));
        at = stop ? stop + 1 : end;
    }
    if (!found)
        return FAIL(v->sc, ERR_INVALID, keys ? "there is no key in it" : "there is no checkpoint in it");
    return OK;
}

enum err audit_verify_key(struct audit_verify *v, struct str text)
{
    v->given_keys = true;
    if (text.n == 44 && text.p[0] != '{')
        return key_add(v, text);
    return harvest_text(v, text, true);
}

enum err audit_verify_checkpoint(struct audit_verify *v, struct str text)
{
    return harvest_text(v, text, false);
}

static bool is_signed(const struct audit_verify *v, const struct audit_witness *w)
{
    for (size_t i = 0; i < v->key_count; i++)
        if (crypto_verify(v->keys[i], w->text.p, w->text.n, w->signature))
            return true;
    return false;
}

static int by_seq(const void *a, const void *b)
{
    const struct audit_witness *x = a, *y = b;

    return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Judges the signatures of what was added, once the keys are known, and puts all in order. */
static void settle(struct audit_verify *v)
{
    if (v->judged == v->count)
        return;
    for (; v->judged < v->count; v->judged++)
        if (!is_signed(v, &v->v[v->judged]))
            bad(v, v->v[v->judged].seq, "has a checkpoint that none of the known keys signed");
    qsort(v->v, v->count, sizeof(*v->v), by_seq);
    if (v->verdict.entries)
        for (v->next = 0; v->next < v->count && v->v[v->next].seq <= v->chain.seq;)
            v->next++;
}

/* ---- entries ---- */

struct cut {
    struct str text, partner;
    int64_t seq;
    uint8_t prev[CRYPTO_HASH_BYTES], hash[CRYPTO_HASH_BYTES];
};

/* The value of a text member that holds no escapes; "," before the name cannot stand inside a text, where the quote
 * behind it would have a backslash. */
static bool member(struct str text, const char *name, struct str *out)
{
    const char *at = memmem(text.p, text.n, name, strlen(name));
    const char *end;

    if (!at)
        return false;
    at += strlen(name);
    end = memchr(at, '"', (size_t)(text.p + text.n - at));
    *out = (struct str){at, end ? (size_t)(end - at) : 0};
    return end != NULL;
}

static bool number_at_end(struct str text, int64_t *out)
{
    static const char name[] = ",\"seq\":";
    size_t i = text.n - 1;
    int64_t value = 0, unit = 1;

    if (text.p[i] != '}')
        return false;
    for (unsigned digits = 0; i > 0 && text.p[i - 1] >= '0' && text.p[i - 1] <= '9' && digits < 18; i--, digits++) {
        value += unit * (text.p[i - 1] - '0');
        unit *= 10;
    }
    *out = value;
    return i > sizeof(name) && memcmp(text.p + i - (sizeof(name) - 1), name, sizeof(name) - 1) == 0;
}

static bool cut_line(struct str line, struct cut *out)
{
    struct str prev, tail;
    size_t n;

    if (line.n < LINE_TAIL + 20)
        return false;
    out->text = (struct str){line.p + 9, line.n - 9 - LINE_TAIL};
    tail = (struct str){line.p + line.n - LINE_TAIL, LINE_TAIL};
    if (!STARTS(tail, ",\"hash\":\"") || memcmp(tail.p + LINE_TAIL - 2, "\"}", 2) != 0)
        return false;
    return hex_decode((struct str){tail.p + 9, 64}, out->hash, sizeof(out->hash), &n) &&
           number_at_end(out->text, &out->seq) && member(out->text, ",\"prev_hash\":\"", &prev) &&
           hex_decode(prev, out->prev, sizeof(out->prev), &n) && n == sizeof(out->prev) &&
           member(out->text, ",\"partner_id\":\"", &out->partner);
}

/* Where the record begins in the middle, or numbers are missing by right, the hash before is believed, unless a
 * checkpoint knows it. */
static void leap(struct audit_verify *v, const struct cut *c)
{
    v->chain.seq = c->seq - 1;
    memcpy(v->chain.hash, c->prev, sizeof(v->chain.hash));
    for (size_t i = 0; i < v->count; i++)
        if (v->v[i].seq == v->chain.seq)
            memcpy(v->chain.hash, v->v[i].hash, sizeof(v->chain.hash));
}

static void compare(struct audit_verify *v)
{
    for (; v->next < v->count && v->v[v->next].seq <= v->chain.seq; v->next++) {
        const struct audit_witness *w = &v->v[v->next];

        if (w->seq < v->chain.seq)
            continue;
        v->verdict.checkpoints++;
        if (!str_is(v->partner, w->partner))
            bad(v, w->seq, "has a checkpoint of another record");
        else if (memcmp(w->hash, v->chain.hash, sizeof(w->hash)) != 0)
            bad(v, w->seq,
                "does not have the hash that a checkpoint signed: it, or one since the checkpoint before, "
                "is not what was written");
    }
}

static void entry(struct audit_verify *v, struct str line)
{
    struct cut c;
    const char *why;

    if (!cut_line(line, &c)) {
        bad(v, v->chain.seq + 1, "cannot be read");
        return;
    }
    if (v->partner.n == 0)
        v->partner = str_of(arena_strndup(v->sc->arena, c.partner.p, c.partner.n));
    settle(v);
    if (v->conf.partial ? c.seq > v->chain.seq + 1 : v->verdict.entries == 0 && v->conf.from_seq == c.seq && c.seq > 1)
        leap(v, &c);
    if (c.seq <= v->chain.seq) {
        bad(v, c.seq, "stands there again, or out of order");
        return;
    }
    if (!str_equal(v->partner, c.partner)) {
        bad(v, v->chain.seq + 1, "is of another record");
        return;
    }
    why = audit_chain_add(&v->chain, c.seq, c.prev, c.text, c.hash);
    if (why) {
        bad(v, v->chain.seq + 1, why);
        return;
    }
    if (v->verdict.entries++ == 0)
        v->verdict.first_seq = c.seq;
    compare(v);
}

/* ---- lines ---- */

static enum err other_line(struct audit_verify *v, struct str line)
{
    const struct doc *d, *x;
    bool complete = true;

    TRY(v->sc, doc_parse(v->sc, line, &d));
    if ((x = doc_get(d, "export"))) {
        if (doc_bool(doc_get(x, "complete"), &complete) && !complete && !v->conf.partial)
            return FAIL(v->sc, ERR_INVALID, "this is one customer's part of a record, in which numbers are missing");
        v->ended = false;
        return OK;
    }
    if ((x = doc_get(d, "end"))) {
        v->ended = true;
        if (!doc_int(doc_get(x, "next_from_seq"), &v->goes_on))
            v->goes_on = 0;
        return OK;
    }
    if ((x = doc_get(d, "key")))
        return v->given_keys ? OK : key_add(v, doc_text(doc_get(x, "public_key")));
    if ((x = doc_get(d, "checkpoint")))
        return witness_add(v, x);
    return FAIL(v->sc, ERR_INVALID, "this is no line of an export");
}

enum err audit_verify_line(struct audit_verify *v, struct str line)
{
    if (line.n == 0 || v->verdict.why)
        return OK;
    if (STARTS(line, "{\"entry\":{")) {
        entry(v, line);
        return OK;
    }
    return other_line(v, line);
}

enum err audit_verify_end(struct audit_verify *v, struct audit_verdict *out)
{
    settle(v);
    if (!v->verdict.why && !v->ended)
        return FAIL(v->sc, ERR_INVALID, "the file ends before the record does, behind entry %lld",
                    (long long)v->chain.seq);
    if (!v->verdict.why && v->goes_on)
        return FAIL(v->sc, ERR_INVALID, "the record goes on: a page from entry %lld is missing", (long long)v->goes_on);
    if (!v->conf.partial && v->next < v->count)
        bad(v, v->chain.seq + 1, "is missing: a checkpoint signed one behind it");
    v->verdict.last_seq = v->verdict.entries ? v->chain.seq : 0;
    v->verdict.own_keys = !v->given_keys;
    *out = v->verdict;
    return OK;
}
