#include <stdio.h>
#include <time.h>

#include "xref_kit.h"

static struct xref_snapshot *of(const char *json)
{
    struct xref_snapshot *s = NULL;

    CHECK_OK(crypto_start(test_scope()));
    CHECK_OK(xref_snapshot_from_doc(test_scope(), str_of(json), &s));
    return s;
}

static const char *refused(const char *json)
{
    struct xref_snapshot *s = NULL;
    const char *said;

    CHECK_ERR(xref_snapshot_from_doc(test_scope(), str_of(json), &s), ERR_INVALID);
    said = arena_strdup(test_scope()->arena, scope_fault(test_scope())->message);
    scope_clear(test_scope());
    return said;
}

TEST(a_word_is_found_by_the_rules_of_its_table)
{
    struct xref_snapshot *s = of("{\"sku\": {\"rules\": {\"key_case\": \"fold\", \"key_blanks\": \"collapse\"},"
                                 " \"entries\": {\"Red  Mug\": \"A-1\", \"blue mug\": \"A-2\"}},"
                                 " \"tax_code\": {\"entries\": {\"FULL\": \"S\"}}, \"empty\": {}}");

    CHECK_STR(found(s, "sku", " RED MUG ", 0), "A-1");
    CHECK_STR(found(s, "sku", "Blue Mug", 0), "A-2");
    CHECK_STR(found(s, "sku", "green mug", 0), NULL);
    CHECK_STR(found(s, "sku", "", 0), NULL);
    CHECK_STR(found(s, "tax_code", " FULL", 0), "S");
    CHECK_STR(found(s, "tax_code", "full", 0), NULL);
    CHECK_STR(found(s, "account", "FULL", 0), NULL);
    CHECK(xref_has_table(s, STR("empty")));
    CHECK(!xref_has_table(s, STR("account")));
    CHECK_INT(xref_snapshot_entries(s), 3);
}

TEST(a_word_means_what_it_means_at_a_time)
{
    struct xref_snapshot *s = of("{\"account\": {\"entries\": ["
                                 "{\"key\": \"sales\", \"value\": \"new\", \"valid_from\": \"2026-01-01T00:00:00Z\"},"
                                 "{\"key\": \"sales\", \"value\": \"old\", \"valid_to\": \"2025-01-01T00:00:00Z\"}]}}");
    const int64_t day = INT64_C(86400000000), y2026 = 20454 * day, y2025 = 20089 * day;

    CHECK_STR(found(s, "account", "sales", y2026), "new");
    CHECK_STR(found(s, "account", "sales", y2026 - 1), NULL);
    CHECK_STR(found(s, "account", "sales", y2025), NULL);
    CHECK_STR(found(s, "account", "sales", y2025 - 1), "old");
}

TEST(what_is_no_cross_reference_is_refused_with_a_word)
{
    CHECK_STR(refused("[]"), "cross references are an object with a member for each of them");
    CHECK_STR(refused("{\"a\": {\"rules\": {\"key_case\": \"x\"}}}"), "cross reference a: key_case is exact or fold");
    CHECK_STR(refused("{\"a\": {\"entries\": {\" \": \"b\"}}}"),
              "cross reference a: the key of an entry: it may not be empty");
    CHECK_STR(refused("{\"a\": {\"entries\": {\"b\": 1}}}"), "cross reference a: the value of an entry is a text");
    CHECK_STR(refused("{\"a\": {\"entries\": {\"b\": \"1\", \" b\": \"2\"}}}"),
              "there are two entries for b that are valid at the same time");
}

TEST(the_same_entries_have_the_same_hash_in_whatever_order_and_others_another)
{
    const char *one = xref_snapshot_hash(of("{\"a\": {\"entries\": {\"x\": \"1\", \"y\": \"2\"}}, \"b\": {}}"));

    CHECK_INT(strlen(one), 64);
    CHECK_STR(xref_snapshot_hash(of("{\"b\": {}, \"a\": {\"entries\": {\" y\": \"2\", \"x\": \"1\"}}}")), one);
    CHECK(strcmp(xref_snapshot_hash(of("{\"a\": {\"entries\": {\"x\": \"1\", \"y\": \"3\"}}, \"b\": {}}")), one) != 0);
    CHECK(strcmp(xref_snapshot_hash(of("{\"a\": {\"entries\": {\"x\": \"1\"}}, \"b\": {\"entries\": {\"y\": \"2\"}}}")),
                 one) != 0);
    CHECK(strcmp(xref_snapshot_hash(of("{\"a\": {\"rules\": {\"key_case\": \"fold\"}, \"entries\": {\"x\": \"1\","
                                       " \"y\": \"2\"}}, \"b\": {}}")),
                 one) != 0);
}

/* So many that the table of slots has to be walked, and a figure for whoever asks (TENON_TIMES=1). */
TEST(a_hundred_thousand_words_are_all_found)
{
    struct arena *a = test_scope()->arena;
    struct timespec from, to;
    struct xref_snapshot *s;
    struct str twice, value;
    size_t hits = 0, n = 100000;
    long long ns;

    CHECK_OK(crypto_start(test_scope()));
    s = xref_snapshot_new(a, 1);
    s->books[0] = (struct xref_book){.name = STR("sku"), .key = kit_fold, .n = n};
    s->books[0].pairs = ARENA_ARRAY(a, struct xref_pair, n);
    for (size_t i = 0; i < n; i++) {
        struct str norm = str_of(arena_f(a, "sku-%06zu", i));

        s->books[0].pairs[i] = (struct xref_pair){norm, norm, INT64_MIN, INT64_MIN};
    }
    CHECK(xref_snapshot_seal(s, &twice));
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (size_t i = 0; i < n; i++) {
        char key[32];
        int len = snprintf(key, sizeof(key), "SKU-%06zu", (i * 7919) % n);

        hits += xref_find(s, STR("sku"), (struct str){key, (size_t)len}, 0, &value);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    ns = (to.tv_sec - from.tv_sec) * 1000000000LL + (to.tv_nsec - from.tv_nsec);
    CHECK_INT(hits, n);
    if (getenv("TENON_TIMES"))
        fprintf(stderr, "# %lld ns a word, printing of the key included\n", ns / (long long)n);
}
