#include <stdlib.h>
#include <string.h>

#include "kit/test.h"
#include "net/dns_int.h"

static uint8_t question[DNS_QUESTION_MAX];
static size_t question_n;

static void given_question(const char *name)
{
    CHECK(dns_question(name, 0x1234, question, &question_n));
}

/* The question again with an answer of one record behind it. */
static size_t given_answer(uint8_t out[512], unsigned type, const char *data, size_t n)
{
    size_t at = question_n;

    memcpy(out, question, question_n);
    out[2] = 0x81;
    out[3] = 0x80;
    out[7] = 1;
    memcpy(out + at, "\xc0\x0c\x00\x00\x00\x01\x00\x00\x00\x3c\x00\x00", 12);
    out[at + 3] = (uint8_t)type;
    out[at + 11] = (uint8_t)n;
    memcpy(out + at + 12, data, n);
    return at + 12 + n;
}

TEST(a_question_is_that_of_the_rfc)
{
    static const uint8_t want[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07"
                                  "example\x03"
                                  "com\x00\x00\x10\x00\x01";

    given_question("www.example.com");
    CHECK_INT(question_n, sizeof(want) - 1);
    CHECK(memcmp(question, want, question_n) == 0);
}

TEST(a_name_that_cannot_be_one_is_not_asked_for)
{
    char label[70], name[300];

    memset(label, 'a', 64);
    label[64] = '\0';
    CHECK(!dns_question(label, 1, question, &question_n));
    CHECK(!dns_question("a..b", 1, question, &question_n));
    memset(name, 'a', 299);
    name[299] = '\0';
    for (int i = 50; i < 299; i += 50)
        name[i] = '.';
    CHECK(!dns_question(name, 1, question, &question_n));
}

TEST(strings_of_a_record_belong_together_and_an_alias_is_told_by_its_label)
{
    struct scope *sc = test_scope();
    struct net_texts t = {.n = 0};
    uint8_t p[512];
    size_t n;

    given_question("a.example");
    n = given_answer(p, 16, "\x03one\x03two", 8);
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_TOLD);
    CHECK_INT(t.n, 1);
    CHECK_STR(t.v[0], "onetwo");
    n = given_answer(p, 5, "\x05token\xc0\x0c", 8);
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_TOLD);
    CHECK_INT(t.n, 1);
    CHECK_STR(t.v[0], "token");
    p[3] = 0x83;
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_TOLD);
    CHECK_INT(t.n, 0);
}

TEST(an_answer_to_another_question_is_none)
{
    struct scope *sc = test_scope();
    struct net_texts t = {.n = 0};
    uint8_t p[512];
    size_t n;

    given_question("a.example");
    n = given_answer(p, 16, "\x03one", 4);
    p[1] ^= 1;
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_OTHER);
    p[1] ^= 1;
    p[13] = 'b';
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_OTHER);
    p[13] = 'a';
    p[2] = 0x01;
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_OTHER);
}

/* Every answer cut off at every octet, and every octet of it changed: the sanitizers watch. */
TEST(a_broken_answer_breaks_nothing)
{
    struct scope *sc = test_scope();
    struct net_texts t = {.n = 0};
    uint8_t p[512];
    size_t n;

    given_question("a.example");
    n = given_answer(p, 5, "\x05token\xc0\x0c", 8);
    for (size_t cut = 12; cut < n; cut++) {
        uint8_t *exact = memcpy(malloc(cut), p, cut);

        CHECK(dns_answer(sc->arena, question, question_n, exact, cut, &t) != DNS_TOLD);
        free(exact);
    }
    for (size_t i = 12; i < n; i++)
        for (unsigned v = 0; v < 256; v += 3) {
            uint8_t *changed = memcpy(malloc(n), p, n);

            changed[i] = (uint8_t)v;
            dns_answer(sc->arena, question, question_n, changed, n, &t);
            free(changed);
        }
    /* A pointer to itself. */
    n = given_answer(p, 5, "\xc0\x00", 2);
    p[n - 1] = (uint8_t)(n - 2);
    CHECK_INT(dns_answer(sc->arena, question, question_n, p, n, &t), DNS_TOLD);
    CHECK_INT(t.n, 0);
}
