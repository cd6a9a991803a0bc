#include "maps_kit.h"

static const struct doc *doc_of(const char *text)
{
    const struct doc *d = NULL;

    CHECK_OK(doc_parse(test_scope(), str_of(text), &d));
    return d;
}

static struct mapping *compiled(const char *rules)
{
    struct mapping_faults faults;
    struct mapping *m = NULL;

    CHECK(mapping_compile(test_scope()->arena, doc_of(kit_part(rules).p), NULL, &m, &faults));
    return m;
}

#define LINES                                                                                                          \
    "{\"to\": \"/lines\", \"each\": \"line_items\"}, {\"to\": \"/lines/*/title\", \"expr\": \"title\"},"               \
    " {\"to\": \"/lines/*/sku\", \"lookup\": {\"table\": \"sku\", \"key\": \"code\", \"miss\": \"hold\"}},"            \
    " {\"to\": \"/billing/city\", \"expr\": \"billing_address.city\"}"

static const char *unused(const char *rules, const char *record)
{
    struct maps_unused u;
    struct buf b;

    maps_unused(test_scope()->arena, compiled(rules), doc_of(record), &u);
    buf_init(&b, test_scope()->arena, 65536);
    for (size_t i = 0; i < u.n; i++)
        buf_f(&b, "%s%s", i ? " " : "", u.paths[i]);
    if (u.more)
        buf_s(&b, " and more");
    return buf_cstr(&b);
}

TEST(fields_that_no_rule_reads_are_told_once_without_places_in_lists)
{
    CHECK_STR(unused(LINES, "{\"name\":\"1\",\"id\":7,\"line_items\":[{\"title\":\"a\",\"code\":\"x\",\"grams\":1},"
                            "{\"title\":\"b\",\"grams\":2,\"tags\":[]}],\"billing_address\":{\"city\":\"x\","
                            "\"zip\":\"y\"},\"empty\":{}}"),
              "id line_items.grams billing_address.zip empty");
}

TEST(what_is_read_as_a_whole_is_used_with_all_that_is_in_it)
{
    CHECK_STR(unused("{\"to\": \"/note\", \"expr\": \"$string(billing_address)\"}",
                     "{\"name\":\"1\",\"billing_address\":{\"city\":{\"a\":1},\"zip\":\"y\"}}"),
              "");
}

TEST(a_record_with_endless_names_does_not_take_endless_time)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    buf_s(&b, "{\"name\":1");
    for (int i = 0; i < 5000; i++)
        buf_f(&b, ",\"n%d\":1", i);
    buf_c(&b, '}');
    CHECK(strstr(unused("{\"to\": \"/currency\", \"constant\": \"EUR\"}", buf_cstr(&b)), " and more"));
}

TEST_IN_LOOP(a_dry_run_tells_values_and_misses_and_asks_only_what_it_was_given)
{
    struct scope *sc = test_scope();
    struct maps_try t = {.mapping = compiled(LINES)};
    struct mapping_result r;

    CHECK_OK(offload_start(1, 4));
    t.record = doc_of("{\"name\":\"#1\",\"line_items\":[{\"title\":\"a\",\"code\":\"x\"},{\"title\":\"b\",\"code\":"
                      "\"y\"}]}");
    t.xref = doc_of("{\"other\":{\"y\":\"no\"},\"sku\":{\"x\":\"SKU-X\"}}");
    CHECK_OK(maps_dry_run(sc, &t, &r));
    CHECK(!r.valid && r.held);
    CHECK_INT(r.miss_count, 1);
    CHECK_STR(r.misses[0].key, "y");
    CHECK_STR(doc_cstr(sc->arena, doc_pointer(&r.value, "/lines/0/sku")), "SKU-X");
    CHECK(r.value_count >= 6);
    t.xref = NULL;
    CHECK_OK(maps_dry_run(sc, &t, &r));
    CHECK_INT(r.miss_count, 2);
    offload_stop();
}

/* Each expression is bounded by itself alone: 20,000 of them are not. */
TEST_IN_LOOP(a_record_whose_items_all_take_their_time_is_stopped_as_a_whole)
{
    struct scope *sc = test_scope();
    struct maps_try t = {0};
    struct mapping_result r;
    struct buf b;

    t.mapping = compiled("{\"to\": \"/lines\", \"each\": \"line_items\"}, {\"to\": \"/lines/*/title\", \"expr\":"
                         " \"$contains('aaaaaaaaaaaaaaaaaab', /^(a|aa)+$/) ? 'x' : 'y'\"}");
    buf_init(&b, sc->arena, 1 << 17);
    buf_s(&b, "{\"name\":\"1\",\"line_items\":[1");
    for (int i = 0; i < 20000; i++)
        buf_s(&b, ",1");
    buf_s(&b, "]}");
    t.record = doc_of(buf_cstr(&b));
    CHECK_OK(offload_start(1, 4));
    CHECK_OK(maps_dry_run(sc, &t, &r));
    offload_stop();
    CHECK(!r.valid);
    CHECK_STR(r.faults.v[r.faults.n - 1].code, "too_long");
    CHECK_STR(r.faults.v[r.faults.n - 1].rule, "/lines/*/title");
    CHECK(r.value_count < 5000);
}

/* ---- turns ---- */

struct runner {
    struct scope *sc;
    const struct mapping *mapping;
    struct tenant of;
    char name;
};
static char order_of_ends[300];
static unsigned refusals;

static void run_one(void *arg)
{
    struct runner *r = arg;
    struct mapping_how how = {0};
    struct mapping_result out;

    r->sc = scope_new();
    r->sc->tenant = r->of;
    if (maps_run(r->sc, r->mapping, doc_of("{\"name\":\"#1\"}"), &how, &out) == OK)
        order_of_ends[strlen(order_of_ends)] = r->name;
    else
        refusals += scope_fault(r->sc)->code == ERR_LIMIT;
    scope_free(r->sc);
}

TEST_IN_LOOP(a_customer_with_many_records_does_not_keep_another_waiting)
{
    struct tenant a = {true, true, uuid_new(), uuid_new(), false, {{0}}}, b = a;
    struct runner v[11];

    b.customer_id = uuid_new();
    memset(order_of_ends, 0, sizeof(order_of_ends));
    refusals = 0;
    CHECK_OK(offload_start(1, 16));
    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        v[i] = (struct runner){.mapping = compiled("{\"to\": \"/currency\", \"constant\": \"EUR\"}"),
                               .of = i == 10 ? b : a,
                               .name = i == 10 ? 'b' : 'a'};
        CHECK(fiber_start(run_one, &v[i]));
    }
    while (strlen(order_of_ends) < ARRAY_LEN(v))
        fiber_sleep_us(1000);
    offload_stop();
    CHECK_STR(order_of_ends, "abaaaaaaaaa");
}

TEST_IN_LOOP(so_many_records_of_a_customer_wait_and_no_more)
{
    static struct runner v[260];
    const struct mapping *m = compiled("{\"to\": \"/currency\", \"constant\": \"EUR\"}");
    struct tenant a = {true, true, uuid_new(), uuid_new(), false, {{0}}};

    memset(order_of_ends, 0, sizeof(order_of_ends));
    refusals = 0;
    CHECK_OK(offload_start(1, 16));
    for (size_t i = 0; i < ARRAY_LEN(v); i++) {
        v[i] = (struct runner){.mapping = m, .of = a, .name = 'a'};
        CHECK(fiber_start(run_one, &v[i]));
    }
    while (strlen(order_of_ends) + refusals < ARRAY_LEN(v))
        fiber_sleep_us(1000);
    offload_stop();
    CHECK_INT(strlen(order_of_ends), 257);
    CHECK_INT(refusals, 3);
}
