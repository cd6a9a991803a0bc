#include <stdlib.h>
#include <string.h>

#include "http/hello_int.h"
#include "kit/test.h"

/* A hello with one cipher suite, an extension that nobody knows, and the name. */
static size_t given_hello(const char *name, uint8_t out[400])
{
    size_t n = strlen(name), extensions = 4 + 2 + 4 + 5 + n, body = 34 + 1 + 4 + 2 + 2 + extensions, at = 0;
    const uint8_t head[] = {
        22, 3, 1, (uint8_t)((body + 4) >> 8), (uint8_t)(body + 4), 1, 0, (uint8_t)(body >> 8), (uint8_t)body};

    memset(out, 0, 400);
    memcpy(out, head, sizeof(head));
    at = sizeof(head) + 34 + 1; /* no session */
    memcpy(out + at, "\0\2\x13\x01\1\0", 6);
    at += 6;
    out[at + 1] = (uint8_t)extensions;
    at += 2;
    memcpy(out + at, "\xfa\xfa\0\2xx", 6);
    at += 6;
    out[at + 3] = (uint8_t)(n + 5);
    out[at + 5] = (uint8_t)(n + 3);
    out[at + 8] = (uint8_t)n;
    memcpy(out + at + 9, name, n);
    return at + 9 + n;
}

TEST(a_hello_names_its_host_in_lower_case)
{
    char name[HELLO_NAME_MAX + 1] = "";
    uint8_t p[400];
    size_t n = given_hello("Portal.Acme.example", p);

    CHECK_INT(hello_parse(p, n, name), HELLO_NAMED);
    CHECK_STR(name, "portal.acme.example");
}

TEST(until_it_is_whole_more_is_waited_for)
{
    char name[HELLO_NAME_MAX + 1];
    uint8_t p[400];
    size_t n = given_hello("a.example", p);

    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = memcpy(malloc(cut + 1), p, cut);

        CHECK_INT(hello_parse(exact, cut, name), HELLO_MORE);
        free(exact);
    }
}

TEST(what_is_no_hello_or_names_nothing_that_can_be_a_host_is_nameless)
{
    static const char *const bad[] = {"", "a b", "a\"b", "ä.example", "a_b.example", "*.example"};
    char name[HELLO_NAME_MAX + 1];
    uint8_t p[400];

    CHECK_INT(hello_parse((const uint8_t *)"GET / HTTP/1.1", 14, name), HELLO_NAMELESS);
    CHECK_INT(hello_parse((const uint8_t *)"\x16\3\1\xff\xff", 5, name), HELLO_NAMELESS);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        size_t n = given_hello(bad[i], p);

        CHECK_INT(hello_parse(p, n, name), HELLO_NAMELESS);
    }
}

TEST(no_octet_of_a_hello_breaks_the_reader)
{
    char name[HELLO_NAME_MAX + 1];
    uint8_t p[400];
    size_t n = given_hello("a.example", p);

    for (size_t i = 0; i < n; i++)
        for (int v = 0; v < 256; v++) {
            uint8_t *changed = memcpy(malloc(n), p, n);

            changed[i] = (uint8_t)v;
            hello_parse(changed, n, name);
            free(changed);
        }
}
