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

static const char *letter_from(const char *from, const struct mail_letter *l, const struct brand *b)
{
    struct scope *sc = test_scope();
    struct str out = {"", 0};

    CHECK_OK(mail_letter_write(sc, l, b, from, "7@portal.acme.example", 0, &out));
    return unfolded(arena_strndup(sc->arena, out.p, out.n));
}

static const char *letter(const char *kind, const char *locale, const struct mail_word *words, size_t n,
                          const struct brand *b)
{
    return letter_from("mail@relay.example", &(struct mail_letter){kind, locale, "kaethe@example.com", words, n}, b);
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
    CHECK(has(text, "Valid until: 2 December 2026, 14:05 UTC\r\n"));
    CHECK(has(text, "Hello K=C3=A4the <b>,\r\n"));
    CHECK(has(text, "Hello K=C3=A4the &lt;b&gt;,"));
    CHECK(has(text, "background:#0f6b5c"));
    CHECK(has(text, "Terms: https://acme.example/terms\r\n"));
    CHECK(!has(text, "Impostor") && !has(text, "Invited by"));
    mail_templates_unload();
}

TEST(a_partner_s_own_address_needs_no_other_to_answer_to_and_the_relay_s_does)
{
    const struct mail_letter test = {"test", "en", "kaethe@example.com", NULL, 0};
    struct brand b = brand_of("Acme");
    const char *text;

    load();
    b.mail_from_name = "Acme Post";
    b.mail_from_address = "post@acme.example";
    text = letter_from("post@acme.example", &test, &b);
    CHECK(has(text, "From: \"Acme Post\"\r\n <post@acme.example>\r\n"));
    CHECK(!has(text, "Reply-To"));
    text = letter_from("mail@relay.example", &test, &b);
    CHECK(has(text, "From: \"Acme Post\"\r\n <mail@relay.example>\r\n"));
    CHECK(has(text, "Reply-To: \"Acme Post\"\r\n <post@acme.example>\r\n"));
    mail_templates_unload();
}

TEST(no_word_of_a_letter_or_a_brand_begins_a_header_of_its_own)
{
    static const char *const inside[] = {"x\r\nBcc: all@example.com", "x\nBcc: all@example.com",
                                         "x\rBcc: all@example.com",
                                         "=?utf-8?q?x=0d=0aBcc:_all@example.com?=", "x\" <all@example.com>, \"y"};

    load();
    for (size_t i = 0; i < ARRAY_LEN(inside); i++) {
        const struct mail_word words[] = {{"what", inside[i]}, {"name", inside[i]}};
        struct brand b = brand_of("Acme");
        const char *text = letter("token_expiring", "en", words, ARRAY_LEN(words), &b), *end = strstr(text, "\r\n\r\n");
        const struct mail_letter l = {"test", "en", "kaethe@example.com", NULL, 0};
        struct str out = {"", 0};

        CHECK(end && !memmem(text, (size_t)(end - text), "\nBcc", 4) &&
              !memmem(text, (size_t)(end - text), "\rBcc", 4));
        b.mail_from_name = inside[i]; /* which no brand may be called that is not one line */
        if (mail_letter_write(test_scope(), &l, &b, "mail@relay.example", "7@a.example", 0, &out) == OK) {
            text = arena_strndup(test_scope()->arena, out.p, out.n);
            CHECK(i >= 3 && has(text, "<mail@relay.example>\r\n") && !has(text, "\nBcc"));
            CHECK(!has(text, "=?utf-8?q?") && !has(text, "x\" <all"));
        }
        b.mail_from_name = "";
        b.mail_from_address = b.support_email = inside[i];
        CHECK(!has(letter("test", "en", NULL, 0, &b), "Reply-To"));
    }
    mail_templates_unload();
}

TEST(a_letter_says_times_roles_and_devices_in_the_reader_s_words)
{
    static const char windows[] = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0";
    static const struct {
        const char *locale, *time, *role;
    } wanted[] = {{"en", "2 December 2026, 14:05 UTC", "Role: Administrator"},
                  {"de", "2. Dezember 2026, 14:05 Uhr (UTC)", "Rolle: Administrator"},
                  {"fr", "2 d=C3=A9cembre 2026 =C3=A0 14:05 (UTC)", ": Administrateur"},
                  {"es", "2 de diciembre de 2026, 14:05 (UTC)", ": Administrador"}};
    const struct mail_word invited[] = {{"role", "customer_admin"},
                                        {"expires", "2026-12-02T14:05:09Z"},
                                        {"invited_by", "Ada"},
                                        {"into", "Alder & Pine"}};
    const struct mail_word seen[] = {{"device", windows}, {"at", "2026-12-02T14:05:09Z"}};
    struct brand b = brand_of("Acme");

    load();
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        const char *text = letter("invitation", wanted[i].locale, invited, ARRAY_LEN(invited), &b);

        CHECK(has(text, wanted[i].time) && has(text, wanted[i].role) && has(text, "Ada") && has(text, "Alder & Pine"));
        CHECK(!has(text, "customer_admin") && !has(text, "T14:05"));
        text = letter("new_sign_in", wanted[i].locale, seen, ARRAY_LEN(seen), &b);
        CHECK(has(text, "Firefox, Windows") && has(text, wanted[i].time) && !has(text, "Mozilla"));
    }
    mail_templates_unload();
}

/* Otherwise a role that is added would leave its line out of invitations. */
TEST(every_role_that_can_be_given_has_words_in_every_language)
{
    static const char *const roles[] = {"partner_owner",    "partner_admin",  "partner_support",   "partner_billing",
                                        "partner_auditor",  "customer_admin", "customer_operator", "customer_finance",
                                        "customer_support", "customer_viewer"};

    for (size_t i = 0; i < ARRAY_LEN(roles); i++)
        for (size_t l = 0; mail_locales[l]; l++)
            CHECK(*mail_word_said(test_scope(), l, &(struct mail_word){"role", roles[i]}) != '\0');
    CHECK_STR(mail_word_said(test_scope(), 0, &(struct mail_word){"role", "made_up"}), "");
    CHECK_STR(mail_word_said(test_scope(), 0, &(struct mail_word){"device", "<b>curl</b>/8"}), "");
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
