#include <string.h>

#include "brand/brand_int.h"
#include "brand/image_int.h"
#include "crypto/crypto.h"
#include "q_brand.h"

static const char *const names[BRAND_IMAGE_COUNT] = {"logo", "logo-dark", "mark", "favicon"};

const char *brand_image_name(enum brand_image i)
{
    return names[i];
}

bool brand_image_find(struct str name, enum brand_image *out)
{
    for (int i = 0; i < BRAND_IMAGE_COUNT; i++)
        if (str_is(name, names[i])) {
            *out = (enum brand_image)i;
            return true;
        }
    return false;
}

static enum err image_store(struct scope *sc, const char *media_type, struct str content, struct bytes hash)
{
    struct q_brand_image_count_row count;

    TRY(sc, q_brand_image_count(sc, &count));
    if (count.images >= BRAND_IMAGES_MAX)
        return FAIL(sc, ERR_CONFLICT, "the brand's %d images are used up; use one that was uploaded before",
                    BRAND_IMAGES_MAX);
    return q_brand_image_put(sc,
                             &(struct q_brand_image_put_in){.partner_id = sc->tenant.partner_id,
                                                            .hash = hash,
                                                            .media_type = media_type,
                                                            .content = {content.p, content.n}},
                             NULL);
}

enum err brand_image_keep(struct scope *sc, const char *media_type, struct str content, struct bytes *out_hash)
{
    uint8_t *hash = arena_alloc(sc->arena, BRAND_HASH_BYTES);
    struct str made;
    enum err e;

    if (content.n > BRAND_IMAGE_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "the image is larger than %zu octets", BRAND_IMAGE_MAX);
    if (strcmp(media_type, "image/svg+xml") == 0)
        e = svg_rewrite(sc, content, &made);
    else if (strcmp(media_type, "image/png") == 0)
        e = png_rewrite(sc, content, &made);
    else
        return FAIL(sc, ERR_UNSUPPORTED, "send the image as image/svg+xml or image/png");
    if (e == ERR_INVALID)
        scope_problem(sc, "validation", 422);
    TRY(sc, e);
    crypto_hash(made.p, made.n, hash);
    TRY(sc, image_store(sc, media_type, made, (struct bytes){hash, BRAND_HASH_BYTES}));
    *out_hash = (struct bytes){hash, BRAND_HASH_BYTES};
    return OK;
}

enum err brand_image_get(struct scope *sc, struct bytes hash, const char **out_media_type, struct str *out_content)
{
    const struct q_brand_image_get_row *row;

    if (pack_image(hash, out_media_type, out_content))
        return OK;
    TRY(sc, q_brand_image_get(sc, &(struct q_brand_image_get_in){.hash = hash}, &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such image");
    *out_media_type = row->media_type;
    *out_content = (struct str){row->content.p, row->content.n};
    return OK;
}

/* Images of the pack a partner began with become its own when it begins to change the brand. */
enum err image_own(struct scope *sc, const struct brand *b)
{
    const char *media_type;
    struct str content;

    for (size_t i = 0; i < BRAND_IMAGE_COUNT; i++)
        if (b->images[i].n && pack_image(b->images[i], &media_type, &content))
            TRY(sc, image_store(sc, media_type, content, b->images[i]));
    return OK;
}
