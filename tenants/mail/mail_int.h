#pragma once

#include "brand/brand.h"
#include "mail/mail.h"

/* kinds.c: what can be written at all. */
struct mail_kind {
    const char *name;
    bool quiet;               /* limits are kept without a word to whoever asked */
    const char *const *words; /* ends with NULL */
};
extern const struct mail_kind mail_kinds[]; /* ends with a NULL name */
extern const char *const mail_brand_words[];
const struct mail_kind *mail_kind_find(const char *name);
/* "de-CH" gives "de"; what we do not speak gives "en". */
extern const char *const mail_locales[];
size_t mail_locale_index(const char *locale);

/* words.c: a value as the reader says it: times in the form of the language, roles and devices in words, other values
 * as they are. */
struct mail_word;
const char *mail_word_said(struct scope *sc, size_t locale, const struct mail_word *w);

/* template.c: text with holes. {{name}} puts a word in, {{#name}}…{{/name}} stands only when there is such a word. */
struct mail_words {
    const struct mail_word *v;
    size_t n;
    struct str content; /* what {{content}} of a layout holds: written before, and put in as it is */
};
enum mail_target { MAIL_TEXT, MAIL_HTML };
/* known: lists of names, each ends with NULL; the list of lists too. */
enum err mail_template_check(struct scope *sc, const char *file, struct str text, const char *const *const *known);
void mail_template_write(struct buf *out, struct str text, const struct mail_words *w, enum mail_target target);

/* folder.c: the templates as they were read. */
struct mail_template {
    struct str subject, text, html, layout_text, layout_html;
};
enum err mail_template_find(struct scope *sc, const char *kind, const char *locale, struct mail_template *out);

/* message.c: octets as RFC 5322 and MIME want them, the same for the same mail however often it is written. */
struct mail_message {
    const char *from_name, *from, *to;
    const char *reply_to;   /* "": none */
    const char *message_id; /* without the brackets */
    const char *subject, *locale;
    int64_t date_us;
    struct str text, html;
};
/* ERR_INVALID for a line end or another control character in a field. */
enum err mail_message_write(struct scope *sc, const struct mail_message *m, struct str *out);

/* letter.c: the partner's words around the mail's own. */
struct mail_letter {
    const char *kind, *locale, *to;
    const struct mail_word *words;
    size_t word_count;
};
enum err mail_letter_write(struct scope *sc, const struct mail_letter *l, const struct brand *b, const char *from,
                           const char *message_id, int64_t date_us, struct str *out);

/* judge.c: what becomes of a try that ended so. */
struct mail_verdict {
    const char *state;
    int64_t delay_us; /* 0: it is over */
};
struct mail_verdict mail_judge(enum err e, int32_t attempts, int64_t age_us);

/* packed.c: recipient and words as one sealed piece. */
struct str mail_pack(struct scope *sc, const struct mail_new *m);
enum err mail_unpack(struct scope *sc, struct str packed, struct mail_letter *out);
struct str mail_label(struct scope *sc, const struct uuid *mail_id, int32_t epoch);
