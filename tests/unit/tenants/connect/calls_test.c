#include "connect_kit.h"

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
