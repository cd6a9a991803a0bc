#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "mail/mail_int.h"

#define TEXT_MAX       ((size_t)64 * 1024)
#define ACCENT         "#2f4858"
#define WORDS_OF_BRAND 11

static bool is_colour(const char *c)
{
    return strlen(c) == 7 && c[0] == '#' && strspn(c + 1, "0123456789abcdefABCDEF") == 6;
}

/* White or nearly black, whichever reads better upon the colour: by the eye's weights, at the luminance where both are
 * equally far away (0.179 of WCAG 2, here without its curve). */
static const char *ink_on(const char *accent)
{
    unsigned long c = strtoul(accent + 1, NULL, 16);
    double r = (double)(c >> 16) / 255, g = (double)(c >> 8 & 255) / 255, b = (double)(c & 255) / 255;
    double light = 0.2126 * r * r + 0.7152 * g * g + 0.0722 * b * b;

    return light > 0.19 ? "#111111" : "#ffffff";
}

static const char *host_of(const char *message_id)
{
    const char *at = strrchr(message_id, '@');

    return at ? at + 1 : "";
}

static size_t brand_words(const struct brand *b, const char *message_id, struct mail_word *v)
{
    const char *accent = is_colour(b->accent) ? b->accent : ACCENT;
    const struct mail_word words[WORDS_OF_BRAND] = {
        {"brand", b->name},
        {"accent", accent},
        {"accent_ink", ink_on(accent)},
        {"host", host_of(message_id)},
        {"support_name", b->support_name},
        {"support_email", b->support_email},
        {"support_phone", b->support_phone},
        {"support_url", b->support_url},
        {"terms_url", b->terms_url},
        {"privacy_url", b->privacy_url},
        {"imprint_url", b->imprint_url},
    };

    memcpy(v, words, sizeof(words));
    return WORDS_OF_BRAND;
}

static void words_of(struct scope *sc, const struct mail_letter *l, const struct brand *b, const char *message_id,
                     struct mail_words *out)
{
    struct mail_word *v = ARENA_ARRAY(sc->arena, struct mail_word, WORDS_OF_BRAND + l->word_count);
    size_t n = brand_words(b, message_id, v); /* first: a mail cannot put its own in their place */

    for (size_t i = 0; i < l->word_count; i++, n++) {
        v[n].name = l->words[i].name;
        v[n].value = mail_word_said(sc, mail_locale_index(l->locale), &l->words[i]);
    }
    *out = (struct mail_words){.v = v, .n = n};
}

static struct str written(struct scope *sc, struct str body, struct str layout, struct mail_words w,
                          enum mail_target target)
{
    struct buf inner, outer;

    buf_init(&inner, sc->arena, TEXT_MAX);
    mail_template_write(&inner, body, &w, target);
    w.content = buf_str(&inner);
    buf_init(&outer, sc->arena, 2 * TEXT_MAX);
    mail_template_write(&outer, layout, &w, target);
    return buf_str(&outer);
}

static const char *subject_of(struct scope *sc, struct str text, const struct mail_words *w)
{
    struct buf b;

    buf_init(&b, sc->arena, 1000);
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    mail_template_write(&b, text, w, MAIL_TEXT);
    return buf_cstr(&b);
}

/* Mail that comes from the relay's address is answered to the partner's. */
static const char *answered_at(const struct brand *b, const char *from)
{
    if (strcmp(from, b->mail_from_address) == 0)
        return "";
    if (mail_address_valid(b->mail_from_address))
        return b->mail_from_address;
    return mail_address_valid(b->support_email) ? b->support_email : "";
}

enum err mail_letter_write(struct scope *sc, const struct mail_letter *l, const struct brand *b, const char *from,
                           const char *message_id, int64_t date_us, struct str *out)
{
    struct mail_message m = {.from_name = *b->mail_from_name ? b->mail_from_name : b->name,
                             .from = from,
                             .to = l->to,
                             .reply_to = answered_at(b, from),
                             .message_id = message_id,
                             .locale = l->locale,
                             .date_us = date_us};
    struct mail_template t;
    struct mail_words w;

    TRY(sc, mail_template_find(sc, l->kind, l->locale, &t));
    words_of(sc, l, b, message_id, &w);
    m.subject = subject_of(sc, t.subject, &w);
    m.text = written(sc, t.text, t.layout_text, w, MAIL_TEXT);
    m.html = written(sc, t.html, t.layout_html, w, MAIL_HTML);
    return mail_message_write(sc, &m, out);
}
