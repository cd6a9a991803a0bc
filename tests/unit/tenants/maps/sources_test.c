#include "drift/drift.h"
#include "maps_kit.h"
#include "sys/loop.h"

/* A shape of a shop, learnt from so many payloads, as the worker keeps it. */
static void given_shape(struct world *w, const char *payload(unsigned i))
{
    struct drift_shape *s = drift_shape_new(test_scope()->arena);
    struct uuid connection = given_connection(&w->acme, "shopify"), shape = uuid_new();
    struct buf body;

    for (unsigned i = 0; i < DRIFT_LEARN + 1; i++) {
        struct drift_seen seen;
        const struct doc *d;

        CHECK_OK(doc_parse(test_scope(), str_of(payload(i)), &d));
        drift_see(test_scope()->arena, s, d, NULL, &seen);
    }
    buf_init(&body, test_scope()->arena, DRIFT_STORED_MAX + 1);
    drift_shape_write(test_scope()->arena, &body, s);
    (void)test_pg_ask(
        arena_f(test_scope()->arena,
                "insert into tenon.source_shape (partner_id, customer_id, shape_id, connection_id, object,"
                " version, body, payloads) values ('%s', '%s', '%s', '%s', 'order', '', '%s', %d)",
                id(&w->acme.partner_id), id(&w->acme.customer_id), id(&shape), id(&connection), buf_cstr(&body),
                DRIFT_LEARN + 1));
}

static const char *ordinary(unsigned i)
{
    return arena_f(test_scope()->arena, "{\"name\": \"#%u\", \"currency\": \"USD\", \"memo\": \"x\"}", i);
}

/* More names than are told apart, under one. */
static const char *crowded(unsigned i)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    buf_f(&b, "{\"name\": \"#%u\", \"extra\": {", i);
    for (unsigned k = 0; k < 20; k++)
        buf_f(&b, "%s\"n%u\": 1", k ? "," : "", i * 20 + k);
    buf_s(&b, "}}");
    return buf_cstr(&b);
}

/* More fields than there is room for. */
static const char *huge(unsigned i)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    buf_f(&b, "{\"name\": \"#%u\"", i);
    for (unsigned k = 0; k < 15; k++)
        buf_f(&b, ", \"o%u\": {\"n%u\": 1.5}", k, i);
    buf_s(&b, "}");
    return buf_cstr(&b);
}

static enum err reads(struct world *w, const char *field)
{
    struct uuid mapping = kit_mapping(w, false);
    struct scope *sc = as(w, &w->ann);
    struct maps_draft d = {.sound = true};
    int32_t number;
    enum err e;

    d.document = kit_document(arena_f(test_scope()->arena, "{\"to\": \"/note\", \"expr\": \"%s\"}", field));
    CHECK_OK(offload_start(1, 4));
    e = done(sc, maps_save(sc, &mapping, &d, &number));
    offload_stop();
    if (e == ERR_INVALID)
        CHECK_STR(scope_fault(sc)->items->code, "unknown_field");
    scope_free(sc);
    sql("delete from mapping_version");
    sql("delete from mapping");
    return e;
}

TEST_IN_LOOP(a_field_that_no_payload_had_cannot_be_read_once_enough_have_come)
{
    struct world w;

    world_make(&w);
    CHECK_OK(reads(&w, "nemo"));
    given_shape(&w, ordinary);
    CHECK_OK(reads(&w, "memo"));
    CHECK_ERR(reads(&w, "nemo"), ERR_INVALID);
    world_end(&w);
}

TEST_IN_LOOP(where_names_are_too_many_to_tell_apart_any_may_be_read)
{
    struct world w;

    world_make(&w);
    given_shape(&w, crowded);
    CHECK_OK(reads(&w, "extra.n3999"));
    CHECK_ERR(reads(&w, "nemo"), ERR_INVALID);
    world_end(&w);
}

TEST_IN_LOOP(where_more_came_than_is_known_nothing_is_refused)
{
    struct world w;

    world_make(&w);
    given_shape(&w, huge);
    CHECK_OK(reads(&w, "nemo"));
    world_end(&w);
}
