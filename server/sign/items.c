#include <string.h>

#include "sign/sign_int.h"

/* Signatures and secrets that stand in the body itself, in each item of a list: every one of them counts, or whoever
 * has one could send others beside it. */
#define FIELD_MAX 64000

enum sign_verdict items_of(struct scope *sc, const struct sign_check *c, struct str body, const struct doc **out,
                           size_t *out_n)
{
    const struct doc *d;

    if (doc_parse(sc, body, &d) != OK) {
        scope_clear(sc);
        return SIGN_MALFORMED;
    }
    *out = c->items ? doc_pointer(d, c->items) : d;
    *out_n = c->items ? doc_count(*out) : 1;
    if (!*out)
        return SIGN_MISSING;
    if (c->items && doc_kind(*out) != DOC_ARRAY)
        return SIGN_MALFORMED;
    return *out_n ? SIGN_GOOD : SIGN_MISSING;
}

const struct doc *item_at(const struct sign_check *c, const struct doc *list, size_t i)
{
    return c->items ? doc_at(list, i) : list;
}

/* ---- a body with texts put into its items ---- */

/* One step of a pointer, decoded; the rest stays. */
static struct str step(struct scope *sc, const char **pointer)
{
    const char *p = *pointer + 1, *end = strchrnul(p, '/');
    struct buf b;

    buf_init(&b, sc->arena, 1000);
    for (; p < end; p++)
        if (*p == '~')
            buf_c(&b, *++p == '1' ? '/' : '~');
        else
            buf_c(&b, *p);
    *pointer = end;
    return buf_str(&b);
}

/* Which child a step means; n where there is none. */
static size_t child_of(struct scope *sc, const struct doc *d, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (doc_kind(d) == DOC_ARRAY ? str_is(name, arena_f(sc->arena, "%zu", i)) : str_equal(doc_key(d, i), name))
            return i;
    return n;
}

/* A copy of an object or list with a value at a pointer; what is missing on the way becomes objects. */
static struct doc put(struct scope *sc, const struct doc *d, const char *pointer, const struct doc *value)
{
    bool list = doc_kind(d) == DOC_ARRAY;
    size_t n = list || doc_kind(d) == DOC_OBJECT ? doc_count(d) : 0, wide = list ? 1 : 2, at;
    struct doc *children;
    struct str name;

    if (!*pointer)
        return *value;
    name = step(sc, &pointer);
    at = child_of(sc, d, n, name);
    children = ARENA_ARRAY(sc->arena, struct doc, (n + 1) * wide);
    if (d && n)
        memcpy(children, d->children, n * wide * sizeof(*children));
    if (list) {
        if (at < n)
            children[at] = put(sc, &children[at], pointer, value);
        return doc_make_array(children, n);
    }
    children[2 * at] = doc_make_text(name);
    children[2 * at + 1] = put(sc, at < n ? &children[2 * at + 1] : NULL, pointer, value);
    return doc_make_object(children, at < n ? n : n + 1);
}

enum err items_put(const struct making *m, const char *pointer,
                   enum err (*text)(const struct making *m, const struct doc *item, struct str *out), struct str *out)
{
    const struct sign_check *c = m->c;
    const struct doc *whole;
    struct doc made;
    struct buf b;
    size_t n;

    TRY(m->sc, doc_parse(m->sc, m->d->body, &whole));
    made = *whole;
    n = c->items ? doc_count(doc_pointer(whole, c->items)) : 1;
    if (n == 0)
        return FAIL(m->sc, ERR_INVALID, "the body has no item to sign");
    for (size_t i = 0; i < n; i++) {
        const char *at = c->items ? arena_f(m->sc->arena, "%s/%zu", c->items, i) : "";
        struct str said;
        struct doc value;

        TRY(m->sc, text(m, doc_pointer(whole, at), &said));
        value = doc_make_text(said);
        made = put(m->sc, &made, arena_f(m->sc->arena, "%s%s", at, pointer), &value);
    }
    buf_init(&b, m->sc->arena, 16 << 20);
    doc_write(&b, &made);
    if (b.full)
        return FAIL(m->sc, ERR_TOO_LARGE, "the body is too large to be signed");
    *out = buf_str(&b);
    return OK;
}

/* ---- a signature in each item ---- */

static void fields_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    size_t n = doc_kind(d) == DOC_ARRAY ? doc_count(d) : 0;

    if (n == 0 || n > SIGN_FIELDS_MAX) {
        fault_at(r, "/fields", d ? "invalid" : "required", "must be a list of 1 to 32 pointers into an item");
        return;
    }
    for (size_t i = 0; i < n; i++)
        c->fields[i] = read_pointer(r, doc_at(d, i), arena_f(r->sc->arena, "/fields/%zu", i));
    c->fields_n = n;
}

static void in_item_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"pointer", "encoding", NULL};
    static const char *const codings[] = {"hex", "base64", NULL};

    if (!read_members(r, d, "/signature", names))
        return;
    c->signature.pointer = read_pointer(r, doc_get(d, "pointer"), "/signature/pointer");
    if (c->signature.pointer && !*c->signature.pointer)
        fault_at(r, "/signature/pointer", "invalid", "must point into the item");
    c->signature.coding =
        CODING_HEX + (enum coding)read_choice(r, doc_get(d, "encoding"), "/signature/encoding", codings, -1);
}

static void read_check(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind",      "hash", "items",  "fields", "separator",
                                        "signature", "key",  "prefix", NULL};

    (void)read_members(r, d, "", names);
    hash_read(r, d, c);
    c->items = read_pointer(r, doc_get(d, "items"), "/items");
    fields_read(r, doc_get(d, "fields"), c);
    c->separator = read_word(r, doc_get(d, "separator"), "/separator", 4);
    in_item_read(r, doc_get(d, "signature"), c);
    key_read(r, d, c);
}

/* Texts and numbers as they are written; what is not there, or null, is empty. */
static bool field(const struct doc *d, struct str *out)
{
    switch (doc_kind(d)) {
    case DOC_TEXT:
        *out = doc_text(d);
        return true;
    case DOC_INT:
    case DOC_NUMBER:
        *out = doc_number_text(d);
        return true;
    case DOC_TRUE:
    case DOC_FALSE:
        *out = doc_kind(d) == DOC_TRUE ? STR("true") : STR("false");
        return true;
    case DOC_NULL:
        *out = STR("");
        return true;
    default:
        return false;
    }
}

static bool joined(const struct sign_check *c, const struct doc *item, struct bytes *parts, size_t *out_n)
{
    size_t n = 0;

    for (size_t i = 0; i < c->fields_n; i++) {
        struct str s;

        if (!field(doc_pointer(item, c->fields[i]), &s) || s.n > FIELD_MAX)
            return false;
        if (i)
            parts[n++] = (struct bytes){c->separator, strlen(c->separator)};
        parts[n++] = (struct bytes){s.p, s.n};
    }
    *out_n = n;
    return true;
}

static enum sign_verdict item_judge(const struct sign_check *c, const struct keys *keys, const struct doc *item)
{
    const struct doc *said = doc_pointer(item, c->signature.pointer);
    size_t size = crypto_digest_size(c->hash), n = 0, parts_n = 0;
    uint8_t has[CRYPTO_DIGEST_MAX], right[CRYPTO_DIGEST_MAX];
    struct bytes parts[2 * SIGN_FIELDS_MAX];
    bool good = false;

    if (doc_kind(said) == DOC_NULL)
        return SIGN_MISSING;
    if (!signature_decode(c->signature.coding, doc_text(said), has, size, &n) || n != size ||
        !joined(c, item, parts, &parts_n))
        return SIGN_MALFORMED;
    for (size_t k = 0; k < keys->n; k++) {
        crypto_hmac(c->hash, keys->v[k], parts, parts_n, right);
        good |= crypto_equal(has, right, size);
    }
    return good ? SIGN_GOOD : SIGN_WRONG;
}

static enum sign_verdict judge(const struct judged *j)
{
    CLEANUP(keys_wipe) struct keys keys;
    const struct doc *list;
    enum sign_verdict v;
    size_t n;

    keys_take(&keys, j->c, j->secrets, j->n);
    if (keys.n == 0)
        return SIGN_NO_SECRET;
    v = items_of(j->sc, j->c, j->d->body, &list, &n);
    for (size_t i = 0; v == SIGN_GOOD && i < n; i++)
        v = item_judge(j->c, &keys, item_at(j->c, list, i));
    return v;
}

static enum err item_sign(const struct making *m, const struct doc *item, struct str *out)
{
    CLEANUP(keys_wipe) struct keys keys;
    struct bytes parts[2 * SIGN_FIELDS_MAX];
    uint8_t mac[CRYPTO_DIGEST_MAX];
    struct buf b;
    size_t n;

    keys_take(&keys, m->c, &m->by->secret, m->by->secret != NULL);
    if (keys.n == 0)
        return FAIL(m->sc, ERR_INVALID, "there is no secret to sign with");
    if (!joined(m->c, item, parts, &n))
        return FAIL(m->sc, ERR_INVALID, "a field that is signed is neither a text nor a number");
    crypto_hmac(m->c->hash, keys.v[0], parts, n, mac);
    buf_init(&b, m->sc->arena, 100);
    coding_write(m->c->signature.coding, &b, mac, crypto_digest_size(m->c->hash));
    *out = buf_str(&b);
    return OK;
}

static enum err make(const struct making *m, struct sign_made *out)
{
    return items_put(m, m->c->signature.pointer, item_sign, &out->body);
}

const struct kind kind_hmac_items = {.name = "hmac_items", .read = read_check, .judge = judge, .make = make};
