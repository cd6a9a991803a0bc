#include "brand/brand_int.h"

static const char *ratio(struct scope *sc, const struct palette *p, const struct palette_pair *x)
{
    return arena_f(sc->arena, "%.2f", colour_contrast(p->v[x->on], p->v[x->ground]));
}

static enum err colour_asked(struct scope *sc, const char *member, struct str text, struct rgb *out)
{
    if (colour_parse(text, out))
        return OK;
    scope_item(sc, member, "not_a_colour", "must be a colour like #336699");
    return FAIL(sc, ERR_INVALID, "%s takes a colour like #336699", member);
}

/* The accent of the dark scheme as it is taken: the nearest that can be read in the place of one that cannot. */
static void dark_of(struct rgb brand, struct rgb *dark)
{
    struct palette p;

    palette_make(brand, SCHEME_DARK, dark, &p);
    if (palette_failing(&p))
        *dark = palette_nearest(brand, SCHEME_DARK, *dark);
}

enum err brand_shades(struct scope *sc, struct str accent, struct str accent_dark, struct brand_shades *out)
{
    struct palette p[SCHEME_COUNT];
    struct rgb brand, dark;

    TRY(sc, colour_asked(sc, "accent", accent, &brand));
    if (accent_dark.n) {
        TRY(sc, colour_asked(sc, "accent_dark", accent_dark, &dark));
        dark_of(brand, &dark);
    }
    palette_make(brand, SCHEME_LIGHT, NULL, &p[SCHEME_LIGHT]);
    palette_make(brand, SCHEME_DARK, accent_dark.n ? &dark : NULL, &p[SCHEME_DARK]);
    *out = (struct brand_shades){.shades = ARENA_ARRAY(sc->arena, struct brand_shade, TOKEN_COUNT),
                                 .contrasts = ARENA_ARRAY(sc->arena, struct brand_contrast, palette_pair_count),
                                 .shade_n = TOKEN_COUNT,
                                 .contrast_n = palette_pair_count};
    for (size_t i = 0; i < TOKEN_COUNT; i++)
        out->shades[i] = (struct brand_shade){palette_name((enum token)i), colour_text(sc->arena, p[SCHEME_LIGHT].v[i]),
                                              colour_text(sc->arena, p[SCHEME_DARK].v[i])};
    for (size_t i = 0; i < palette_pair_count; i++) {
        const struct palette_pair *x = &palette_pairs[i];

        out->contrasts[i] =
            (struct brand_contrast){palette_name(x->on), palette_name(x->ground), ratio(sc, &p[SCHEME_LIGHT], x),
                                    ratio(sc, &p[SCHEME_DARK], x), arena_f(sc->arena, "%.1f", x->least)};
    }
    return OK;
}
