#include "access/access.h"
#include "api/customer_int.h"
#include "api/mapping_int.h"
#include "audit/audit.h"
#include "base/timefmt.h"
#include "db/db.h"

/* One record through a version or a document: all that comes of it, for people; nothing is written. */

struct try_ask {
    int64_t version;
    struct str document, record, xref;
    struct uuid message_id;
    bool creating;
};

static const struct wire_field try_fields[] = {
    {.name = "version",
     .kind = WIRE_KIND_INT,
     .offset = offsetof(struct try_ask, version),
     .min = 1,
     .max = MAPS_VERSIONS_MAX,
     .optional = true,
     .meaning = "The version to try; absent, and no document either: the newest."},
    {.name = "document",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct try_ask, document),
     .optional = true,
     .meaning = "A document that was not saved, in its place."},
    {.name = "record",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct try_ask, record),
     .optional = true,
     .meaning = "What a source sends."},
    WIRE_ID_OR_NULL(struct try_ask, message_id, "rec", "A delivery that was received, in its place."),
    {.name = "creating",
     .kind = WIRE_KIND_BOOL,
     .offset = offsetof(struct try_ask, creating),
     .optional = true,
     .meaning = "Whether the record is new at its target; absent: it is not."},
    {.name = "xref",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct try_ask, xref),
     .optional = true,
     .meaning = "Cross references to use in place of the customer's: an object of tables, each an object of keys and "
                "their values."},
    {},
};
static const struct wire try_wire = {"MappingTry", sizeof(struct try_ask), try_fields};

struct value_view {
    const char *rule, *pointer;
    struct str value;
};

static const struct wire_field value_fields[] = {
    WIRE_TEXT(struct value_view, rule, 1000, "The rule, by the field it fills."),
    WIRE_TEXT(struct value_view, pointer, 4096, "Where its value stands in the result."),
    WIRE_RAW(struct value_view, value, "What it gave; null: nothing, or null."),
    {},
};
static const struct wire value_wire = {"MappingValue", sizeof(struct value_view), value_fields};

static const char *const on_miss[] = {
    [MISS_FAIL] = "fail", [MISS_HOLD] = "hold", [MISS_DEFAULT] = "default", [MISS_DEFAULT + 1] = NULL};

struct miss_view {
    const char *table, *key, *rule, *pointer, *then;
};

static const struct wire_field miss_fields[] = {
    WIRE_TEXT(struct miss_view, table, 64, "The cross reference that was asked."),
    WIRE_TEXT(struct miss_view, key, 1000, "The key that it has no entry for."),
    WIRE_TEXT(struct miss_view, rule, 1000, "The rule that asked."),
    WIRE_TEXT(struct miss_view, pointer, 4096, "Where its value would stand in the result."),
    WIRE_ENUM(struct miss_view, then, on_miss, "What the rule says becomes of the record then."),
    {},
};
static const struct wire miss_wire = {"MappingMiss", sizeof(struct miss_view), miss_fields};

struct tried_view {
    int64_t version;
    const char *hash;
    bool valid, held, more_unused;
    struct str result, record;
    struct wire_list values, misses, document_faults, faults;
    struct wire_texts unused;
};

static const struct wire_field tried_fields[] = {
    WIRE_INT(struct tried_view, version, 0, MAPS_VERSIONS_MAX, "The version that was tried; 0: the document sent."),
    WIRE_TEXT(struct tried_view, hash, 64, "The hash of the version that was tried; null for a document sent."),
    WIRE_BOOL(struct tried_view, valid, "Whether the record would go on: nothing failed and nothing is held."),
    WIRE_BOOL(struct tried_view, held, "Whether it would wait for an entry in a cross reference."),
    WIRE_RAW(struct tried_view, result, "The canonical object as far as it could be made; null: nothing was run."),
    WIRE_RAW(struct tried_view, record, "The delivery it was made of; null: the caller sent the record."),
    WIRE_LIST(struct tried_view, values, &value_wire, MAPPING_VALUES_MAX, "What each rule gave, item by item."),
    WIRE_LIST(struct tried_view, document_faults, &api_mapping_fault_wire, MAPPING_FAULTS_MAX + 3,
              "What is wrong with the document: with any, nothing was run. Pointers lead into the document."),
    WIRE_LIST(struct tried_view, faults, &api_mapping_fault_wire, MAPPING_FAULTS_MAX,
              "What went wrong with the record. Pointers lead into the result."),
    WIRE_LIST(struct tried_view, misses, &miss_wire, MAPPING_MISSES_MAX, "Keys that cross references do not have."),
    WIRE_TEXTS(struct tried_view, unused, MAPS_UNUSED_MAX,
               "Fields of the record that no rule reads, as paths without places in lists."),
    WIRE_BOOL(struct tried_view, more_unused, "Whether there may be more of these than were looked for."),
    {},
};
static const struct wire tried_wire = {"MappingTried", sizeof(struct tried_view), tried_fields};

static struct wire_list values_of(struct scope *sc, const struct mapping_result *r)
{
    struct value_view *views = ARENA_ARRAY(sc->arena, struct value_view, r->value_count);

    for (size_t i = 0; i < r->value_count; i++)
        views[i] = (struct value_view){r->values[i].rule, r->values[i].pointer, api_doc_text(sc, &r->values[i].value)};
    return (struct wire_list){views, r->value_count};
}

static struct wire_list misses_of(struct scope *sc, const struct mapping_result *r)
{
    struct miss_view *views = ARENA_ARRAY(sc->arena, struct miss_view, r->miss_count);

    for (size_t i = 0; i < r->miss_count; i++) {
        const struct mapping_miss *m = &r->misses[i];

        views[i] = (struct miss_view){m->table, m->key, m->rule, m->pointer, on_miss[m->then]};
    }
    return (struct wire_list){views, r->miss_count};
}

/* The document that is tried, saved or not. */
static enum err tried_document(struct scope *sc, const struct maps_mapping *m, const struct try_ask *ask,
                               struct tried_view *view, struct str *out)
{
    struct mapping_version_view v;
    int64_t row_version;

    if (ask->document.n && ask->version)
        return scope_wrong(sc, "/version", "one_of_two", "say a version or a document, not both");
    if (ask->document.n) {
        *out = ask->document;
        return OK;
    }
    if (!ask->version && !m->versions)
        return scope_wrong(sc, "/document", "required", "the mapping has no version yet: send a document");
    view->version = ask->version ? ask->version : m->versions;
    TRY(sc, api_mapping_version(sc, m, (int32_t)view->version, &v, &row_version));
    view->hash = v.hash;
    *out = v.document;
    return OK;
}

/* What is mapped, and at which time. A delivery has personal data: whoever may not read it may not see it this way. */
static enum err record_of(struct scope *sc, const struct maps_mapping *m, const struct try_ask *ask,
                          struct tried_view *view, struct maps_try *t)
{
    struct maps_recorded recorded;

    if ((ask->record.n != 0) == !uuid_is_nil(&ask->message_id))
        return scope_wrong(sc, "/record", "one_of_two", "send a record, or say which delivery it is");
    if (ask->record.n)
        return doc_parse(sc, ask->record, &t->record);
    if (!caller_may(sc->caller, PERMISSION_MESSAGES_READ))
        return FAIL(sc, ERR_FORBIDDEN, "to try it on a delivery takes the permission \"messages:read\"");
    TRY(sc, maps_recorded(sc, m, &ask->message_id, &recorded));
    TRY(sc, audit_read_of(sc, &m->customer_id, "message.read", "rec", &ask->message_id));
    t->now_us = recorded.received_us;
    TRY(sc, doc_parse(sc, recorded.body, &t->record));
    view->record = recorded.body;
    return OK;
}

static enum err run(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                    const struct try_ask *ask, struct tried_view *view)
{
    struct maps_try t = {.mapping = compiled, .creating = ask->creating, .now_us = time_now_us()};
    struct mapping_result result;
    struct maps_unused unused;

    TRY(sc, record_of(sc, m, ask, view, &t));
    if (ask->xref.n)
        TRY(sc, doc_parse(sc, ask->xref, &t.xref));
    TRY(sc, maps_books(sc, m, compiled, &t.books));
    TRY(sc, db_commit(sc));
    TRY(sc, maps_dry_run(sc, &t, &result));
    maps_unused(sc->arena, compiled, t.record, &unused);
    view->valid = result.valid;
    view->held = result.held;
    view->result = api_doc_text(sc, &result.value);
    view->values = values_of(sc, &result);
    view->faults = api_mapping_faults(sc, &result.faults);
    view->misses = misses_of(sc, &result);
    view->unused = (struct wire_texts){unused.paths, unused.n};
    view->more_unused = unused.more;
    return OK;
}

static enum err mapping_dry_run(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct tried_view view = {0};
    struct mapping_faults faults;
    struct mapping *compiled;
    struct maps_mapping m;
    struct str document;
    struct try_ask ask;

    TRY(sc, api_mapping_named(sc, rq, &m));
    TRY(sc, rq_body(sc, rq, &try_wire, &ask));
    TRY(sc, tried_document(sc, &m, &ask, &view, &document));
    TRY(sc, maps_compile(sc, &m, document, &compiled, &faults));
    view.document_faults = api_mapping_faults(sc, &faults);
    if (compiled)
        TRY(sc, run(sc, &m, compiled, &ask, &view));
    return rs_json(sc, rs, 200, &tried_wire, &view);
}

const struct route api_mapping_dry_run_routes[] = {
    {POST, "/v1/mappings/{mapping_id}/dry-run", mapping_dry_run, .may = PERMISSION_MAPPINGS_READ, .takes = &try_wire,
     .answers = &tried_wire, .class = HTTP_CLASS_READ, .name = "mappings.dry_run",
     .summary = "Runs one record through a version or a document and tells all that came of it; nothing is written."},
    {},
};
