#include <math.h>

#include "brand/brand_int.h"

/* One colour of the partner's, and every other derived from it in OKLCH: lightness is ours, so contrast is the same for
 * every brand. Greys have a trace of the brand's hue, the less the lighter they are: a large light ground in full tint
 * looks coloured. */
#define TINT_MAX 0.018

enum made {
    MADE_GREY,  /* the brand's hue, hardly any chroma: at most `c`, or TINT_MAX where that is 0 */
    MADE_BRAND, /* the brand's hue, its own chroma up to `c`, lightness within `l` and `most` */
    MADE_FIXED, /* hue and chroma of ours: what means a state means it in every brand */
    MADE_MIX,   /* three parts of the accent and one of the page */
};

struct rule {
    enum made made;
    double l, most, c, h;
};

static const struct {
    const char *name;
    struct rule rule[SCHEME_COUNT];
} tokens[TOKEN_COUNT] = {
    [TOKEN_ACCENT] = {"accent", {{MADE_BRAND, 0.30, 0.48, 0.4, 0}, {MADE_BRAND, 0.74, 0.84, 0.15, 0}}},
    [TOKEN_ON_ACCENT] = {"on-accent", {{MADE_FIXED, 1, 0, 0, 0}, {MADE_GREY, 0.19, 0, 0, 0}}},
    [TOKEN_ACCENT_SOFT] = {"accent-soft", {{MADE_BRAND, 0.955, 0.955, 0.03, 0}, {MADE_BRAND, 0.30, 0.30, 0.05, 0}}},
    [TOKEN_PAGE] = {"page", {{MADE_FIXED, 1, 0, 0, 0}, {MADE_GREY, 0.205, 0, 0, 0}}},
    [TOKEN_RAISED] = {"raised", {{MADE_GREY, 0.982, 0, 0.004, 0}, {MADE_GREY, 0.175, 0, 0, 0}}},
    [TOKEN_SUNKEN] = {"sunken", {{MADE_GREY, 0.955, 0, 0.007, 0}, {MADE_GREY, 0.255, 0, 0, 0}}},
    [TOKEN_LINE] = {"line", {{MADE_GREY, 0.905, 0, 0.010, 0}, {MADE_GREY, 0.315, 0, 0, 0}}},
    [TOKEN_LINE_STRONG] = {"line-strong", {{MADE_GREY, 0.64, 0, 0, 0}, {MADE_GREY, 0.56, 0, 0, 0}}},
    [TOKEN_TEXT] = {"text", {{MADE_GREY, 0.235, 0, 0, 0}, {MADE_GREY, 0.935, 0, 0, 0}}},
    [TOKEN_MUTED] = {"muted", {{MADE_GREY, 0.47, 0, 0, 0}, {MADE_GREY, 0.74, 0, 0, 0}}},
    [TOKEN_OK] = {"ok", {{MADE_FIXED, 0.50, 0, 0.12, 155}, {MADE_FIXED, 0.78, 0, 0.12, 155}}},
    [TOKEN_WARN] = {"warn", {{MADE_FIXED, 0.50, 0, 0.11, 70}, {MADE_FIXED, 0.80, 0, 0.11, 70}}},
    [TOKEN_BAD] = {"bad", {{MADE_FIXED, 0.52, 0, 0.19, 27}, {MADE_FIXED, 0.74, 0, 0.19, 27}}},
    [TOKEN_OK_SOFT] = {"ok-soft", {{MADE_FIXED, 0.955, 0, 0.03, 155}, {MADE_FIXED, 0.30, 0, 0.05, 155}}},
    [TOKEN_WARN_SOFT] = {"warn-soft", {{MADE_FIXED, 0.955, 0, 0.03, 70}, {MADE_FIXED, 0.30, 0, 0.05, 70}}},
    [TOKEN_BAD_SOFT] = {"bad-soft", {{MADE_FIXED, 0.955, 0, 0.03, 27}, {MADE_FIXED, 0.30, 0, 0.05, 27}}},
    [TOKEN_MARK_OK] = {"mark-ok", {{MADE_MIX, 0, 0, 0, 0}, {MADE_MIX, 0, 0, 0, 0}}},
    [TOKEN_MARK_WARN] = {"mark-warn", {{MADE_FIXED, 0.76, 0, 0.15, 75}, {MADE_FIXED, 0.80, 0, 0.15, 75}}},
    [TOKEN_MARK_BAD] = {"mark-bad", {{MADE_FIXED, 0.60, 0, 0.20, 27}, {MADE_FIXED, 0.70, 0, 0.20, 27}}},
};

#define TEXT 4.5
#define LINE 3.0

const struct palette_pair palette_pairs[] = {
    {TOKEN_ON_ACCENT, TOKEN_ACCENT, TEXT},   {TOKEN_ACCENT, TOKEN_PAGE, TEXT},
    {TOKEN_ACCENT, TOKEN_RAISED, TEXT},      {TOKEN_ACCENT, TOKEN_SUNKEN, TEXT},
    {TOKEN_ACCENT, TOKEN_ACCENT_SOFT, TEXT}, {TOKEN_TEXT, TOKEN_PAGE, TEXT},
    {TOKEN_TEXT, TOKEN_RAISED, TEXT},        {TOKEN_TEXT, TOKEN_SUNKEN, TEXT},
    {TOKEN_TEXT, TOKEN_ACCENT_SOFT, TEXT},   {TOKEN_MUTED, TOKEN_PAGE, TEXT},
    {TOKEN_MUTED, TOKEN_RAISED, TEXT},       {TOKEN_MUTED, TOKEN_SUNKEN, TEXT},
    {TOKEN_MUTED, TOKEN_ACCENT_SOFT, TEXT},  {TOKEN_OK, TOKEN_PAGE, TEXT},
    {TOKEN_OK, TOKEN_OK_SOFT, TEXT},         {TOKEN_WARN, TOKEN_PAGE, TEXT},
    {TOKEN_WARN, TOKEN_WARN_SOFT, TEXT},     {TOKEN_BAD, TOKEN_PAGE, TEXT},
    {TOKEN_BAD, TOKEN_BAD_SOFT, TEXT},       {TOKEN_LINE_STRONG, TOKEN_PAGE, LINE},
    {TOKEN_LINE_STRONG, TOKEN_RAISED, LINE}, {TOKEN_MARK_BAD, TOKEN_PAGE, LINE},
};
const size_t palette_pair_count = ARRAY_LEN(palette_pairs);

const char *palette_name(enum token t)
{
    return tokens[t].name;
}

static uint8_t mix(uint8_t a, uint8_t b)
{
    return (uint8_t)((3 * a + b + 2) / 4);
}

static struct rgb made_of(struct oklch brand, const struct rule *r)
{
    switch (r->made) {
    case MADE_BRAND:
        return colour_rgb((struct oklch){fmin(fmax(brand.l, r->l), r->most), fmin(brand.c, r->c), brand.h});
    case MADE_GREY:
        return colour_rgb((struct oklch){r->l, fmin(brand.c, r->c > 0 ? r->c : TINT_MAX), brand.h});
    default:
        return colour_rgb((struct oklch){r->l, r->c, r->h});
    }
}

void palette_make(struct rgb brand, enum scheme s, const struct rgb *accent, struct palette *out)
{
    struct oklch own = colour_oklch(brand);
    const struct rgb *a = &out->v[TOKEN_ACCENT], *page = &out->v[TOKEN_PAGE];

    for (size_t i = 0; i < TOKEN_COUNT; i++)
        if (tokens[i].rule[s].made != MADE_MIX)
            out->v[i] = made_of(own, &tokens[i].rule[s]);
    if (accent)
        out->v[TOKEN_ACCENT] = *accent;
    for (size_t i = 0; i < TOKEN_COUNT; i++)
        if (tokens[i].rule[s].made == MADE_MIX)
            out->v[i] = (struct rgb){mix(a->r, page->r), mix(a->g, page->g), mix(a->b, page->b)};
}

const struct palette_pair *palette_failing(const struct palette *p)
{
    const struct palette_pair *worst = NULL;
    double share = 1;

    for (size_t i = 0; i < palette_pair_count; i++) {
        const struct palette_pair *x = &palette_pairs[i];
        double got = colour_contrast(p->v[x->on], p->v[x->ground]) / x->least;

        if (got < share) {
            share = got;
            worst = x;
        }
    }
    return worst;
}

/* Steps of a five-hundredth both ways; the derived accent of the scheme passes, so there is always an answer. */
struct rgb palette_nearest(struct rgb brand, enum scheme s, struct rgb accent)
{
    struct oklch own = colour_oklch(accent);
    struct palette p;

    for (int step = 0; step < 1000; step++) {
        struct oklch tried = own;
        struct rgb c;

        tried.l += (step % 2 ? 1 : -1) * (step + 1) / 2 * 0.002;
        if (tried.l < 0 || tried.l > 1)
            continue;
        c = colour_rgb(tried);
        palette_make(brand, s, &c, &p);
        if (!palette_failing(&p))
            return c;
    }
    palette_make(brand, s, NULL, &p);
    return p.v[TOKEN_ACCENT];
}
