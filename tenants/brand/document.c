#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "brand/brand_int.h"
#include "json/doc.h"

#define OPTIONAL_TEXT(member_, max_, meaning_)                                                                         \
    {                                                                                                                  \
        .name = #member_, .kind = WIRE_KIND_TEXT, .offset = offsetof(struct brand, member_), .max = (max_),            \
        .optional = true, .meaning = (meaning_)                                                                        \
    }

static const char *const densities[] = {"normal", "compact", NULL};

static const struct wire_field fields[] = {
    WIRE_TEXT(struct brand, name, 80, "What the portal is called; people see it first."),
    OPTIONAL_TEXT(product, 40, "What the portal is called in a sentence, like \"hub\"."),
    WIRE_TEXT(struct brand, accent, 7, "The one colour from which all others are derived, like #336699."),
    OPTIONAL_TEXT(accent_dark, 7, "The accent of the dark scheme; derived when not given."),
    OPTIONAL_TEXT(support_name, 80, "Who helps."),
    OPTIONAL_TEXT(support_email, 120, "Where help is asked for by mail."),
    OPTIONAL_TEXT(support_phone, 40, "Where help is asked for by telephone."),
    OPTIONAL_TEXT(support_url, 300, "Where help is found; https only."),
    OPTIONAL_TEXT(terms_url, 300, "The terms of use; https only."),
    OPTIONAL_TEXT(privacy_url, 300, "The privacy notice; https only."),
    OPTIONAL_TEXT(imprint_url, 300, "Who is answerable; https only."),
    OPTIONAL_TEXT(login_text, 300, "A sentence on the sign-in page."),
    OPTIONAL_TEXT(mail_from_name, 80, "The name that mail comes from."),
    OPTIONAL_TEXT(mail_from_address, 120,
                  "The address that mail comes from, once its domain or one above it is a verified host; answers go "
                  "there until then."),
    WIRE_INT(struct brand, radius, 0, 14, "How round controls are, in pixels."),
    WIRE_ENUM(struct brand, density, densities, "How much room rows take."),
    {.name = "words",
     .kind = WIRE_KIND_RAW,
     .offset = offsetof(struct brand, words),
     .optional = true,
     .meaning = "Phrases of the portal in other words: by language, from the phrase to what is shown."},
    {},
};
const struct wire brand_wire = {"Brand", sizeof(struct brand), fields};

#define LANGUAGES_MAX  12
#define PHRASES_MAX    400
#define PHRASE_MAX     200
#define PHRASE_NEW_MAX 300

/* What is for the portal's makers and not for a reader's eyes: controls, and marks that turn the text's direction or
 * show nothing at all. */
static bool is_hidden(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } ranges[] = {{0, 0x1f},        {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},
                  {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f},
                  {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}, {0xf0000, 0x10ffff}};

    for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            return true;
    return false;
}

/* Of text that is known to be UTF-8. */
static uint32_t next_point(const char **p)
{
    const unsigned char *u = (const unsigned char *)*p;
    int more = u[0] < 0x80 ? 0 : u[0] < 0xe0 ? 1 : u[0] < 0xf0 ? 2 : 3;
    uint32_t c = more == 0 ? u[0] : u[0] & (0x3fu >> more);

    for (int i = 1; i <= more && u[i]; i++)
        c = c << 6 | (u[i] & 0x3f);
    *p += 1;
    while (more-- > 0 && **p)
        *p += 1;
    return c;
}

static bool has_hidden(const char *text)
{
    while (*text)
        if (is_hidden(next_point(&text)))
            return true;
    return false;
}

/* What serves all partners stands in the words of none. */
static bool names_the_house(const char *text)
{
    static const char house[] = "tenon";

    for (const char *p = text; *p; p++) {
        bool begins = p == text || !isalpha((unsigned char)p[-1]);

        if (begins && strncasecmp(p, house, sizeof(house) - 1) == 0 && !isalpha((unsigned char)p[sizeof(house) - 1]))
            return true;
    }
    return false;
}

static void judge_text(struct scope *sc, const char *member, const char *text)
{
    const char *pointer = arena_f(sc->arena, "/%s", member);

    if (has_hidden(text))
        scope_item(sc, pointer, "hidden_character",
                   "has a control character or one that changes the direction of text");
    if (names_the_house(text))
        scope_item(sc, pointer, "not_allowed", "names a product that is not yours");
    if (*text && (isspace((unsigned char)text[0]) || isspace((unsigned char)text[strlen(text) - 1])))
        scope_item(sc, pointer, "not_trimmed", "begins or ends with a space");
}

static bool all_of(const char *text, const char *others)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(others, *text))
            return false;
    return true;
}

static bool host_is_fine(const char *host, size_t n)
{
    if (n < 3 || n > 253 || !memchr(host, '.', n))
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = host[i];

        if (!isalnum((unsigned char)c) && !(i > 0 && i < n - 1 && (c == '-' || c == '.')))
            return false;
        if (c == '.' && host[i + 1] == '.')
            return false;
    }
    return true;
}

static void judge_url(struct scope *sc, const char *member, const char *url)
{
    const char *host = url + 8;
    size_t n;

    if (!*url)
        return;
    if (strncmp(url, "https://", 8) == 0) {
        n = strcspn(host, "/?#");
        if (host_is_fine(host, n) && all_of(host + n, "-._~:/?#[]@!$&()*+,;=%"))
            return;
    }
    scope_item(sc, arena_f(sc->arena, "/%s", member), "not_an_https_url",
               "must be an address like https://help.example.com/start");
}

static void judge_email(struct scope *sc, const char *member, const char *address)
{
    const char *at = strrchr(address, '@');

    if (!*address)
        return;
    if (at && at > address && at - address <= 64 && host_is_fine(at + 1, strlen(at + 1))) {
        const char *local = arena_strndup(sc->arena, address, (size_t)(at - address));

        if (all_of(local, ".!#$%&'*+-/=?^_`{|}~") && *local != '.')
            return;
    }
    scope_item(sc, arena_f(sc->arena, "/%s", member), "not_an_address", "must be an address like help@example.com");
}

static bool colour_of(struct scope *sc, const char *member, const char **text, struct rgb *out)
{
    if (!colour_parse(str_of(*text), out)) {
        scope_item(sc, arena_f(sc->arena, "/%s", member), "not_a_colour", "must be a colour like #336699");
        return false;
    }
    *text = colour_text(sc->arena, *out);
    return true;
}

static void judge_colours(struct scope *sc, struct brand *b)
{
    const struct palette_pair *bad;
    struct palette p;
    struct rgb brand, dark;

    if (!colour_of(sc, "accent", &b->accent, &brand) || !*b->accent_dark ||
        !colour_of(sc, "accent_dark", &b->accent_dark, &dark))
        return;
    palette_make(brand, SCHEME_DARK, &dark, &p);
    bad = palette_failing(&p);
    if (bad)
        scope_item(sc, "/accent_dark", "unreadable",
                   "%s %s on %s %s has a contrast of %.2f and needs %.1f; the nearest colour that is readable is %s",
                   palette_name(bad->on), colour_text(sc->arena, p.v[bad->on]), palette_name(bad->ground),
                   colour_text(sc->arena, p.v[bad->ground]), colour_contrast(p.v[bad->on], p.v[bad->ground]),
                   bad->least, colour_text(sc->arena, palette_nearest(brand, SCHEME_DARK, dark)));
}

static bool is_language(struct str tag)
{
    return (tag.n == 2 ||
            (tag.n == 5 && tag.p[2] == '-' && isupper((unsigned char)tag.p[3]) && isupper((unsigned char)tag.p[4]))) &&
           islower((unsigned char)tag.p[0]) && islower((unsigned char)tag.p[1]);
}

/* NULL: fine. */
static const char *phrase_fault(struct scope *sc, struct str phrase, const struct doc *shown)
{
    struct str text = doc_text(shown);

    if (doc_kind(shown) != DOC_TEXT || text.n == 0 || text.n > PHRASE_NEW_MAX || phrase.n == 0 || phrase.n > PHRASE_MAX)
        return arena_f(sc->arena, "phrases have 1 to %d characters, and what is shown 1 to %d", PHRASE_MAX,
                       PHRASE_NEW_MAX);
    if (has_hidden(str_dup(sc->arena, text)) || has_hidden(str_dup(sc->arena, phrase)))
        return "a phrase has a control character or one that changes the direction of text";
    return names_the_house(str_dup(sc->arena, text)) ? "a phrase names a product that is not yours" : NULL;
}

static const char *language_fault(struct scope *sc, const struct doc *phrases, size_t *total)
{
    const char *fault = doc_kind(phrases) == DOC_OBJECT ? NULL : "a language has phrases by name";

    for (size_t i = 0; i < doc_count(phrases) && !fault; i++)
        fault = phrase_fault(sc, doc_key(phrases, i), doc_at(phrases, i));
    *total += doc_count(phrases);
    return fault || *total <= PHRASES_MAX ? fault : arena_f(sc->arena, "there are more than %d phrases", PHRASES_MAX);
}

static enum err judge_words(struct scope *sc, struct brand *b)
{
    const struct doc *words;
    const char *fault = NULL;
    size_t total = 0;

    if (b->words.n == 0)
        return OK;
    TRY(sc, doc_parse(sc, b->words, &words));
    if (doc_kind(words) == DOC_NULL) {
        b->words = (struct str){NULL, 0};
        return OK;
    }
    if (doc_kind(words) != DOC_OBJECT || doc_count(words) > LANGUAGES_MAX)
        fault = arena_f(sc->arena, "must be an object of at most %d languages", LANGUAGES_MAX);
    for (size_t i = 0; i < doc_count(words) && !fault; i++)
        fault = is_language(doc_key(words, i)) ? language_fault(sc, doc_at(words, i), &total)
                                               : "a language is written like \"de\" or \"pt-BR\"";
    if (fault)
        scope_item(sc, "/words", "invalid", "%s", fault);
    return OK;
}

static void none_is_empty(struct brand *b)
{
    for (const struct wire_field *f = fields; f->name; f++) {
        const char **text = (const char **)((char *)b + f->offset);

        if (f->kind == WIRE_KIND_TEXT && !*text)
            *text = "";
    }
}

enum err brand_judge(struct scope *sc, struct brand *b)
{
    enum err e;

    none_is_empty(b);
    scope_clear(sc);
    for (const struct wire_field *f = fields; f->name; f++)
        if (f->kind == WIRE_KIND_TEXT)
            judge_text(sc, f->name, *(const char **)((char *)b + f->offset));
    judge_url(sc, "support_url", b->support_url);
    judge_url(sc, "terms_url", b->terms_url);
    judge_url(sc, "privacy_url", b->privacy_url);
    judge_url(sc, "imprint_url", b->imprint_url);
    judge_email(sc, "support_email", b->support_email);
    judge_email(sc, "mail_from_address", b->mail_from_address);
    if (!all_of(b->support_phone, " +-()/."))
        scope_item(sc, "/support_phone", "not_a_number", "must be a telephone number like +49 30 1234567");
    judge_colours(sc, b);
    TRY(sc, judge_words(sc, b));
    if (!scope_fault(sc)->items)
        return OK;
    e = FAIL(sc, ERR_INVALID, "the brand cannot be like this");
    scope_problem(sc, "validation", 422);
    return e;
}

void brand_document(struct buf *out, const struct brand *b)
{
    struct brand copy = *b;

    for (const struct wire_field *f = fields; f->name; f++) {
        const char **text = (const char **)((char *)&copy + f->offset);

        if (f->kind == WIRE_KIND_TEXT && f->optional && *text && !**text)
            *text = NULL;
    }
    wire_encode(out, &brand_wire, &copy);
}

enum err brand_read(struct scope *sc, const char *document, struct brand *out)
{
    struct bytes images[BRAND_IMAGE_COUNT];

    memcpy(images, out->images, sizeof(images));
    TRY(sc, wire_decode(sc, &brand_wire, str_of(document), out));
    none_is_empty(out);
    if (str_is(out->words, "null"))
        out->words = (struct str){NULL, 0};
    memcpy(out->images, images, sizeof(images));
    return OK;
}
