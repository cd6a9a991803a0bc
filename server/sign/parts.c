#include <string.h>
#include <strings.h>

#include "base/timefmt.h"
#include "sign/sign_int.h"

/* The parts of checks that several kinds have: where a signature stands and how it is written, of what time, by which
 * key. */
#define TOLERANCE_S_MAX 86400

void names_read(struct reader *r, const struct doc *d, const char *where, struct names *out)
{
    size_t n = doc_kind(d) == DOC_ARRAY ? doc_count(d) : 1;

    if (n == 0 || n > SIGN_HEADERS_MAX) {
        fault_at(r, where, "invalid", "must be a header, or a list of 1 to 4");
        return;
    }
    for (size_t i = 0; i < n; i++)
        out->v[i] = doc_kind(d) == DOC_ARRAY ? read_header(r, doc_at(d, i), arena_f(r->sc->arena, "%s/%zu", where, i))
                                             : read_header(r, d, where);
    out->n = n;
}

/* What stands before "=" or "," in a list: letters, digits and what cannot be taken for either. */
static const char *label_read(struct reader *r, const struct doc *d, const char *where)
{
    const char *s = read_word(r, d, where, 40);

    if (s && strpbrk(s, ",= ")) {
        fault_at(r, where, "invalid", "must have no comma, equals sign or space");
        return NULL;
    }
    return s;
}

void signature_read(struct reader *r, const struct doc *d, struct signature_rule *out)
{
    static const char *const names[] = {"header", "encoding", "form", "version", "time", NULL};
    static const char *const codings[] = {"hex", "base64", NULL};
    static const char *const forms[] = {"plain", "list", "pairs", NULL};

    if (!read_members(r, d, "/signature", names))
        return;
    names_read(r, doc_get(d, "header"), "/signature/header", &out->headers);
    out->coding = CODING_HEX + (enum coding)read_choice(r, doc_get(d, "encoding"), "/signature/encoding", codings, -1);
    out->form = (enum form)read_choice(r, doc_get(d, "form"), "/signature/form", forms, FORM_PLAIN);
    if (out->form != FORM_PLAIN)
        out->version = label_read(r, doc_get(d, "version"), "/signature/version");
    else if (doc_get(d, "version"))
        fault_at(r, "/signature/version", "not_allowed", "only a list and pairs have versions");
    if (doc_get(d, "time") && out->form != FORM_PAIRS)
        fault_at(r, "/signature/time", "not_allowed", "only pairs have a time among them");
    else if (doc_get(d, "time"))
        out->time_pair = label_read(r, doc_get(d, "time"), "/signature/time");
}

void time_read(struct reader *r, const struct doc *of, struct sign_check *c)
{
    static const char *const names[] = {"header", "unit", "tolerance_s", NULL};
    static const char *const units[] = {"s", "ms", "rfc3339", NULL};
    const struct doc *d = doc_get(of, "time");
    int64_t s = 0;

    if (!d && c->signature.time_pair)
        fault_at(r, "/time", "required", "must say how old the signature may be: {\"unit\", \"tolerance_s\"}");
    if (!d || !read_members(r, d, "/time", names))
        return;
    c->time.is = true;
    if (!c->signature.time_pair)
        c->time.header = read_header(r, doc_get(d, "header"), "/time/header");
    else if (doc_get(d, "header"))
        fault_at(r, "/time/header", "not_allowed", "the time is one of the signature's pairs already");
    c->time.unit = (enum unit)read_choice(r, doc_get(d, "unit"), "/time/unit", units, -1);
    if (!doc_int(doc_get(d, "tolerance_s"), &s) || s < 1 || s > TOLERANCE_S_MAX)
        fault_at(r, "/time/tolerance_s", doc_get(d, "tolerance_s") ? "out_of_range" : "required",
                 "must be 1 to 86400 seconds");
    c->time.tolerance_us = s * 1000000;
}

void hash_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const hashes[] = {"sha256", "sha1", NULL};

    c->hash = read_choice(r, doc_get(d, "hash"), "/hash", hashes, 0) ? CRYPTO_SHA1 : CRYPTO_SHA256;
}

void key_read(struct reader *r, const struct doc *d, struct sign_check *c)
{
    static const char *const codings[] = {"text", "hex", "base64", NULL};

    c->key = (enum coding)read_choice(r, doc_get(d, "key"), "/key", codings, CODING_TEXT);
    if (doc_get(d, "prefix"))
        c->prefix = str_of(read_word(r, doc_get(d, "prefix"), "/prefix", 40));
}

void covers(struct reader *r, const struct sign_check *c)
{
    const struct template *t = &c->over;

    if (t->n && !template_has(t, PART_BODY) && !template_has(t, PART_SHA256_BODY) && !template_has(t, PART_CRC32_BODY))
        fault_at(r, "/over", "body_not_covered",
                 "the body must be in it, or anything could be sent with the signature");
    if (template_has(t, PART_TIME) && !c->time.is)
        fault_at(r, "/over", "no_time", "{t} needs \"time\"");
    if (t->n && c->time.is && !template_has(t, PART_TIME) &&
        !(c->time.header && template_has_header(t, c->time.header)))
        fault_at(r, "/over", "time_not_covered", "the time must be in it, or it proves nothing");
}

/* ---- judging ---- */

static bool digits(struct str s, int64_t *out)
{
    int64_t v = 0;

    if (s.n == 0 || s.n > 16)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        v = v * 10 + (s.p[i] - '0');
    }
    *out = v;
    return true;
}

static bool moment(enum unit unit, struct str s, int64_t *out_us)
{
    int64_t v;

    if (unit == UNIT_RFC3339)
        return time_parse(s, out_us);
    if (!digits(s, &v) || v > INT64_MAX / 1000000)
        return false;
    *out_us = v * (unit == UNIT_MS ? 1000 : 1000000);
    return true;
}

enum sign_verdict time_judge(const struct time_rule *t, struct str text, int64_t now_us)
{
    int64_t at_us;

    if (!t->is)
        return SIGN_GOOD;
    if (!moment(t->unit, text, &at_us))
        return SIGN_MALFORMED;
    if (at_us < now_us - t->tolerance_us)
        return SIGN_STALE;
    return at_us > now_us + t->tolerance_us ? SIGN_EARLY : SIGN_GOOD;
}

const char *time_write(struct scope *sc, const struct time_rule *t, int64_t now_us)
{
    char text[TIME_TEXT_MAX];

    if (t->unit != UNIT_RFC3339)
        return arena_f(sc->arena, "%lld", (long long)(now_us / (t->unit == UNIT_MS ? 1000 : 1000000)));
    time_format(now_us, text);
    return arena_strdup(sc->arena, text);
}

/* A signature has one form: hex in small letters. A person may have copied a key in either. */
static bool small(struct str hex)
{
    for (size_t i = 0; i < hex.n; i++)
        if (hex.p[i] >= 'A' && hex.p[i] <= 'F')
            return false;
    return true;
}

bool signature_decode(enum coding c, struct str text, void *out, size_t cap, size_t *out_n)
{
    return coding_read(c, text, out, cap, out_n) && (c != CODING_HEX || small(text));
}

bool coding_read(enum coding c, struct str text, void *out, size_t cap, size_t *out_n)
{
    return c == CODING_HEX ? hex_decode(text, out, cap, out_n) : base64_decode(text, out, cap, out_n);
}

void coding_write(enum coding c, struct buf *b, const void *p, size_t n)
{
    if (c == CODING_HEX)
        buf_hex(b, p, n);
    else
        buf_base64(b, p, n);
}

void keys_take(struct keys *k, const struct sign_check *c, const struct secret *const *secrets, size_t n)
{
    k->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct str s = {(const char *)secret_bytes(secrets[i]), secret_size(secrets[i])};
        size_t size = 0;

        if (c->prefix.n && s.n >= c->prefix.n && memcmp(s.p, c->prefix.p, c->prefix.n) == 0)
            s = (struct str){s.p + c->prefix.n, s.n - c->prefix.n};
        if (c->key == CODING_TEXT && s.n)
            k->v[k->n++] = (struct bytes){s.p, s.n};
        else if (c->key != CODING_TEXT && coding_read(c->key, s, k->room[i], KEY_MAX, &size) && size)
            k->v[k->n++] = (struct bytes){k->room[i], size};
    }
}

void keys_wipe(struct keys *k)
{
    explicit_bzero(k->room, sizeof(k->room));
}
