#include <string.h>

#include "brand/brand_int.h"
#include "brand/image_int.h"
#include "q_brand.h"

const char *brand_author(struct scope *sc)
{
    static const char *const prefixes[ACTOR_COUNT] = {
        [ACTOR_API_KEY] = "key", [ACTOR_USER] = "usr", [ACTOR_CLIENT] = "cli", [ACTOR_OPERATOR] = "opr"};
    char text[TYPEID_TEXT_MAX + 1];

    if (!prefixes[sc->actor])
        return "system";
    typeid_format(prefixes[sc->actor], &sc->actor_id, text);
    return arena_strdup(sc->arena, text);
}

static enum err draft_read(struct scope *sc, const struct q_brand_draft_row *row, struct brand *out)
{
    *out = (struct brand){0};
    TRY(sc, brand_read(sc, row->document, out));
    memcpy(out->images, (struct bytes[]){row->logo, row->logo_dark, row->mark, row->favicon}, sizeof(out->images));
    return OK;
}

enum err brand_draft_get(struct scope *sc, struct brand *out, int64_t *out_version)
{
    const struct q_brand_draft_row *row;

    TRY(sc, q_brand_draft(sc, &row));
    if (row) {
        *out_version = row->row_version;
        return draft_read(sc, row, out);
    }
    TRY(sc, brand_published(sc, out));
    out->version = 0;
    *out_version = 0;
    return OK;
}

static const char *document_of(struct scope *sc, const struct brand *b)
{
    struct buf text;

    buf_init(&text, sc->arena, WIRE_TEXT_MAX);
    brand_document(&text, b);
    return buf_cstr(&text);
}

static enum err draft_begin(struct scope *sc, const struct brand *b, int64_t *out_version)
{
    const struct q_brand_draft_begin_row *row;

    TRY(sc, q_brand_draft_begin(sc,
                                &(struct q_brand_draft_begin_in){.partner_id = sc->tenant.partner_id,
                                                                 .document = document_of(sc, b),
                                                                 .logo = b->images[BRAND_LOGO],
                                                                 .logo_dark = b->images[BRAND_LOGO_DARK],
                                                                 .mark = b->images[BRAND_MARK],
                                                                 .favicon = b->images[BRAND_FAVICON],
                                                                 .changed_by = brand_author(sc)},
                                &row));
    *out_version = row ? row->row_version : 0;
    return OK;
}

enum err brand_draft_put(struct scope *sc, const struct brand *b, int64_t seen, int64_t *out_version)
{
    const struct q_brand_draft_change_row *row;

    TRY(sc, image_own(sc, b));
    if (seen == 0)
        return draft_begin(sc, b, out_version);
    TRY(sc, q_brand_draft_change(sc,
                                 &(struct q_brand_draft_change_in){.seen = seen,
                                                                   .document = document_of(sc, b),
                                                                   .logo = b->images[BRAND_LOGO],
                                                                   .logo_dark = b->images[BRAND_LOGO_DARK],
                                                                   .mark = b->images[BRAND_MARK],
                                                                   .favicon = b->images[BRAND_FAVICON],
                                                                   .changed_by = brand_author(sc)},
                                 &row));
    *out_version = row ? row->row_version : 0;
    return OK;
}
