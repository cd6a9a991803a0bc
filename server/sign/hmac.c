#include <string.h>

#include "sign/sign_int.h"

/* A keyed hash over what a template says, in a header. */
#define FOUND_MAX 16

/* What a header says: signatures, any of which may be the right one, and the time where it is among them. */
struct found {
    struct str signatures[FOUND_MAX];
    size_t n;
    struct str time;
    bool has_time;
};

static void needs_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    size_t n = doc_count(d);

    if (d && (doc_kind(d) != DOC_ARRAY || n > SIGN_NEEDS_MAX)) {
        fault_at(r, "/needs", "invalid", "must be a list of at most 8 headers");
        return;
    }
    for (size_t i = 0; i < n; i++)
        names_read(r, doc_at(d, i), arena_f(r->sc->arena, "/needs/%zu", i), &c->needs[i]);
    c->needs_n = n;
}

static void read_check(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const names[] = {"kind", "hash", "over", "signature", "key", "prefix", "needs", "time", NULL};

    (void)read_members(r, d, "", names);
    hash_read(r, d, c);
    template_read(r, doc_get(d, "over"), false, &c->over);
    signature_read(r, doc_get(d, "signature"), &c->signature);
    key_read(r, d, c);
    needs_read(r, doc_get(d, "needs"), c);
    time_read(r, d, c);
    covers(r, c);
}

/* ---- judging ---- */

/* Up to the next `end`, which is cut off; false where nothing is left. */
static bool piece(struct str *left, char end, struct str *out)
{
    const char *at;

    if (left->p == NULL)
        return false;
    at = left->n ? memchr(left->p, end, left->n) : NULL;
    *out = (struct str){left->p, at ? (size_t)(at - left->p) : left->n};
    *left = at ? (struct str){at + 1, left->n - out->n - 1} : (struct str){NULL, 0};
    return true;
}

static bool found_add(struct found *f, struct str signature)
{
    if (f->n == FOUND_MAX)
        return false;
    f->signatures[f->n++] = signature;
    return true;
}

/* "v1,SIG v1,SIG" or "t=1,v1=SIG": those of other versions are passed over. */
static bool found_read(const struct signature_rule *s, struct str value, struct found *f)
{
    bool pairs = s->form == FORM_PAIRS;
    struct str left = value, one, label;

    while (piece(&left, pairs ? ',' : ' ', &one)) {
        bool labelled = piece(&one, pairs ? '=' : ',', &label) && one.p;

        if (!labelled)
            continue;
        if (s->time_pair && str_is(label, s->time_pair)) {
            if (f->has_time)
                return false;
            f->has_time = true;
            f->time = one;
        } else if (str_is(label, s->version) && !found_add(f, one)) {
            return false;
        }
    }
    return true;
}

/* Headers without which a delivery cannot be taken for what it is. */
static enum sign_verdict needed(const struct judged *j)
{
    enum sign_verdict v = SIGN_GOOD;
    struct str value;

    for (size_t i = 0; v == SIGN_GOOD && i < j->c->needs_n; i++)
        v = header_any(j->d, &j->c->needs[i], &value);
    return v;
}

static enum sign_verdict find(const struct judged *j, struct found *f)
{
    const struct sign_check *c = j->c;
    enum sign_verdict v;
    struct str value;

    v = header_any(j->d, &c->signature.headers, &value);
    if (v != SIGN_GOOD)
        return v;
    if (c->signature.form == FORM_PLAIN)
        (void)found_add(f, value);
    else if (!found_read(&c->signature, value, f))
        return SIGN_MALFORMED;
    if (f->n == 0 || (c->signature.time_pair && !f->has_time))
        return SIGN_MISSING;
    if (c->time.header)
        v = header_one(j->d, c->time.header, &f->time);
    return v == SIGN_GOOD ? time_judge(&c->time, f->time, j->now_us) : v;
}

/* All keys and all signatures, whichever fits: how long it takes tells how many there are and nothing else. */
static enum sign_verdict compare(const struct judged *j, const struct keys *keys, const struct found *f,
                                 const struct pieces *over)
{
    size_t size = crypto_digest_size(j->c->hash);
    uint8_t said[FOUND_MAX][CRYPTO_DIGEST_MAX], right[CRYPTO_DIGEST_MAX];
    bool whole[FOUND_MAX], any = false, good = false;
    size_t n = 0;

    for (size_t i = 0; i < f->n; i++) {
        whole[i] = signature_decode(j->c->signature.coding, f->signatures[i], said[i], size, &n) && n == size;
        any |= whole[i];
    }
    for (size_t k = 0; k < keys->n; k++) {
        crypto_hmac(j->c->hash, keys->v[k], over->v, over->n, right);
        for (size_t i = 0; i < f->n; i++)
            good |= whole[i] && crypto_equal(said[i], right, size);
    }
    explicit_bzero(right, sizeof(right));
    return good ? SIGN_GOOD : any ? SIGN_WRONG : SIGN_MALFORMED;
}

static enum sign_verdict judge(const struct judged *j)
{
    CLEANUP(keys_wipe) struct keys keys;
    struct found found = {.n = 0};
    struct given given = {.d = j->d};
    struct pieces over;
    enum sign_verdict v;

    keys_take(&keys, j->c, j->secrets, j->n);
    if (keys.n == 0)
        return SIGN_NO_SECRET;
    v = find(j, &found);
    if (v == SIGN_GOOD)
        v = needed(j);
    if (v != SIGN_GOOD)
        return v;
    given.time = found.time;
    v = template_fill(j->sc, &j->c->over, &given, &over);
    return v == SIGN_GOOD ? compare(j, &keys, &found, &over) : v;
}

/* ---- making ---- */

static const char *written(const struct making *m, const char *time, const uint8_t *mac)
{
    const struct signature_rule *s = &m->c->signature;
    struct buf b;

    buf_init(&b, m->sc->arena, 1000);
    if (s->time_pair)
        buf_f(&b, "%s=%s,", s->time_pair, time);
    if (s->form != FORM_PLAIN)
        buf_f(&b, "%s%c", s->version, s->form == FORM_PAIRS ? '=' : ',');
    coding_write(s->coding, &b, mac, crypto_digest_size(m->c->hash));
    return buf_cstr(&b);
}

static enum err make(const struct making *m, struct sign_made *out)
{
    const struct sign_check *c = m->c;
    CLEANUP(keys_wipe) struct keys keys;
    const char *time = c->time.is ? time_write(m->sc, &c->time, m->by->now_us) : NULL;
    struct given given = {.d = m->d, .time_header = c->time.header, .time = str_of(time)};
    uint8_t mac[CRYPTO_DIGEST_MAX];
    struct pieces over;

    keys_take(&keys, c, &m->by->secret, m->by->secret != NULL);
    if (keys.n == 0)
        return FAIL(m->sc, ERR_INVALID, "there is no secret to sign with");
    if (template_fill(m->sc, &c->over, &given, &over) != SIGN_GOOD)
        return FAIL(m->sc, ERR_INVALID, "a header that the signature is over is missing");
    crypto_hmac(c->hash, keys.v[0], over.v, over.n, mac);
    if (c->time.header)
        made_add(out, c->time.header, time);
    made_add(out, c->signature.headers.v[0], written(m, time, mac));
    return OK;
}

const struct kind kind_hmac = {.name = "hmac", .read = read_check, .judge = judge, .make = make};
