#include "flows/flows_int.h"

#include "audit/audit.h"
#include "base/must.h"
#include "crypto/crypto.h"
#include "q_flows.h"

/* Versions of a flow: saved, changed while they are drafts, published, the way back. */

#define VERSION_OF(r)                                                                                                  \
    ((struct flows_version){.number = (r)->number,                                                                     \
                            .status = (r)->status,                                                                     \
                            .hash = (r)->document_hash,                                                                \
                            .note = (r)->note,                                                                         \
                            .author = (r)->author,                                                                     \
                            .replaces = (r)->replaces,                                                                 \
                            .created_at_us = (r)->created_at_us,                                                       \
                            .changed_at_us = (r)->changed_at_us,                                                       \
                            .published_at_us = (r)->has_published_at ? (r)->published_at_us : INT64_MIN,               \
                            .row_version = (r)->row_version})

enum err flows_version_list(struct scope *sc, const struct uuid *flow_id, int32_t before, size_t most,
                            struct flows_version **out, size_t *out_n)
{
    struct q_flow_version_page_rows rows;
    struct flows_version *v;

    TRY(sc,
        q_flow_version_page(
            sc, &(struct q_flow_version_page_in){.flow_id = *flow_id, .before = before, .most = (int32_t)most}, &rows));
    v = ARENA_ARRAY(sc->arena, struct flows_version, rows.n);
    for (size_t i = 0; i < rows.n; i++)
        v[i] = VERSION_OF(&rows.v[i]);
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err flows_version_get(struct scope *sc, const struct uuid *flow_id, int32_t number, struct flows_version *out)
{
    const struct q_flow_version_get_row *row;

    TRY(sc, q_flow_version_get(sc, &(struct q_flow_version_get_in){.flow_id = *flow_id, .number = number}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such version");
    *out = VERSION_OF(row);
    out->document = row->document;
    return OK;
}

/* ---- drafts ---- */

static enum err refuse(struct scope *sc, const struct flowdef_faults *faults, const char *below, const char *why)
{
    scope_clear(sc);
    for (size_t i = 0; i < faults->n; i++) {
        const struct flowdef_fault *f = &faults->v[i];
        const char *pointer = arena_f(sc->arena, "%s%s", below, f->pointer);

        if (f->line)
            scope_item(sc, pointer, f->code, "line %u, column %u: %s", f->line, f->column, f->detail);
        else
            scope_item(sc, pointer, f->code, "%s", f->detail);
    }
    return flows_problem(sc, ERR_INVALID, "validation", 422, why);
}

static enum err hashed(struct scope *sc, struct str document, uint8_t hash[CRYPTO_HASH_BYTES])
{
    const struct doc *d;
    struct buf text;

    TRY(sc, doc_parse(sc, document, &d));
    buf_init(&text, sc->arena, 4 * (size_t)FLOWDEF_MAX);
    doc_canonical(sc->arena, &text, d);
    if (document.n > FLOWDEF_MAX || text.full) {
        scope_item(sc, "/document", "too_long", "a flow's document has at most 256 KiB");
        return flows_problem(sc, ERR_INVALID, "validation", 422, "a flow's document has at most 256 KiB");
    }
    crypto_hash(text.p, text.n, hash);
    return OK;
}

static enum err draft_check(struct scope *sc, const struct flows_flow *f, const struct flows_draft *d,
                            uint8_t hash[CRYPTO_HASH_BYTES])
{
    struct flowdef_faults faults;

    TRY(sc, hashed(sc, d->document, hash));
    if (d->allow_faults)
        return OK;
    TRY(sc, flows_faults(sc, f, d->document, &faults));
    return faults.n == 0 ? OK
                         : refuse(sc, &faults, "/document",
                                  "the flow's document has faults; with allow_faults it is kept as a draft");
}

static const char *actor(struct scope *sc)
{
    const char *prefix = audit_actor_prefix(actor_kind_name(sc->actor));
    char text[TYPEID_TEXT_MAX + 1];

    if (!prefix || uuid_is_nil(&sc->actor_id))
        return "system";
    typeid_format(prefix, &sc->actor_id, text);
    return arena_strdup(sc->arena, text);
}

enum err flows_save(struct scope *sc, const struct uuid *flow_id, const struct flows_draft *d, int32_t *out_number)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_flow_next_row next;
    struct flows_flow f;

    TRY(sc, flows_lock(sc, flow_id, &f));
    TRY(sc, draft_check(sc, &f, d, hash));
    if (f.versions >= FLOWS_VERSIONS_MAX)
        return flows_problem(sc, ERR_CONFLICT, "conflict", 409, "a flow has at most 10,000 versions");
    TRY(sc, q_flow_next(sc, &(struct q_flow_next_in){.customer_id = f.customer_id, .flow_id = f.flow_id}, &next));
    TRY(sc, q_flow_version_create(sc,
                                  &(struct q_flow_version_create_in){.partner_id = sc->tenant.partner_id,
                                                                     .customer_id = f.customer_id,
                                                                     .flow_id = f.flow_id,
                                                                     .number = next.versions,
                                                                     .document = str_dup(sc->arena, d->document),
                                                                     .document_hash = {hash, sizeof(hash)},
                                                                     .note = d->note,
                                                                     .author = actor(sc)},
                                  NULL));
    *out_number = next.versions;
    return OK;
}

enum err flows_version_change(struct scope *sc, const struct uuid *flow_id, int32_t number, int64_t row_version,
                              const struct flows_draft *d, bool *out_changed)
{
    const struct q_flow_version_change_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct flows_flow f;

    TRY(sc, flows_lock(sc, flow_id, &f));
    TRY(sc, draft_check(sc, &f, d, hash));
    TRY(sc, q_flow_version_change(sc,
                                  &(struct q_flow_version_change_in){.customer_id = f.customer_id,
                                                                     .flow_id = f.flow_id,
                                                                     .number = number,
                                                                     .version = row_version,
                                                                     .document = str_dup(sc->arena, d->document),
                                                                     .document_hash = {hash, sizeof(hash)},
                                                                     .note = d->note},
                                  &row));
    *out_changed = row != NULL;
    return OK;
}

/* ---- publishing ---- */

static enum err works(struct scope *sc, const struct flows_flow *f, int32_t number)
{
    const struct flowdef_head *h;
    struct flowdef_faults faults;
    struct flows_version v;
    const struct doc *d;
    struct flowdef *def;

    TRY(sc, flows_version_get(sc, &f->flow_id, number, &v));
    TRY(sc, doc_parse(sc, str_of(v.document), &d));
    MUST_BE(flowdef_compile(sc->arena, d, &def, &faults)); /* it has no faults: that was looked at */
    h = flowdef_head(def);
    TRY(sc, q_flow_works(sc,
                         &(struct q_flow_works_in){.customer_id = f->customer_id,
                                                   .flow_id = f->flow_id,
                                                   .has_current_version = number != 0,
                                                   .current_version = number,
                                                   .on_change = h->trigger == FLOWDEF_CHANGE ? h->object : NULL},
                         NULL));
    return flows_schedule_set(sc, f, def);
}

static enum err is_now(struct scope *sc, const struct flows_flow *f, int32_t number, const char *status)
{
    if (!number)
        return OK;
    return q_flow_version_status(
        sc,
        &(struct q_flow_version_status_in){
            .customer_id = f->customer_id, .flow_id = f->flow_id, .number = number, .status = status},
        NULL);
}

static enum err faultless(struct scope *sc, const struct flows_flow *f, int32_t number)
{
    struct flowdef_faults faults;
    struct flows_version v;

    TRY(sc, flows_version_get(sc, &f->flow_id, number, &v));
    TRY(sc, flows_faults(sc, f, str_of(v.document), &faults));
    return faults.n == 0 ? flows_one_environment(sc, f) : refuse(sc, &faults, "", "the flow's document has faults");
}

enum err flows_publish(struct scope *sc, const struct uuid *flow_id, int32_t number)
{
    struct flows_flow f;

    TRY(sc, flows_lock(sc, flow_id, &f));
    if (number == f.current)
        return flows_problem(sc, ERR_CONFLICT, "conflict", 409, "this version works already");
    TRY(sc, faultless(sc, &f, number));
    TRY(sc, is_now(sc, &f, f.current, "retired"));
    TRY(sc, q_flow_version_publish(sc,
                                   &(struct q_flow_version_publish_in){.customer_id = f.customer_id,
                                                                       .flow_id = f.flow_id,
                                                                       .number = number,
                                                                       .has_replaces = f.current != 0,
                                                                       .replaces = f.current},
                                   NULL));
    return works(sc, &f, number);
}

enum err flows_roll_back(struct scope *sc, const struct uuid *flow_id)
{
    struct flows_version v = {0};
    struct flows_flow f;

    TRY(sc, flows_lock(sc, flow_id, &f));
    if (f.current)
        TRY(sc, flows_version_get(sc, flow_id, f.current, &v));
    if (!v.replaces)
        return flows_problem(sc, ERR_CONFLICT, "conflict", 409, "there is no version before to go back to");
    TRY(sc, faultless(sc, &f, v.replaces));
    TRY(sc, is_now(sc, &f, f.current, "retired"));
    TRY(sc, is_now(sc, &f, v.replaces, "published"));
    return works(sc, &f, v.replaces);
}
