#include "kit/test.h"
#include "mail/mail_int.h"

#include <stdio.h>

static struct brand brand_of(const char *name)
{
    return (struct brand){.name = name,
                          .accent = "#0f6b5c",
                          .support_name = "Help desk",
                          .support_email = "help@acme.example",
                          .support_phone = "",
                          .support_url = "",
                          .terms_url = "https://acme.example/terms",
                          .privacy_url = "",
                          .imprint_url = "",
                          .login_text = "",
                          .mail_from_name = "",
                          .mail_from_address = ""};
}

static void load(void)
{
    const char *end = strstr(__FILE__, "tests/unit/");
    struct scope *sc = test_scope();

    CHECK_OK(mail_templates_load(sc, arena_f(sc->arena, "%.*sbranding", (int)(end - __FILE__), __FILE__)));
}

/* With the soft line ends of quoted-printable taken out. */
static char *unfolded(char *text)
{
    char *to = text;

    for (const char *c = text; *c; c++)
        if (strncmp(c, "=\r\n", 3) == 0)
            c += 2;
        else
            *to++ = *c;
    *to = '\0';
    return text;
}

static const char *letter(const char *kind, const char *locale, const struct mail_word *words, size_t n,
                          const struct brand *b)
{
    const struct mail_letter l = {kind, locale, "kaethe@example.com", words, n};
    struct scope *sc = test_scope();
    struct str out = {"", 0};

    CHECK_OK(mail_letter_write(sc, &l, b, "mail@relay.example", "7@portal.acme.example", 0, &out));
    return unfolded(arena_strndup(sc->arena, out.p, out.n));
}

static bool has(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

TEST(every_kind_is_written_in_every_language)
{
    struct brand b = brand_of("Acme");

    load();
    for (const struct mail_kind *k = mail_kinds; k->name; k++)
        for (const char *const *l = mail_locales; *l; l++) {
            const char *text = letter(k->name, *l, NULL, 0, &b);

            CHECK(has(text, "Acme") && !has(text, "{{"));
        }
    mail_templates_unload();
}

TEST(a_letter_has_the_partner_s_words_and_the_act_s)
{
    const struct mail_word words[] = {{"link", "https://portal.acme.example/invite#tok"},
                                      {"name", "K\xc3\xa4the <b>"},
                                      {"expires", "2026-12-02T14:05:09Z"},
                                      {"brand", "Impostor"}};
    struct brand b = brand_of("Acme");
    const char *text;

    load();
    text = letter("invitation", "en-GB", words, ARRAY_LEN(words), &b);
    CHECK(has(text, "From: \"Acme\"\r\n <mail@relay.example>\r\n"));
    CHECK(has(text, "Reply-To: \"Acme\"\r\n <help@acme.example>\r\n"));
    CHECK(has(text, "Subject: Your invitation to Acme\r\n"));
    CHECK(has(text, "\r\nhttps://portal.acme.example/invite#tok\r\n"));
    CHECK(has(text, "Valid until: 2026-12-02 14:05 UTC\r\n"));
    CHECK(has(text, "Hello K=C3=A4the <b>,\r\n"));
    CHECK(has(text, "Hello K=C3=A4the &lt;b&gt;,"));
    CHECK(has(text, "background:#0f6b5c"));
    CHECK(has(text, "Terms: https://acme.example/terms\r\n"));
    CHECK(!has(text, "Impostor") && !has(text, "Invited by"));
    mail_templates_unload();
}

TEST(a_partner_s_own_address_needs_no_other_to_answer_to)
{
    struct brand b = brand_of("Acme");
    const char *text;

    load();
    b.mail_from_name = "Acme Post";
    b.mail_from_address = "post@acme.example";
    text = letter("test", "en", NULL, 0, &b);
    CHECK(has(text, "From: \"Acme Post\"\r\n"));
    CHECK(!has(text, "Reply-To"));
    mail_templates_unload();
}

TEST(a_colour_that_is_none_is_ours_and_its_ink_can_be_read)
{
    struct brand b = brand_of("Acme");
    const struct mail_word link = {"link", "https://a.example/"};

    load();
    b.accent = "red\" onload=\"x";
    CHECK(!has(letter("reset", "en", &link, 1, &b), "onload"));
    b.accent = "#ffee00";
    CHECK(has(letter("reset", "en", &link, 1, &b), "color:#111111"));
    b.accent = "#000080";
    CHECK(has(letter("reset", "en", &link, 1, &b), "color:#ffffff"));
    mail_templates_unload();
}

TEST(without_templates_nothing_is_written_and_nothing_is_lost)
{
    const struct mail_letter l = {"test", "en", "a@b", NULL, 0};
    struct brand b = brand_of("Acme");
    struct str out;

    CHECK_ERR(mail_letter_write(test_scope(), &l, &b, "c@d", "1@e", 0, &out), ERR_UNAVAILABLE);
}
