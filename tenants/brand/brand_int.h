#pragma once

#include "brand/brand.h"

/* Inside the room. Colours use floating point, which nothing near money does. */
struct rgb {
    uint8_t r, g, b;
};

struct oklch { /* lightness 0 to 1, chroma, hue in degrees */
    double l, c, h;
};

bool colour_parse(struct str text, struct rgb *out); /* "#0f6b5c", in either case */
const char *colour_text(struct arena *a, struct rgb c);
struct oklch colour_oklch(struct rgb c);
/* The nearest colour a screen has: chroma gives way, lightness and hue stay. */
struct rgb colour_rgb(struct oklch c);
double colour_contrast(struct rgb a, struct rgb b); /* WCAG 2.2: 1 to 21 */

enum scheme { SCHEME_LIGHT, SCHEME_DARK, SCHEME_COUNT };

enum token {
    TOKEN_ACCENT,
    TOKEN_ON_ACCENT,
    TOKEN_ACCENT_SOFT,
    TOKEN_PAGE,
    TOKEN_RAISED,
    TOKEN_SUNKEN,
    TOKEN_LINE,
    TOKEN_LINE_STRONG,
    TOKEN_TEXT,
    TOKEN_MUTED,
    TOKEN_OK,
    TOKEN_WARN,
    TOKEN_BAD,
    TOKEN_OK_SOFT,
    TOKEN_WARN_SOFT,
    TOKEN_BAD_SOFT,
    TOKEN_MARK_OK,
    TOKEN_MARK_WARN,
    TOKEN_MARK_BAD,
    TOKEN_COUNT,
};

struct palette {
    struct rgb v[TOKEN_COUNT];
};

/* What stands on what, and how much they must differ at least. */
struct palette_pair {
    enum token on, ground;
    double least;
};
extern const struct palette_pair palette_pairs[];
extern const size_t palette_pair_count;

const char *palette_name(enum token t); /* "accent-soft" */
/* accent: taken as it is in the place of the derived one, or NULL. */
void palette_make(struct rgb brand, enum scheme s, const struct rgb *accent, struct palette *out);
/* The pair with an accent in it that differs least from what it must, or NULL when all are fine. */
const struct palette_pair *palette_failing(const struct palette *p);
/* The same hue, only so much lighter or darker that no pair fails. */
struct rgb palette_nearest(struct rgb brand, enum scheme s, struct rgb accent);

/* What brand_document wrote. The images are left alone. */
enum err brand_read(struct scope *sc, const char *document, struct brand *out);

/* The pack of this name, or the neutral one; its name is the pack's own. */
void pack_brand(struct scope *sc, const char *pack, struct brand *out);
/* An image of any pack, by its hash. */
bool pack_image(struct bytes hash, const char **out_media_type, struct str *out_content);
