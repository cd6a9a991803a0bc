#include "maps/maps_int.h"

#include "q_maps.h"

/* Versions while they are written: saved, changed, submitted, approved. Each act holds its mapping's row, so that
 * numbers have no gaps and what was checked is what is approved or published: nobody changes it in between. */

#define FORMAT_FAULT "must be a JSON object whose format is \"" MAPPING_FORMAT "\""

static int64_t time_of(bool has, int64_t us)
{
    return has ? us : INT64_MIN;
}

/* clang-format off */
#define VERSION_OF(r)                                                                                                  \
    .number = (r)->number, .status = (r)->status, .hash = (r)->document_hash, .note = (r)->note,                       \
    .author = (r)->author, .reviewer = (r)->reviewer, .replaces = (r)->replaces,                                       \
    .created_at_us = (r)->created_at_us, .changed_at_us = (r)->changed_at_us,                                          \
    .submitted_at_us = time_of((r)->has_submitted_at, (r)->submitted_at_us),                                           \
    .reviewed_at_us = time_of((r)->has_reviewed_at, (r)->reviewed_at_us),                                              \
    .published_at_us = time_of((r)->has_published_at, (r)->published_at_us), .row_version = (r)->row_version
/* clang-format on */

enum err maps_version_list(struct scope *sc, const struct uuid *mapping_id, int32_t before, size_t most,
                           struct maps_version **out, size_t *out_n)
{
    struct q_version_page_rows rows;
    struct maps_version *v;

    TRY(sc, q_version_page(
                sc, &(struct q_version_page_in){.mapping_id = *mapping_id, .before = before, .most = (int32_t)most},
                &rows));
    v = ARENA_ARRAY(sc->arena, struct maps_version, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        const struct q_version_page_row *r = &rows.v[i];

        v[i] = (struct maps_version){VERSION_OF(r)};
    }
    *out = v;
    *out_n = rows.n;
    return OK;
}

enum err maps_version_get(struct scope *sc, const struct uuid *mapping_id, int32_t number, struct maps_version *out)
{
    const struct q_version_get_row *r;

    TRY(sc,
        q_version_get(
            sc, &(struct q_version_get_in){.mapping_id = *mapping_id, .number = number, .actor = maps_actor(sc)}, &r));
    if (!r)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such version");
    *out = (struct maps_version){VERSION_OF(r), .document = r->document,   .base = r->base,
                                 .own = r->own, .by_person = r->by_person, .backtest_id = r->backtest_id};
    return OK;
}

static enum err wrong(struct scope *sc, const char *pointer, const char *code, const char *why)
{
    scope_clear(sc);
    scope_item(sc, pointer, code, "%s", why);
    return maps_problem(sc, ERR_INVALID, "validation", 422, why);
}

static enum err format_check(struct scope *sc, const char *pointer, struct str text, const struct doc **out)
{
    if (text.n > MAPPING_MAX)
        return wrong(sc, pointer, "too_long", "a mapping's document has at most 256 KiB");
    if (doc_parse(sc, text, out) != OK || !str_is(doc_text(doc_get(*out, "format")), MAPPING_FORMAT))
        return wrong(sc, pointer, "not_a_mapping", FORMAT_FAULT);
    return OK;
}

enum err maps_document_check(struct scope *sc, const char *pointer, struct str text, const struct doc **out)
{
    const char *where, *why;

    TRY(sc, format_check(sc, pointer, text, out));
    why = maps_parts_fault(sc->arena, *out, &where);
    return why ? wrong(sc, arena_f(sc->arena, "%s%s", pointer, where), "too_many", why) : OK;
}

bool maps_hash(struct arena *a, const struct doc *document, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct buf text;

    buf_init(&text, a, 4 * (size_t)MAPPING_MAX);
    doc_canonical(a, &text, document);
    if (!text.full)
        crypto_hash(text.p, text.n, out);
    return !text.full;
}

/* ---- compiled ---- */

#define OTHER "other_mapping"

void maps_fault(struct arena *a, struct mapping_faults *faults, const char *pointer, const char *code, const char *why)
{
    struct mapping_fault *more;

    if (faults->n >= MAPPING_FAULTS_MAX)
        return;
    more = ARENA_ARRAY(a, struct mapping_fault, faults->n + 1);
    if (faults->n)
        memcpy(more, faults->v, faults->n * sizeof(*more));
    more[faults->n++] = (struct mapping_fault){.pointer = pointer, .code = code, .detail = why};
    faults->v = more;
}

/* A document of another source or target would be found out by the first record only. */
static void match(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                  struct mapping_faults *faults)
{
    if (strcmp(mapping_source_system(compiled), m->source_system) != 0)
        maps_fault(sc->arena, faults, "/source/system", OTHER,
                   arena_f(sc->arena, "this mapping reads from %s", m->source_system));
    if (strcmp(mapping_source_object(compiled), m->source_object) != 0)
        maps_fault(sc->arena, faults, "/source/object", OTHER,
                   arena_f(sc->arena, "this mapping reads the object %s", m->source_object));
    if (strcmp(mapping_target(compiled)->schema, m->target) != 0)
        maps_fault(sc->arena, faults, "/target", OTHER, arena_f(sc->arena, "this mapping makes %s", m->target));
}

enum err maps_compile(struct scope *sc, const struct maps_mapping *m, struct str document, struct mapping **out,
                      struct mapping_faults *faults)
{
    struct mapping *compiled = NULL;
    const struct doc *d;

    TRY(sc, format_check(sc, "/document", document, &d));
    if (mapping_compile(sc->arena, d, NULL, &compiled, faults))
        match(sc, m, compiled, faults);
    *out = faults->n ? NULL : compiled;
    return OK;
}

enum err maps_refuse(struct scope *sc, const struct mapping_faults *faults, const char *why)
{
    scope_clear(sc);
    for (size_t i = 0; i < faults->n; i++) {
        const struct mapping_fault *f = &faults->v[i];

        if (f->line)
            scope_item(sc, f->pointer, f->code, "line %u, column %u: %s", f->line, f->column, f->detail);
        else
            scope_item(sc, f->pointer, f->code, "%s", f->detail);
    }
    return maps_problem(sc, ERR_INVALID, "validation", 422, why);
}

/* ---- drafts ---- */

static enum err draft_check(struct scope *sc, const struct maps_draft *d, uint8_t hash[CRYPTO_HASH_BYTES])
{
    const struct doc *document, *base;

    TRY(sc, maps_document_check(sc, "/document", d->document, &document));
    if (d->base.n)
        TRY(sc, maps_document_check(sc, "/base", d->base, &base));
    return maps_hash(sc->arena, document, hash)
               ? OK
               : wrong(sc, "/document", "too_long", "a mapping's document has at most 256 KiB");
}

enum err maps_faults(struct scope *sc, const struct maps_mapping *m, struct str document, struct mapping_faults *out)
{
    struct mapping *compiled;

    TRY(sc, maps_compile(sc, m, document, &compiled, out));
    if (!compiled)
        return OK;
    mapping_unfilled(sc->arena, compiled, out);
    return maps_names_check(sc, m, compiled, document, out);
}

static enum err sound_check(struct scope *sc, const struct maps_mapping *m, const struct maps_draft *d)
{
    struct mapping_faults faults;

    if (!d->sound)
        return OK;
    TRY(sc, maps_faults(sc, m, d->document, &faults));
    for (size_t i = 0; i < faults.n; i++)
        faults.v[i].pointer = arena_f(sc->arena, "/document%s", faults.v[i].pointer);
    return faults.n == 0 ? OK : maps_refuse(sc, &faults, MAPS_FAULTY "; with allow_faults it is kept as a draft");
}

static const char *base_of(struct scope *sc, const struct maps_draft *d)
{
    return d->base.n ? str_dup(sc->arena, d->base) : NULL;
}

enum err maps_save(struct scope *sc, const struct uuid *mapping_id, const struct maps_draft *d, int32_t *out_number)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct q_mapping_next_row next;
    struct maps_mapping m;

    TRY(sc, maps_lock(sc, mapping_id, &m));
    TRY(sc, draft_check(sc, d, hash));
    TRY(sc, sound_check(sc, &m, d));
    if (m.versions >= MAPS_VERSIONS_MAX)
        return maps_problem(sc, ERR_CONFLICT, "conflict", 409, "a mapping has at most 10,000 versions");
    TRY(sc, q_mapping_next(sc, &(struct q_mapping_next_in){.customer_id = m.customer_id, .mapping_id = m.mapping_id},
                           &next));
    TRY(sc, q_version_create(sc,
                             &(struct q_version_create_in){.partner_id = sc->tenant.partner_id,
                                                           .customer_id = m.customer_id,
                                                           .mapping_id = m.mapping_id,
                                                           .number = next.versions,
                                                           .document = str_dup(sc->arena, d->document),
                                                           .document_hash = {hash, sizeof(hash)},
                                                           .base = base_of(sc, d),
                                                           .note = d->note,
                                                           .author = maps_actor(sc)},
                             NULL));
    *out_number = next.versions;
    return OK;
}

enum err maps_version_change(struct scope *sc, const struct uuid *mapping_id, int32_t number, int64_t row_version,
                             const struct maps_draft *d, bool *out_changed)
{
    const struct q_version_change_row *row;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct maps_mapping m;

    TRY(sc, maps_lock(sc, mapping_id, &m));
    TRY(sc, draft_check(sc, d, hash));
    TRY(sc, sound_check(sc, &m, d));
    TRY(sc, q_version_change(sc,
                             &(struct q_version_change_in){.customer_id = m.customer_id,
                                                           .mapping_id = m.mapping_id,
                                                           .number = number,
                                                           .version = row_version,
                                                           .document = str_dup(sc->arena, d->document),
                                                           .document_hash = {hash, sizeof(hash)},
                                                           .base = base_of(sc, d),
                                                           .note = d->note,
                                                           .actor = maps_actor(sc)},
                             &row));
    *out_changed = row != NULL;
    return OK;
}

/* ---- review ---- */

static enum err submittable(struct scope *sc, const struct maps_mapping *m, const struct maps_version *v)
{
    struct mapping_faults faults;

    TRY(sc, maps_faults(sc, m, str_of(v->document), &faults));
    return faults.n == 0 ? OK : maps_refuse(sc, &faults, MAPS_FAULTY);
}

enum err maps_submit(struct scope *sc, const struct uuid *mapping_id, int32_t number)
{
    const struct q_version_submit_row *row;
    struct maps_mapping m;
    struct maps_version v;

    TRY(sc, maps_lock(sc, mapping_id, &m));
    TRY(sc, maps_version_get(sc, mapping_id, number, &v));
    if (strcmp(v.status, "draft") != 0)
        return maps_problem(sc, ERR_CONFLICT, "mapping-version-fixed", 409, "only a draft can be submitted for review");
    TRY(sc, submittable(sc, &m, &v));
    return q_version_submit(
        sc, &(struct q_version_submit_in){.customer_id = m.customer_id, .mapping_id = m.mapping_id, .number = number},
        &row);
}

enum err maps_withdraw(struct scope *sc, const struct uuid *mapping_id, int32_t number)
{
    const struct q_version_withdraw_row *row;
    struct maps_mapping m;
    struct maps_version v;

    TRY(sc, maps_lock(sc, mapping_id, &m));
    TRY(sc, maps_version_get(sc, mapping_id, number, &v));
    if (strcmp(v.status, "in_review") != 0)
        return maps_problem(sc, ERR_CONFLICT, "conflict", 409, "only what is in review can be taken back to a draft");
    return q_version_withdraw(
        sc, &(struct q_version_withdraw_in){.customer_id = m.customer_id, .mapping_id = m.mapping_id, .number = number},
        &row);
}

/* A key is whoever made it, and who that was nobody has kept: it may be the author's. */
static bool is_person(const struct scope *sc)
{
    return sc->actor == ACTOR_USER || sc->actor == ACTOR_OPERATOR;
}

static enum err other_check(struct scope *sc, const struct maps_version *v)
{
    if (v->own)
        return maps_problem(sc, ERR_FORBIDDEN, "mapping-self-approval", 403,
                            "who wrote in a version cannot approve it: somebody else must");
    if (v->by_person && !is_person(sc))
        return maps_problem(sc, ERR_FORBIDDEN, "mapping-self-approval", 403,
                            "what a person wrote in is approved by a person, and not with a key");
    return OK;
}

enum err maps_approve(struct scope *sc, const struct uuid *mapping_id, int32_t number)
{
    const struct q_version_approve_row *row;
    struct maps_mapping m;
    struct maps_version v;

    TRY(sc, maps_lock(sc, mapping_id, &m));
    TRY(sc, maps_version_get(sc, mapping_id, number, &v));
    if (strcmp(v.status, "in_review") != 0 || v.reviewer)
        return maps_problem(sc, ERR_CONFLICT, "conflict", 409,
                            v.reviewer ? "it has been approved already" : "only what is in review can be approved");
    if (m.needs_review)
        TRY(sc, other_check(sc, &v));
    return q_version_approve(
        sc,
        &(struct q_version_approve_in){
            .customer_id = m.customer_id, .mapping_id = m.mapping_id, .number = number, .reviewer = maps_actor(sc)},
        &row);
}
