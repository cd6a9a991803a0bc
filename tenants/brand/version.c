#include <string.h>

#include "brand/brand_int.h"
#include "q_brand.h"

static enum err publish(struct scope *sc, struct q_brand_publish_in *in, int32_t *out_version)
{
    struct q_brand_publish_row made;

    in->partner_id = sc->tenant.partner_id;
    in->published_by = brand_author(sc);
    TRY(sc, q_brand_retire(sc, NULL));
    TRY(sc, q_brand_publish(sc, in, &made));
    *out_version = made.version;
    return OK;
}

enum err brand_publish(struct scope *sc, const char *comment, int32_t *out_version)
{
    const struct q_brand_draft_row *d;

    TRY(sc, q_brand_draft(sc, &d));
    if (!d)
        return FAIL(sc, ERR_CONFLICT, "there is no draft to publish");
    return publish(sc,
                   &(struct q_brand_publish_in){.document = d->document,
                                                .logo = d->logo,
                                                .logo_dark = d->logo_dark,
                                                .mark = d->mark,
                                                .favicon = d->favicon,
                                                .comment = comment},
                   out_version);
}

enum err brand_restore(struct scope *sc, int32_t version, const char *comment, int32_t *out_version)
{
    const struct q_brand_version_get_row *v;

    TRY(sc, q_brand_version_get(sc, &(struct q_brand_version_get_in){.version = version}, &v));
    if (!v)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such version");
    return publish(sc,
                   &(struct q_brand_publish_in){.document = v->document,
                                                .logo = v->logo,
                                                .logo_dark = v->logo_dark,
                                                .mark = v->mark,
                                                .favicon = v->favicon,
                                                .comment = comment,
                                                .has_restores = true,
                                                .restores = version},
                   out_version);
}

enum err brand_version_read(struct scope *sc, int32_t version, struct brand *out)
{
    const struct q_brand_version_get_row *v;

    TRY(sc, q_brand_version_get(sc, &(struct q_brand_version_get_in){.version = version}, &v));
    if (!v)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such version");
    *out = (struct brand){0};
    TRY(sc, brand_read(sc, v->document, out));
    out->version = version;
    memcpy(out->images, (struct bytes[]){v->logo, v->logo_dark, v->mark, v->favicon}, sizeof(out->images));
    return OK;
}

enum err brand_version_list(struct scope *sc, int32_t before, size_t limit, struct brand_version **out, size_t *out_n)
{
    struct q_brand_version_list_rows rows;
    struct brand_version *v;

    TRY(sc,
        q_brand_version_list(sc, &(struct q_brand_version_list_in){.before = before, .most = (int32_t)limit}, &rows));
    v = ARENA_ARRAY(sc->arena, struct brand_version, rows.n);
    for (size_t i = 0; i < rows.n; i++) {
        TRY(sc, brand_read(sc, rows.v[i].document, &v[i].brand));
        v[i].version = rows.v[i].version;
        v[i].status = rows.v[i].status;
        v[i].comment = rows.v[i].comment;
        v[i].restores = rows.v[i].restores;
        v[i].published_at = rows.v[i].published_at_us;
        v[i].published_by = rows.v[i].published_by;
    }
    *out = v;
    *out_n = rows.n;
    return OK;
}
