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
    CHECK_STR(masked("https://x.example/a?b=&c="), "https://x.example/a?b=&c=");
    CHECK_STR(masked("https://x.example/a?&b=#c=1"), "https://x.example/a?&b=");
}

TEST(a_number_is_shown_only_where_it_counts)
{
    CHECK_STR(masked("https://x.example/a?mobile=15551234567&dob=1990-01-02&pin=1234&amount=12"),
              "https://x.example/a?mobile=***&dob=***&pin=***&amount=***");
    CHECK_STR(masked("https://x.example/a?order_id=7&ids=1,2&inventory_item_ids=3%2C4&offset=20&limit=5&page=2"),
              "https://x.example/a?order_id=7&ids=1,2&inventory_item_ids=3%2C4&offset=20&limit=5&page=2");
    CHECK_STR(masked("https://x.example/a?updated_at_min=2026-11-30T00:00:00Z&createdAfter=1&created[gte]=17&since=4"),
              "https://x.example/a?updated_at_min=2026-11-30T00:00:00Z&createdAfter=1&created[gte]=17&since=4");
    CHECK_STR(masked("https://x.example/a?to=%2B15551234567&from=+15551234567&customer_id=7"),
              "https://x.example/a?to=***&from=***&customer_id=***");
}

TEST(what_has_no_name_is_not_shown)
{
    CHECK_STR(masked("https://x.example/a?s3cret&page=1&"), "https://x.example/a?***&page=1&");
    CHECK_STR(masked("https://x.example/a?k7Qm2ZpX9vB4nR8tW1yL=5"), "https://x.example/a?***=***");
    CHECK_STR(masked("https://x.example/a?status=ada%40example.com&sort=k7Qm2ZpX9vB4nR8tW1yL"),
              "https://x.example/a?status=***&sort=***");
    CHECK_STR(masked("https://x.example/a?fields=id,total_price_set,line_items2,financial_status"),
              "https://x.example/a?fields=id,total_price_set,line_items2,financial_status");
    CHECK_STR(masked("https://x.example/a?fields=id,k7Qm2ZpX9vB4nR8tW1yL"), "https://x.example/a?fields=***");
}

TEST(a_segment_like_a_token_is_not_shown)
{
    CHECK_STR(masked("https://x.example/hooks/0k3v9q2m7x5t1z8r4w6y"), "https://x.example/hooks/***");
    CHECK_STR(masked("https://x.example/hooks/aBcDeFgHiJkLmNoPqRsT"), "https://x.example/hooks/***");
    CHECK_STR(masked("https://x.example/fulfillmentOrderLineItems/inventory_levels.json/0k3v9q2m7x5t1z8r4w6"),
              "https://x.example/fulfillmentOrderLineItems/inventory_levels.json/0k3v9q2m7x5t1z8r4w6");
    CHECK_STR(masked("https://x.example/companies(3f2504e0-4f89-41d3-9a0c-0305e82c3301)/orders/"
                     "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
              "https://x.example/companies(3f2504e0-4f89-41d3-9a0c-0305e82c3301)/orders/"
              "3f2504e0-4f89-41d3-9a0c-0305e82c3301");
}

/* ---- what a system said ---- */

static const char *words(const char *said)
{
    return connect_words(test_scope(), said);
}

TEST(what_a_system_repeats_is_not_shown)
{
    CHECK_STR(words("\"https://acme.example/hooks/0k3v9q2m7x5t1z8r4w6y0k3v9q2m7x5t1z8r4w6y\" is taken already"),
              "\"https://acme.example/hooks/***\" is taken already");
    CHECK_STR(words("address https:\\/\\/a.example\\/hooks\\/0k3v9q2m7x5t1z8r4w6y0k3v9q2m7x5t1z8r4w6y, taken"),
              "address https:\\/\\/a.example\\/hooks\\/***, taken");
    CHECK_STR(words("no such customer: ada@example.com (ada%40example.com)"), "no such customer: *** (***)");
    CHECK_STR(words("GET /a/orders?email=x&page=2 and https://x.example/a?k=v failed"),
              "GET /a/orders?email=***&page=2 and https://x.example/a?k=*** failed");
    CHECK_STR(words("access_token=12 is wrong, qty=3 is not"), "access_token=*** is wrong, qty=3 is not");
}

TEST(what_a_system_says_is_shown_as_it_is)
{
    static const char said[] =
        "\"Books\" does not accept the credentials (answered 400: invalid_grant); see order 1001,\n"
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301 of 2026-11-30T12:00:00Z \xe2\x80\x93 why?";

    CHECK_STR(words(said), said);
    CHECK_STR(words(""), "");
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

/* What the log has no place for is one call's own matter. */
TEST_IN_LOOP(a_status_that_http_does_not_have_loses_nothing)
{
    struct uuid a;
    struct world w;

    world_make(&w);
    a = kit_books_of(&w, &w.acme, "p");
    call_noted(&w, &w.acme, &a, 200, NULL);
    call_noted(&w, &w.acme, &a, 999, NULL);
    call_noted(&w, &w.acme, &a, 42, "it said \xff\xc3 of ada@example.com");
    connect_calls_write(w.worker, true);
    CHECK_STR(sql("select number, coalesce(status::text, '-'), failure from connection_call order by number"),
              "1|200|\n2|-|it answered with the status 999, which HTTP does not have\n"
              "3|-|it said \xef\xbf\xbd\xef\xbf\xbd of ***");
    calls_thread_end();
    world_end(&w);
}
