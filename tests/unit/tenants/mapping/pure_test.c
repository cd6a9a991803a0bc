#include "mapping_kit.h"

/* The property that all the rest leans on: a document, an input and cross references give the same octets, whoever maps
 * and whenever: what is made, what is missed and what is wrong. Inputs and documents are made by chance that is the
 * same in every run.
 */

static uint64_t chance;

static uint32_t below(uint32_t n)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(chance >> 33) % n;
}

static const char *const scalars[] = {
    "null",
    "\"\"",
    "true",
    "0",
    "3",
    "-1.50",
    "19.90",
    "9007199254740993",
    "\"10.00\"",
    "\"USD\"",
    "\"EUR\"",
    "\"A\"",
    "\"paid\"",
    "\"2026-11-23T10:00:00Z\"",
    "\"Wed, 14 Nov 2018 19:26:23 +0000\"",
    "\"DE\"",
    "[]",
    "{}",
    "\"\\u00e9\"",
    "1e30",
};

/* An object of those paths ("a.b") that lie below `prefix`, which ends with a dot unless it is empty. */
static void put_object(struct buf *b, const char *const *paths, size_t n, const char *prefix);

static void put_member(struct buf *b, const char *const *paths, size_t n, const char *path, bool whole)
{
    uint32_t kind = below(10);

    if (whole || kind == 0) {
        buf_s(b, scalars[below(ARRAY_LEN(scalars))]);
    } else if (kind < 6) {
        put_object(b, paths, n, path);
    } else {
        buf_c(b, '[');
        for (uint32_t i = 0, items = below(4); i < items; i++) {
            buf_s(b, i ? "," : "");
            put_object(b, paths, n, path);
        }
        buf_c(b, ']');
    }
}

static void put_object(struct buf *b, const char *const *paths, size_t n, const char *prefix)
{
    size_t skip = strlen(prefix), members = 0;
    const char *seen[400];

    buf_c(b, '{');
    for (size_t i = 0; i < n && members < ARRAY_LEN(seen); i++) {
        size_t length = strncmp(paths[i], prefix, skip) == 0 ? strcspn(paths[i] + skip, ".") : 0;
        const char *name = arena_strndup(test_scope()->arena, paths[i] + skip, length);
        bool again = length == 0 || *name == '*' || below(8) == 0;

        for (size_t k = 0; k < members && !again; k++)
            again = strcmp(seen[k], name) == 0;
        if (again)
            continue;
        buf_f(b, "%s\"%s\":", members ? "," : "", name);
        seen[members++] = name;
        put_member(b, paths, n, arena_f(test_scope()->arena, "%s%s.", prefix, name), paths[i][skip + length] == '\0');
    }
    buf_c(b, '}');
}

/* What a mapping reads, with values of any kind. */
static struct str input_for(const struct mapping *m)
{
    const char *const *paths;
    size_t n = mapping_reads(m, &paths);
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 20);
    put_object(&b, paths, n, "");
    return buf_str(&b);
}

static bool some_are_there(void *arg, struct str table, struct str key, struct str *out)
{
    (void)arg;
    *out = table;
    return (table.n + key.n) % 2 == 0;
}

static void put_result(struct buf *b, const struct mapping_result *out)
{
    buf_s(b, kit_text(&out->value));
    buf_f(b, "\nvalid %d held %d\n%s\n", out->valid, out->held, kit_faults(&out->faults));
    for (size_t i = 0; i < out->miss_count; i++)
        buf_f(b, "%s %s %s %s %d\n", out->misses[i].table, out->misses[i].key, out->misses[i].rule,
              out->misses[i].pointer, out->misses[i].then);
    for (size_t i = 0; i < out->value_count; i++)
        buf_f(b, "%s %s %s\n", out->values[i].rule, out->values[i].pointer, kit_text(&out->values[i].value));
}

/* Reads, compiles and maps, all of it in the memory of sc. */
static const char *told(struct scope *sc, struct str document, struct str input)
{
    const struct mapping_how how = {
        .now_ms = 1767225600000, .creating = true, .keep_values = true, .find = some_are_there};
    struct mapping_faults faults;
    const struct doc *d, *record;
    struct mapping_result out;
    struct mapping *m;
    struct buf b;

    MUST_BE(doc_parse(sc, document, &d) == OK && doc_parse(sc, input, &record) == OK);
    MUST_BE(mapping_compile(sc->arena, d, NULL, &m, &faults));
    mapping_run(sc->arena, m, record, &how, &out);
    buf_init(&b, test_scope()->arena, 8 << 20);
    put_result(&b, &out);
    MUST_BE(!b.full);
    return buf_cstr(&b);
}

/* Two that are there at once, so that nothing of one lies where it lies of the other. */
static const char *told_alike(struct str document, struct str other, struct str input)
{
    struct scope *one = scope_new(), *two = scope_new();
    const char *first = told(one, document, input);

    arena_alloc(two->arena, below(5000));
    CHECK_STR(told(two, other, input), first);
    scope_free(two);
    scope_free(one);
    return first;
}

static struct mapping *mapping_of(struct str document)
{
    struct mapping_faults faults;
    struct mapping *m = NULL;
    const struct doc *d;

    CHECK_OK(doc_parse(test_scope(), document, &d));
    if (!mapping_compile(test_scope()->arena, d, NULL, &m, &faults))
        test_failed(__FILE__, __LINE__, "%s", kit_faults(&faults));
    return m;
}

TEST(a_shipped_document_gives_the_same_octets_each_time)
{
    size_t n, different = 0;
    const struct mapping_shipped *all = mapping_shipped_all(&n);
    const char *before = "";

    chance = 20261129;
    for (size_t i = 0; i < n; i++) {
        struct str text = {all[i].text, all[i].n};
        struct mapping *m = mapping_of(text);

        for (int k = 0; k < 60; k++) {
            const char *once = told_alike(text, text, input_for(m));

            different += strcmp(once, before) != 0;
            before = once;
        }
    }
    CHECK(different > n * 50); /* the inputs are not all alike to them */
}

/* Expressions in which order, chance, time or places in memory might show. */
static const char *const expressions[] = {
    "a",
    "$string($now())",
    "$string($random())",
    "$join($shuffle([\"a\",\"b\",\"c\",\"d\"]))",
    "$string($millis())",
    "$join($keys($$))",
    "$string($$)",
    "$string($distinct(**))",
    "$join($sort($keys(b)))",
    "$string(b.c^(d))",
    "$string(b{$string(c): $count($)})",
    "$string($merge([$$, {\"z\": 1}]))",
    "$xref(\"sku\", a)",
    "$xref(\"sku\", b.c, \"d\")",
    "$string($each($$, function($v, $k) { $k }))",
    "$string(b.c.%.d)",
    "$string($spread(b))",
    "$string(b#$i.{\"i\": $i, \"c\": c})",
    "$string($ ~> |b|{\"q\": 1}, \"c\"|)",
    "$total([\"1.10\", \"2\"])",
    "$date(a)",
    "$string($map([1..5], function($v) { $random() > 0.5 }))",
    "$string($eval(\"a & 1\"))",
    "$error(\"no\")",
    "$string($match(\"aXbX\", /X/))",
    "1/0",
};

static const char *const fields[] = {
    "/number",      "/note", "/channel", "/source_state", "/customer/name", "/billing/city", "/shipping_to/street",
    "/customer/key"};

/* Each field a rule, from a place in turn: the order of the rules says nothing. */
static struct str document_from(const uint32_t *chosen, size_t first)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 1 << 16);
    buf_s(
        &b,
        "{\"format\":\"mapping/1\",\"source\":{\"system\":\"acme\",\"object\":\"order\"},\"target\":\"sales_order/1\","
        "\"rules\":[");
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        size_t k = (i + first) % ARRAY_LEN(fields);

        buf_f(&b, "%s{\"to\":\"%s\",\"expr\":", i ? "," : "", fields[k]);
        json_put_text(&b, str_of(expressions[chosen[k]]));
        buf_c(&b, '}');
    }
    buf_s(&b, "]}");
    return buf_str(&b);
}

TEST(any_document_gives_the_same_octets_each_time_and_in_any_order_of_its_rules)
{
    static const char *const paths[] = {"a", "b.c", "b.d", "b.c.d", "z"};

    chance = 7;
    for (int i = 0; i < 300; i++) {
        uint32_t chosen[ARRAY_LEN(fields)];
        struct str document, input;
        struct buf b;

        for (size_t k = 0; k < ARRAY_LEN(fields); k++)
            chosen[k] = below(ARRAY_LEN(expressions));
        document = document_from(chosen, 0);
        buf_init(&b, test_scope()->arena, 1 << 16);
        put_object(&b, paths, ARRAY_LEN(paths), "");
        input = buf_str(&b);
        told_alike(document, document, input);
        told_alike(document, document_from(chosen, 1 + below(ARRAY_LEN(fields) - 1)), input);
    }
}
