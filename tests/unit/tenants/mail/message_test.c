#include "kit/test.h"
#include "mail/mail_int.h"

static struct mail_message plain(void)
{
    return (struct mail_message){.from_name = "Acme",
                                 .from = "mail@acme.example",
                                 .to = "kaethe@example.com",
                                 .reply_to = "",
                                 .message_id = "1@acme.example",
                                 .subject = "Hello",
                                 .locale = "en",
                                 .date_us = INT64_C(1795960805000000), /* 2026-11-29T14:00:05Z */
                                 .text = STR("Hi.\n"),
                                 .html = STR("<p>Hi.</p>\n")};
}

static const char *written(const struct mail_message *m)
{
    struct scope *sc = test_scope();
    struct str out = {NULL, 0};

    CHECK_OK(mail_message_write(sc, m, &out));
    return str_dup(sc->arena, out);
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

TEST(a_message_is_the_same_octets_however_often_it_is_written)
{
    struct mail_message m = plain();

    CHECK_STR(written(&m), written(&m));
    CHECK(has(written(&m), "Date: Sun, 29 Nov 2026 14:00:05 +0000\r\nFrom: \"Acme\"\r\n <mail@acme.example>\r\n"
                           "To: <kaethe@example.com>\r\nSubject: Hello\r\nMessage-ID: <1@acme.example>\r\n"));
    CHECK(has(written(&m), "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                           "\r\nHi.\r\n--=_"));
    CHECK(!has(written(&m), "Reply-To"));
}

TEST(no_field_can_begin_another)
{
    static const char *const bad[] = {"a\r\nBcc: b@example.com", "a\nb", "a\rb", "a\tb", "a\x01", "a\x7f"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct mail_message m[7];
        struct str out;

        for (size_t k = 0; k < ARRAY_LEN(m); k++)
            m[k] = plain();
        m[0].subject = m[1].from_name = m[2].from = m[3].to = m[4].reply_to = m[5].message_id = m[6].locale = bad[i];
        for (size_t k = 0; k < ARRAY_LEN(m); k++)
            CHECK_ERR(mail_message_write(test_scope(), &m[k], &out), ERR_INVALID);
    }
}

TEST(an_address_is_one_address)
{
    static const char *const good[] = {"a@b", "first.last+tag@mail.example.co", "x_y~z!#$%&'*/=?^`{|}@a-b.example"};
    static const char *const bad[] = {
        "",         "a",           "@b",         "a@",      "a@b@c\"", "a b@c",       "a@b c",  "<a@b>", "a@b>",
        "a,b@c",    "a;b@c",       "a@b.",       "a@.b",    "a@b..c",  "a..b@c",      ".a@b",   "a.@b",  "a@-b",
        "a@b\r\nc", "k\xc3\xa4@b", "a@\xc3\xa4", "\"a\"@b", "a\\@b",   "a@[1.2.3.4]", "(x)a@b", "a:b@c"};

    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (!mail_address_valid(good[i]))
            test_failed(__FILE__, __LINE__, "%s is refused", good[i]);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (mail_address_valid(bad[i]))
            test_failed(__FILE__, __LINE__, "%s is taken", bad[i]);
}

TEST(names_beyond_ascii_are_encoded_words_and_others_are_quoted)
{
    struct mail_message m = plain();

    m.subject = "Gr\xc3\xbc\xc3\x9f"
                "e";
    m.from_name = "Say \"hi\" \\ now";
    CHECK(has(written(&m), "Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n"));
    CHECK(has(written(&m), "From: \"Say \\\"hi\\\" \\\\ now\"\r\n"));
    m.subject = "=?UTF-8?B?eA==?=";
    CHECK(has(written(&m), "Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\r\n"));
}

TEST(a_long_subject_is_folded_between_characters)
{
    struct mail_message m = plain();
    const char *text, *end;

    m.subject = "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac"
                "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
    text = strstr(written(&m), "Subject: ");
    CHECK(text && has(text, "Subject: =?UTF-8?B?4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs?=\r\n"
                            " =?UTF-8?B?4oKs?=\r\n"));
    end = strchr(text, '\r');
    CHECK(end - text <= 78);
}

TEST(quoted_printable_keeps_every_line_within_76_octets_and_its_last_space)
{
    struct mail_message m = plain();
    const char *text;

    m.text = STR("0123456789012345678901234567890123456789012345678901234567890123456789012345=\xc3\xa4 \n"
                 ".\nlast \r\nFrom here");
    text = written(&m);
    CHECK(has(text,
              "\r\n012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n5=3D=C3=A4=20\r\n"
              ".\r\nlast=20\r\nFrom here\r\n--"));
    for (const char *end; (end = strchr(text, '\r')); text = end + 2)
        CHECK(end - text <= 78 && end[1] == '\n');
}
