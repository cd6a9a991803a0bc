#include "obs/obs.h"
#include "org/org.h"
#include "own/own_int.h"
#include "q_own.h"
#include "sys/loop.h"

/* Versions as rows. */

static int64_t time_of(bool has, int64_t us)
{
    return has ? us : INT64_MIN;
}

/* clang-format off */
#define VERSION_OF(r)                                                                                                  \
    .name = (r)->name, .version = (r)->version, .state = (r)->state, .ordinal = (r)->ordinal, .octets = (r)->octets,   \
    .note = (r)->note, .author = (r)->author, .published_by = (r)->published_by, .retired_by = (r)->retired_by,        \
    .deleted_by = (r)->deleted_by, .created_us = (r)->created_at_us,                                                   \
    .published_us = time_of((r)->has_published_at, (r)->published_at_us),                                              \
    .retired_us = time_of((r)->has_retired_at, (r)->retired_at_us),                                                    \
    .deleted_us = time_of((r)->has_deleted_at, (r)->deleted_at_us), .sha256 = (r)->sha256, .signer = (r)->signer,      \
    .signature = (r)->signature
/* clang-format on */

struct str own_signed_text(struct scope *sc, const char *name, const char *version, struct bytes sha256)
{
    char partner[UUID_TEXT_LEN + 1];
    struct buf b;

    uuid_format(&sc->tenant.partner_id, partner);
    buf_init(&b, sc->arena, 512);
    buf_f(&b, "own-connector/1\n%s\n%s\n%s\n", partner, name, version);
    for (size_t i = 0; i < sha256.n; i++)
        buf_f(&b, "%02x", ((const uint8_t *)sha256.p)[i]);
    return buf_str(&b);
}

enum err own_is_genuine(struct scope *sc, const struct own_version *v, const struct doc *manifest,
                        const struct doc *mappings, bool *out)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    bool good, old;

    *out = false;
    if (!own_hash(sc->arena, manifest, mappings, hash) || v->sha256.n != sizeof(hash) ||
        !crypto_equal(hash, v->sha256.p, sizeof(hash)))
        return OK;
    if (!str_is(doc_text(doc_get(manifest, "name")), v->name) ||
        !str_is(doc_text(doc_get(manifest, "version")), v->version))
        return OK;
    TRY(sc,
        org_vouched(sc, OWN_PURPOSE, own_signed_text(sc, v->name, v->version, v->sha256), v->signature, &good, &old));
    *out = good;
    return OK;
}

static enum err judged(struct scope *sc, struct own_version *v)
{
    const struct doc *manifest, *mappings;

    if (doc_parse(sc, str_of(v->document), &manifest) == OK && doc_parse(sc, str_of(v->mappings), &mappings) == OK)
        return own_is_genuine(sc, v, manifest, mappings, &v->genuine);
    scope_clear(sc);
    return OK;
}

/* Is the hash the one that was signed? Of the documents that says nothing. */
static enum err signatures(struct scope *sc, struct own_version *v, size_t n)
{
    bool old;

    for (size_t i = 0; i < n; i++)
        TRY(sc, org_vouched(sc, OWN_PURPOSE, own_signed_text(sc, v[i].name, v[i].version, v[i].sha256), v[i].signature,
                            &v[i].is_signed, &old));
    return OK;
}

struct looking {
    struct scope *sc;
    struct own_version *v;
    size_t n;
    bool whole; /* one, with its documents */
    enum err e;
};

static void look_aside(void *arg)
{
    struct looking *l = arg;

    l->e = signatures(l->sc, l->v, l->n);
    if (l->e == OK && l->whole)
        l->e = judged(l->sc, l->v);
}

enum err own_crowded(struct scope *sc)
{
    return FAIL(sc, ERR_UNAVAILABLE, "more connectors are being judged than there is room for; repeat it in a moment");
}

static enum err look(struct scope *sc, struct own_version *v, size_t n, bool whole)
{
    struct looking l = {sc, v, n, whole, OK};

    if (offload(look_aside, &l) != OK)
        return own_crowded(sc);
    return l.e == OK ? OK : scope_pass(sc, l.e, __FILE__, __LINE__);
}

enum err own_row(struct scope *sc, const char *name, const char *version, struct own_version *out)
{
    const struct q_own_get_row *row;

    TRY(sc, q_own_get(sc, &(struct q_own_get_in){.name = name, .version = version}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such version of a connector of yours");
    *out = (struct own_version){VERSION_OF(row), .document = row->document, .mappings = row->mappings};
    return OK;
}

enum err own_get(struct scope *sc, const char *name, const char *version, struct own_version *out)
{
    struct own_version v;

    TRY(sc, own_row(sc, name, version, &v));
    if (strcmp(v.state, "deleted") == 0)
        return FAIL(sc, ERR_NOT_FOUND,
                    "this version of your connector was deleted; the list of versions has who and when");
    TRY(sc, look(sc, &v, 1, true));
    *out = v;
    return OK;
}

enum err own_list(struct scope *sc, const char *name, int32_t before, size_t most, struct own_version **out,
                  size_t *out_n)
{
    struct q_own_page_rows rows;
    struct own_version *v;

    TRY(sc, q_own_page(sc, &(struct q_own_page_in){.name = name, .before = before, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct own_version, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_own_page_row *r = &rows.v[i];

        v[i] = (struct own_version){VERSION_OF(r), .connections = r->connections};
    }
    TRY(sc, look(sc, v, rows.n, false));
    *out = v;
    *out_n = rows.n;
    return OK;
}

/* ---- taking one ---- */

static enum err full(struct scope *sc, const char *why)
{
    enum err e = FAIL(sc, ERR_CONFLICT, "%s", why);

    scope_problem(sc, "connectors-full", 409);
    return e;
}

static enum err other_state(struct scope *sc, const char *why)
{
    enum err e = FAIL(sc, ERR_CONFLICT, "%s", why);

    scope_problem(sc, "connector-version-fixed", 409);
    return e;
}

/* What could go, the largest first. */
#define NAMED_MOST 5

static enum err no_room(struct scope *sc, const struct own_judged *j)
{
    struct q_own_largest_in in = {.name = j->name, .version = j->version, .most = NAMED_MOST};
    struct q_own_largest_rows rows;
    struct buf b;

    TRY(sc, q_own_largest(sc, &in, &rows));
    buf_init(&b, sc->arena, 600);
    for (size_t i = 0; i < rows.n; i++)
        buf_f(&b, "%s%s %s (%lld KiB)", i ? ", " : "", rows.v[i].name, rows.v[i].version,
              (long long)(rows.v[i].octets + 1023) / 1024);
    return full(sc,
                arena_f(sc->arena, "all versions of your connectors take %zu MiB together, as much as they may: %s%s",
                        OWN_OCTETS_MAX >> 20,
                        rows.n ? "some that no connection works by can be deleted, the largest of which are "
                               : "move connections to fewer versions, retire the others and delete them",
                        buf_cstr(&b)));
}

/* Under the lock: what another request keeps meanwhile is counted. */
static enum err octets_fit(struct scope *sc, const struct own_judged *j, size_t octets)
{
    struct q_own_octets_row row;

    TRY(sc, q_own_octets(sc, &(struct q_own_octets_in){.name = j->name, .version = j->version}, &row));
    return (size_t)row.others + octets <= OWN_OCTETS_MAX ? OK : no_room(sc, j);
}

/* After which it comes: the same place for a draft that is replaced. */
static enum err place_of(struct scope *sc, const struct own_judged *j, int32_t *out)
{
    const struct q_own_last_row *last;
    struct q_own_count_row count;

    TRY(sc, q_own_last(sc, &(struct q_own_last_in){.name = j->name}, &last));
    *out = last ? last->ordinal + 1 : 1;
    if (!last) {
        TRY(sc, q_own_count(sc, &(struct q_own_count_in){.name = j->name}, &count));
        return count.others < OWN_NAMES_MAX ? OK : full(sc, "there are as many connectors of yours as there may be");
    }
    if (strcmp(last->version, j->version) == 0 && strcmp(last->state, "draft") == 0) {
        *out = last->ordinal;
        return OK;
    }
    if (!own_is_newer(j->version, last->version))
        return scope_wrong(
            sc, "/manifest/version", "not_newer",
            arena_f(sc->arena, "must be greater than %s, the last version of this connector", last->version));
    return last->ordinal < OWN_VERSIONS_MAX ? OK : full(sc, "this connector has as many versions as it may have");
}

enum err own_put(struct scope *sc, const struct own_new *in, struct own_judged *out)
{
    uint8_t signer[CRYPTO_KEY_BYTES], signature[CRYPTO_SIGNATURE_BYTES];
    const struct q_own_put_row *row;
    struct q_own_lock_row locked;
    struct q_own_put_in put;
    int32_t place;

    TRY(sc, own_judge(sc, in, out));
    TRY(sc, q_own_lock(sc, &(struct q_own_lock_in){.partner_id = sc->tenant.partner_id}, &locked));
    TRY(sc, place_of(sc, out, &place));
    TRY(sc, octets_fit(sc, out, in->manifest.n + (in->mappings.p ? in->mappings.n : 2)));
    put = (struct q_own_put_in){.partner_id = sc->tenant.partner_id,
                                .name = out->name,
                                .version = out->version,
                                .ordinal = place,
                                .document = str_dup(sc->arena, in->manifest),
                                .mappings = in->mappings.p ? str_dup(sc->arena, in->mappings) : "{}",
                                .sha256 = {out->sha256, sizeof(out->sha256)},
                                .signer = {signer, sizeof(signer)},
                                .signature = {signature, sizeof(signature)},
                                .note = in->note,
                                .author = in->who};
    TRY(sc, org_vouch(sc, OWN_PURPOSE, own_signed_text(sc, out->name, out->version, put.sha256), signer, signature));
    TRY(sc, q_own_put(sc, &put, &row));
    return row ? OK : other_state(sc, "this version was published meanwhile; give what is new a version of its own");
}

static enum err is_there(struct scope *sc, const char *name, const char *version, const char *why)
{
    struct own_version v;

    TRY(sc, own_get(sc, name, version, &v));
    return other_state(sc, why);
}

/* What is published is what was judged; a draft that was changed in the database is not. */
enum err own_publish(struct scope *sc, const char *name, const char *version, const char *who)
{
    const struct q_own_publish_row *row;
    struct own_version v;

    TRY(sc, own_get(sc, name, version, &v));
    if (!v.genuine)
        return other_state(sc, "this version is not as it was taken, and cannot be published: send it again");
    TRY(sc, q_own_publish(sc, &(struct q_own_publish_in){.name = name, .version = version, .who = who}, &row));
    return row ? OK : other_state(sc, "only a draft can be published");
}

enum err own_retire(struct scope *sc, const char *name, const char *version, const char *who)
{
    const struct q_own_retire_row *row;

    TRY(sc, q_own_retire(sc, &(struct q_own_retire_in){.name = name, .version = version, .who = who}, &row));
    return row ? OK : is_there(sc, name, version, "this version is retired already");
}

enum err own_delete(struct scope *sc, const char *name, const char *version, const char *who)
{
    const struct q_own_delete_row *row;
    struct own_version v;

    TRY(sc, q_own_delete(sc, &(struct q_own_delete_in){.name = name, .version = version, .who = who}, &row));
    if (row)
        return OK;
    TRY(sc, own_get(sc, name, version, &v));
    if (strcmp(v.state, "published") == 0)
        return other_state(sc, "this version is published; retire it first");
    return other_state(sc, "connections work by this version; move them to another one first");
}

enum err own_signer(struct scope *sc, uint8_t out[CRYPTO_KEY_BYTES])
{
    uint8_t signature[CRYPTO_SIGNATURE_BYTES];

    return org_vouch(sc, OWN_PURPOSE, STR(""), out, signature);
}

/* ---- another key-encryption key ---- */

#define PAGE 100

static enum err resign(struct scope *sc, const struct q_own_signatures_row *r, size_t *done, size_t *failed)
{
    uint8_t signer[CRYPTO_KEY_BYTES], signature[CRYPTO_SIGNATURE_BYTES];
    struct str text = own_signed_text(sc, r->name, r->version, r->sha256);
    bool good, old;

    TRY(sc, org_vouched(sc, OWN_PURPOSE, text, r->signature, &good, &old));
    *failed += !good;
    if (!old)
        return OK;
    TRY(sc, org_vouch(sc, OWN_PURPOSE, text, signer, signature));
    TRY(sc, q_own_resign(sc,
                         &(struct q_own_resign_in){.name = r->name,
                                                   .version = r->version,
                                                   .signer = {signer, sizeof(signer)},
                                                   .signature = {signature, sizeof(signature)}},
                         NULL));
    (*done)++;
    return OK;
}

enum err own_resign(struct scope *sc, size_t *out_done, size_t *out_failed)
{
    struct q_own_signatures_in from = {.after_name = "", .after_ordinal = 0, .most = PAGE};
    struct q_own_signatures_rows rows;

    *out_done = *out_failed = 0;
    do {
        TRY(sc, q_own_signatures(sc, &from, &rows));
        for (size_t i = 0; i < rows.n; i++)
            TRY(sc, resign(sc, &rows.v[i], out_done, out_failed));
        TRY(sc, db_commit(sc));
        if (rows.n) {
            from.after_name = rows.v[rows.n - 1].name;
            from.after_ordinal = rows.v[rows.n - 1].ordinal;
        }
    } while (rows.n == PAGE);
    return OK;
}
