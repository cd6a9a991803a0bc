#include "api/api_int.h"
#include "brand/brand.h"

/* What a colour becomes in the portal, before anybody keeps it: the page of the brand shows it while it is chosen. */
#define SHADES_MAX    40
#define CONTRASTS_MAX 40

static const struct wire_field shade_fields[] = {
    WIRE_TEXT(struct brand_shade, name, 20, "What it is for: accent, page, text and so on."),
    WIRE_TEXT(struct brand_shade, light, 7, "In the light scheme."),
    WIRE_TEXT(struct brand_shade, dark, 7, "In the dark scheme."),
    {},
};
static const struct wire shade_wire = {"BrandShade", sizeof(struct brand_shade), shade_fields};

static const struct wire_field contrast_fields[] = {
    WIRE_TEXT(struct brand_contrast, on, 20, "What stands on it."),
    WIRE_TEXT(struct brand_contrast, ground, 20, "What it stands on."),
    WIRE_DECIMAL(struct brand_contrast, light,
                 "How much they differ in the light scheme, as WCAG 2.2 counts: 1 to 21."),
    WIRE_DECIMAL(struct brand_contrast, dark, "How much they differ in the dark scheme."),
    WIRE_DECIMAL(struct brand_contrast, least, "How much they must differ."),
    {},
};
static const struct wire contrast_wire = {"BrandContrast", sizeof(struct brand_contrast), contrast_fields};

struct colours_view {
    struct wire_list colours, contrasts;
};
static const struct wire_field colours_fields[] = {
    WIRE_LIST(struct colours_view, colours, &shade_wire, SHADES_MAX, "Every colour that is derived."),
    WIRE_LIST(struct colours_view, contrasts, &contrast_wire, CONTRASTS_MAX, "What stands on what, and can be read."),
    {},
};
static const struct wire colours_wire = {"BrandColours", sizeof(struct colours_view), colours_fields};

static enum err colours_get(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    struct brand_shades s;
    struct colours_view v;

    TRY(sc, brand_shades(sc, rq_query(rq, "accent"), rq_query(rq, "accent_dark"), &s));
    v = (struct colours_view){{s.shades, s.shade_n}, {s.contrasts, s.contrast_n}};
    return rs_json(sc, rs, 200, &colours_wire, &v);
}

static const char *const colours_query[] = {"accent", "accent_dark", NULL};

const struct route api_brand_colours_routes[] = {
    {GET, "/v1/brand/colours", colours_get, .may = PERMISSION_BRAND_READ, .answers = &colours_wire,
     .query = colours_query, .name = "brand.colours.get", .summary = "What a colour becomes in both schemes."},
    {},
};
