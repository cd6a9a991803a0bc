#include "manifest_kit.h"

/* How a connection is tried, what its vendor is to send, and how long what it was given is good. */

#define OPERATIONS                                                                                                     \
    "\"operations\":{\"me.get\":{\"title\":\"Me\",\"request\":{\"method\":\"GET\",\"path\":\"me\"}},"                  \
    "\"hooks.list\":{\"title\":\"Hooks\",\"request\":{\"method\":\"GET\",\"path\":\"hooks\"},"                         \
    "\"answer\":{\"items\":\"$\"}},"                                                                                   \
    "\"hooks.create\":{\"title\":\"Ask\",\"request\":{\"method\":\"POST\",\"path\":\"hooks\","                         \
    "\"body\":\"{'t': topic, 'u': url}\"},\"again\":{\"kind\":\"upsert\"}},"                                           \
    "\"hooks.delete\":{\"title\":\"End\",\"request\":{\"method\":\"DELETE\",\"path\":\"hooks/{id}\"},"                 \
    "\"again\":{\"kind\":\"upsert\"}}}"

static const char *with(const char *more)
{
    return arena_f(test_scope()->arena, "{" KIT_HEAD KIT_AUTH OPERATIONS ",%s}", more);
}

TEST(a_check_names_an_operation_that_changes_nothing)
{
    CHECK_STR(kit_faults(with("\"checks\":{\"credentials\":{\"operation\":\"me.get\"}}")), "");
    CHECK_STR(kit_faults(with("\"checks\":{\"credentials\":{\"operation\":\"you.get\"}}")),
              "/checks/credentials/operation unknown_operation");
    CHECK_STR(kit_faults(with("\"checks\":{\"sample\":{\"operation\":\"hooks.create\"}}")),
              "/checks/sample/operation not_allowed");
    CHECK_STR(kit_faults(with("\"checks\":{\"permissions\":{\"operation\":\"me.get\"}}")),
              "/checks/permissions/granted required");
}

TEST(what_is_granted_is_read_as_a_list_of_names)
{
    struct erp_site *s =
        kit_site_of(with("\"checks\":{\"permissions\":{\"operation\":\"me.get\",\"granted\":\"$append([], scopes)\"}}"),
                    "{\"shop\":\"acme.example\"}");
    struct source_window w = {.from_us = 0, .until_us = 1, .after = ""};
    const struct doc *granted;
    struct ask ask;
    bool there;

    CHECK_OK(manifest_check_ask(test_scope(), s, MANIFEST_CHECK_PERMISSIONS, &w, &there, &ask));
    CHECK(there);
    CHECK_STR(ask.operation, "me.get");
    CHECK_OK(manifest_check_ask(test_scope(), s, MANIFEST_CHECK_SAMPLE, &w, &there, &ask));
    CHECK(!there);
    CHECK_OK(manifest_check_granted(test_scope(), s, kit_doc("{\"scopes\":[\"read\",\"write\"]}"), &granted));
    CHECK_INT(doc_count(granted), 2);
    CHECK(str_is(doc_text(doc_at(granted, 1)), "write"));
}

#define SUBSCRIPTIONS                                                                                                  \
    "\"subscriptions\":{\"list\":\"hooks.list\",\"item\":{\"topic\":\"t\",\"address\":\"u\",\"works\":\"on\"},"        \
    "\"create\":{\"operation\":\"hooks.create\",\"with\":\"{'topic': topic, 'url': address, 'key': secrets.hook}\"},"  \
    "\"delete\":{\"operation\":\"hooks.delete\",\"with\":\"{'id': id}\"},\"topics\":[\"a\",\"b\"]}"

TEST(what_a_vendor_sends_is_read_asked_for_and_ended)
{
    struct erp_site *s = kit_site_of(with(SUBSCRIPTIONS), "{\"shop\":\"acme.example\"}");
    struct manifest_subscription item;
    const char *const *topics;
    struct ask ask;

    CHECK_INT(manifest_topics(manifest_of(s->connector), &topics), 2);
    CHECK_STR(topics[1], "b");
    manifest_subscription_item(test_scope(), s, kit_doc("{\"id\":7,\"t\":\"a\",\"u\":\"https://x/\",\"on\":false}"),
                               &item);
    CHECK_STR(item.topic, "a");
    CHECK_STR(item.address, "https://x/");
    CHECK(!item.works);
    CHECK_OK(manifest_subscription_create(test_scope(), s, "b", "https://y/", kit_doc("{\"hook\":\"h\"}"), &ask));
    CHECK_STR(ask.operation, "hooks.create");
    CHECK(ask.secret);
    CHECK(str_is(doc_text(doc_get(ask.with, "url")), "https://y/"));
    CHECK(str_is(doc_text(doc_get(ask.with, "key")), "h"));
    CHECK_OK(manifest_subscription_end(test_scope(), s, kit_doc("{\"id\":7}"), &ask));
    CHECK_STR(ask.operation, "hooks.delete");
}

TEST(a_subscription_is_asked_for_by_a_change_and_listed_by_a_question)
{
    CHECK_STR(
        kit_faults(with("\"subscriptions\":{\"list\":\"hooks.create\",\"item\":{\"topic\":\"t\",\"address\":\"u\"},"
                        "\"create\":{\"operation\":\"me.get\",\"with\":\"$\"},"
                        "\"delete\":{\"operation\":\"hooks.delete\",\"with\":\"$\"},\"topics\":[]}")),
        "/subscriptions/list not_allowed\n/subscriptions/create not_allowed\n/subscriptions/topics required");
}

TEST(a_lifetime_is_days_or_a_member_and_not_both)
{
    static const char head[] = "{" KIT_HEAD "\"auth\":{\"kind\":\"header\",\"header\":\"x-key\",\"value\":\"{key}\","
                               "\"lifetime\":%s}," OPERATIONS "}";
    struct scope *sc = test_scope();

    CHECK_STR(kit_faults(arena_f(sc->arena, head, "{\"days\":90}")), "");
    CHECK_STR(kit_faults(arena_f(sc->arena, head, "{\"days\":90,\"member\":\"x\"}")), "/auth/lifetime required");
    CHECK_STR(kit_faults(arena_f(sc->arena, head, "{}")), "/auth/lifetime required");
    CHECK_INT(manifest_lifetime_s(manifest_of(
                  kit_site_of(arena_f(sc->arena, head, "{\"days\":90}"), "{\"shop\":\"a.example\"}")->connector)),
              90 * 86400);
}

/* One for all topics, whose secret is told once, and which ends by itself. */
#define WHOLE(create, item)                                                                                            \
    "\"subscriptions\":{\"list\":\"hooks.list\",\"item\":{\"topics\":\"t\",\"address\":\"u\"" item                     \
    "},\"create\":{\"operation\":\"hooks.create\",\"with\":\"{'topics': topics, 'url': address}\"" create              \
    "},\"delete\":{\"operation\":\"hooks.delete\",\"with\":\"{'id': id}\"},\"topics\":[\"a\",\"b\"]}"
#define TOLD  ",\"secret\":\"sign.key\""
#define NAMED ",\"ref\":\"id\""

TEST(one_for_all_topics_tells_its_secret_once)
{
    struct erp_site *s = kit_site_of(with(WHOLE(TOLD, NAMED)), "{\"shop\":\"acme.example\"}");
    const struct manifest *m = manifest_of(s->connector);
    struct told told = {.ref = "7", .value = kit_doc("{\"sign\":{\"key\":\"k1\"}}")};
    struct manifest_subscription item;
    struct ask ask, again;
    struct str secret;

    CHECK(manifest_subscriptions_whole(m) && manifest_subscriptions_tell(m) && !manifest_subscriptions_end(m));
    manifest_subscription_item(test_scope(), s, kit_doc("{\"id\":7,\"t\":[\"a\",\"c\"],\"u\":\"https://x/\"}"), &item);
    CHECK_STR(item.ref, "7");
    CHECK_INT(doc_count(item.covers), 2);
    manifest_subscription_item(test_scope(), s, kit_doc("{\"id\":7,\"t\":\"*\",\"u\":\"https://x/\"}"), &item);
    CHECK_INT(doc_count(item.covers), 1);
    CHECK_OK(manifest_subscription_create(test_scope(), s, NULL, "https://y/", kit_doc("{}"), &ask));
    CHECK_INT(doc_count(doc_get(ask.with, "topics")), 2);
    CHECK_OK(manifest_subscription_create(test_scope(), s, NULL, "https://y/", kit_doc("{}"), &again));
    CHECK(strcmp(ask.key, again.key) != 0); /* one that has ended since is not answered in its place */
    CHECK_OK(manifest_subscription_told(test_scope(), s, &told, &secret));
    CHECK(str_is(secret, "k1"));
    told.value = kit_doc("{\"sign\":{}}");
    CHECK_ERR(manifest_subscription_told(test_scope(), s, &told, &secret), ERR_HOLD);
    told = (struct told){.ref = "", .value = kit_doc("{\"sign\":{\"key\":\"k1\"}}")};
    scope_clear(test_scope());
    CHECK_ERR(manifest_subscription_told(test_scope(), s, &told, &secret), ERR_HOLD);
}

TEST(what_is_told_belongs_to_one_that_can_be_found_again)
{
    CHECK_STR(kit_faults(with(WHOLE(TOLD, ""))), "/subscriptions/item/ref required");
    CHECK_STR(kit_faults(with(WHOLE("", ",\"ends\":\"e\""))), "/subscriptions/renew required");
    CHECK_STR(kit_faults(with(WHOLE("", ",\"topic\":\"t\""))), "/subscriptions/item not_allowed");
    CHECK_STR(
        kit_faults(with("\"subscriptions\":{\"list\":\"hooks.list\",\"item\":{\"topic\":\"t\",\"address\":\"u\","
                        "\"ref\":\"id\"},\"create\":{\"operation\":\"hooks.create\",\"with\":\"$\",\"secret\":\"s\"},"
                        "\"delete\":{\"operation\":\"hooks.delete\",\"with\":\"$\"},\"topics\":[\"a\"]}")),
        "/subscriptions/create/secret not_allowed");
}

#define RENEWED                                                                                                        \
    "\"subscriptions\":{\"list\":\"hooks.list\",\"item\":{\"topic\":\"t\",\"address\":\"u\",\"ends\":\"e\"},"          \
    "\"create\":{\"operation\":\"hooks.create\",\"with\":\"$\"},\"delete\":{\"operation\":\"hooks.delete\",\"with\":"  \
    "\"$\"},\"renew\":{\"operation\":\"hooks.create\",\"with\":\"{'id': item.id, 'to': "                               \
    "address}\"},\"topics\":[\"a\"]}"

TEST(one_that_ends_by_itself_is_renewed_as_it_is_listed)
{
    struct erp_site *s = kit_site_of(with(RENEWED), "{\"shop\":\"acme.example\"}");
    struct manifest_subscription item;
    struct ask ask;
    int64_t ends_us;

    CHECK(manifest_subscriptions_end(manifest_of(s->connector)));
    CHECK(time_parse(STR("2026-12-03T10:00:00Z"), &ends_us));
    manifest_subscription_item(
        test_scope(), s, kit_doc("{\"id\":7,\"t\":\"a\",\"u\":\"https://x/\",\"e\":\"2026-12-03T10:00:00Z\"}"), &item);
    CHECK_INT(item.ends_us, ends_us);
    manifest_subscription_item(test_scope(), s, kit_doc("{\"t\":\"a\",\"u\":\"https://x/\"}"), &item);
    CHECK_INT(item.ends_us, INT64_MIN);
    CHECK_OK(manifest_subscription_renew(test_scope(), s, kit_doc("{\"id\":7}"), "https://y/", kit_doc("{}"), &ask));
    CHECK(str_is(doc_text(doc_get(ask.with, "to")), "https://y/"));
    CHECK_INT(doc_count(ask.with), 2);
}
