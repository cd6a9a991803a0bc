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
