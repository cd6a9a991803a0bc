#include "connect_kit.h"

#include "base/timefmt.h"

/* What the log of calls shows of an address. */

static const char *masked(const char *url)
{
    struct buf b;

    buf_init(&b, test_scope()->arena, 4096);
    calls_mask(&b, url);
    return buf_cstr(&b);
}

TEST(what_asks_for_a_page_is_shown)
{
    CHECK_STR(masked("https://shop.example/wp-json/wc/v3/orders?page=2&per_page=100&orderby=modified&status=any"),
              "https://shop.example/wp-json/wc/v3/orders?page=2&per_page=100&orderby=modified&status=any");
    CHECK_STR(masked("https://x.example/a?from=2026-11-30T12%3A00%3A00Z&id=1001"),
              "https://x.example/a?from=2026-11-30T12%3A00%3A00Z&id=1001");
}

TEST(what_could_be_about_a_person_is_not_shown)
{
    CHECK_STR(masked("https://x.example/customers/ada%40example.com/orders"), "https://x.example/customers/***/orders");
    CHECK_STR(masked("https://x.example/a?email=ada@example.com&phone=15551234567&q=ada"),
              "https://x.example/a?email=***&phone=***&q=***");
    CHECK_STR(masked("https://x.example/a?$filter=displayName%20eq%20'Ada'"), "https://x.example/a?$filter=***");
}

TEST(what_could_be_a_secret_is_not_shown)
{
    CHECK_STR(masked("https://user:word@x.example/a?access_token=12345&sig=9&api_key=7"),
              "https://x.example/a?access_token=***&sig=***&api_key=***");
    CHECK_STR(masked("https://x.example/"
                     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0/b?cursor=eyJhIjoxfQ"),
              "https://x.example/***/b?cursor=***");
}

TEST(an_address_without_anything_is_what_it_is)
{
    CHECK_STR(masked("https://x.example"), "https://x.example");
    CHECK_STR(masked("https://x.example/?"), "https://x.example/?");
    CHECK_STR(masked("https://x.example/a?b&c="), "https://x.example/a?b&c=");
}

/* ---- written ---- */

static void call_noted(struct world *w, const struct tenant *t, const struct uuid *connection, int status,
                       const char *why)
{
    struct http_call call = {.method = "POST", .url = "https://x.example/a?email=ada@example.com", .body = STR("{}")};
    struct net_answer answer = {.status = status, .body = STR("[]")};
    struct link l = {.connection = {.connection_id = *connection, .customer_id = t->customer_id},
                     .doing = "things.list"};
    struct scope *sc = scope_in(w->worker, t);

    calls_note(sc, &l, &call, status ? &answer : NULL, 1500);
    calls_said(sc, &l, why ? FAIL(sc, ERR_UPSTREAM_UNKNOWN, "%s", why) : OK);
    scope_free(sc);
}

static const char *summed(void)
{
    return sql(
        "select n.name || ' ' || t.calls || ' ' || s.ok || ' ' || s.failed || ' ' || coalesce(t.failure, '-') || ' '\n"
        " || (select count(*) || ' ' || min(number) || ' ' || max(number) from connection_call c\n"
        "      where c.connection_id = t.connection_id)\n"
        " from connection_traffic t join connection n using (connection_id) join connection_share s using "
        "(connection_id)\n"
        " order by n.partner_id = (select partner_id from partner where slug = 'globex');");
}

TEST_IN_LOOP(calls_of_two_tenants_are_written_each_to_its_own)
{
    struct uuid a, b;
    struct world w;

    world_make(&w);
    a = kit_books_of(&w, &w.acme, "p");
    b = kit_books_of(&w, &w.globex, "p");
    call_noted(&w, &w.acme, &a, 200, NULL);
    call_noted(&w, &w.globex, &b, 500, "it broke");
    call_noted(&w, &w.acme, &a, 0, "no answer came");
    connect_calls_write(w.worker, true);
    CHECK_STR(summed(), "Books 2 1 1 no answer came 2 1 2\nBooks 1 0 1 it broke 1 1 1");
    CHECK_STR(sql("select operation || ' ' || method || ' ' || url || ' ' || status || ' ' || outcome || ' ' || ms\n"
                  " || ' ' || sent || ' ' || received from connection_call where number = 1 and outcome = 'ok';"),
              "things.list POST https://x.example/a?email=*** 200 ok 1 2 2");
    call_noted(&w, &w.acme, &a, 200, NULL);
    connect_calls_write(w.worker, true);
    CHECK_STR(summed(), "Books 3 2 1 no answer came 3 1 3\nBooks 1 0 1 it broke 1 1 1");
    calls_thread_end();
    world_end(&w);
}

/* And of a connection that is gone nothing is written, and nothing else is lost for it. */
TEST_IN_LOOP(the_last_two_hundred_are_kept_and_all_are_counted)
{
    const struct uuid gone = uuid_new();
    int64_t began_us;
    struct uuid a;
    struct world w;

    world_make(&w);
    a = kit_books_of(&w, &w.acme, "p");
    call_noted(&w, &w.acme, &gone, 200, NULL);
    began_us = time_boot_us();
    for (int i = 0; i < 1500; i++)
        call_noted(&w, &w.acme, &a, 200, NULL);
    printf("# 1,500 calls noted in %lld us\n", (long long)(time_boot_us() - began_us));
    began_us = time_boot_us();
    connect_calls_write(w.worker, true);
    printf("# and written in %lld us\n", (long long)(time_boot_us() - began_us));
    CHECK_STR(summed(), "Books 1500 1500 0 - 200 1301 1500");
    for (int i = 0; i < 3000; i++) /* more than a thread keeps: it does not grow, and does not fail */
        call_noted(&w, &w.acme, &a, 200, NULL);
    connect_calls_write(w.worker, true);
    CHECK_STR(sql("select calls from connection_traffic;"), "3548");
    calls_thread_end();
    world_end(&w);
}
