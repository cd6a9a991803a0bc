#include <string.h>

#include "brand/brand_int.h"

static void put_scheme(struct buf *out, const struct brand *b, enum scheme s)
{
    struct rgb brand, dark;
    struct palette p;

    MUST_BE(colour_parse(str_of(b->accent), &brand)); /* judged before it was stored */
    palette_make(brand, s, s == SCHEME_DARK && colour_parse(str_of(b->accent_dark), &dark) ? &dark : NULL, &p);
    for (size_t i = 0; i < TOKEN_COUNT; i++)
        buf_f(out, "--%s:#%02x%02x%02x;", palette_name((enum token)i), p.v[i].r, p.v[i].g, p.v[i].b);
}

void brand_theme(struct buf *out, const struct brand *b)
{
    bool compact = strcmp(b->density, "compact") == 0;

    buf_f(out, ":root{color-scheme:light dark;--brand:%s;--radius:%dpx;--row:%dpx;", b->accent, (int)b->radius,
          compact ? 32 : 38);
    put_scheme(out, b, SCHEME_LIGHT);
    buf_s(out, "}\n@media (prefers-color-scheme:dark){:root:not([data-theme=\"light\"]){");
    put_scheme(out, b, SCHEME_DARK);
    buf_s(out, "}}\n:root[data-theme=\"light\"]{color-scheme:light}\n:root[data-theme=\"dark\"]{color-scheme:dark;");
    put_scheme(out, b, SCHEME_DARK);
    buf_s(out, "}\n");
}

const char *brand_accent_light(struct scope *sc, const struct brand *b)
{
    struct rgb brand = {0};
    struct palette p;

    MUST_BE(colour_parse(str_of(b->accent), &brand));
    palette_make(brand, SCHEME_LIGHT, NULL, &p);
    return colour_text(sc->arena, p.v[TOKEN_ACCENT]);
}

/* The first character as it is written; names are judged, so it is one that can be seen. */
static void put_initial(struct buf *out, const char *name)
{
    size_t n = 1;

    while (((unsigned char)name[n] & 0xc0) == 0x80)
        n++;
    if (*name == '<' || *name == '&' || *name == '"' || *name == '>')
        buf_f(out, "&#%d;", *name);
    else if (*name >= 'a' && *name <= 'z')
        buf_c(out, (char)(*name - 32));
    else
        buf_add(out, name, n);
}

void brand_initial(struct buf *out, const struct brand *b)
{
    struct rgb brand = {0};
    struct palette p;

    MUST_BE(colour_parse(str_of(b->accent), &brand));
    palette_make(brand, SCHEME_LIGHT, NULL, &p);
    buf_f(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 72 72\"><rect width=\"72\" height=\"72\" rx=\"%d\" "
          "fill=\"#%02x%02x%02x\"/>",
          (int)b->radius * 2, p.v[TOKEN_ACCENT].r, p.v[TOKEN_ACCENT].g, p.v[TOKEN_ACCENT].b);
    if (*b->name) {
        buf_s(out, "<text x=\"36\" y=\"50\" font-family=\"system-ui,sans-serif\" font-size=\"40\" font-weight=\"600\" "
                   "fill=\"#ffffff\" text-anchor=\"middle\">");
        put_initial(out, b->name);
        buf_s(out, "</text>");
    }
    buf_s(out, "</svg>");
}
