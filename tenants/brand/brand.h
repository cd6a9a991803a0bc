#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "json/wire.h"

/* brand: how a partner's portal, mail and documents look and speak: one published version at a time, and a draft beside
 * it. Nothing here, and nothing made from it, names anyone but the partner. A brand is one colour and a few words;
 * every other colour is derived, so that no brand can be unreadable. The fact people get wrong: a published version
 * never changes; to go back is to publish a copy.
 */
#define BRAND_IMAGE_MAX  ((size_t)200 * 1024)
#define BRAND_IMAGES_MAX 500 /* of a partner, over all versions */
#define BRAND_HASH_BYTES 32

enum brand_image { BRAND_LOGO, BRAND_LOGO_DARK, BRAND_MARK, BRAND_FAVICON, BRAND_IMAGE_COUNT };
const char *brand_image_name(enum brand_image i); /* "logo-dark" */
bool brand_image_find(struct str name, enum brand_image *out);

struct brand {
    int32_t version;         /* 0: nothing was published yet, this is the pack the partner began with */
    const char *name;        /* of the portal: what people see first */
    const char *product;     /* what the portal is called in a sentence: "hub"; "" when not given */
    const char *accent;      /* "#0f6b5c": the one colour from which all others derive */
    const char *accent_dark; /* of the dark scheme, taken as it is; "": derived */
    const char *support_name, *support_email, *support_phone, *support_url; /* "" when not given */
    const char *terms_url, *privacy_url, *imprint_url;                      /* "" when not given */
    const char *login_text;                         /* a sentence on the sign-in page; "" when not given */
    const char *mail_from_name, *mail_from_address; /* "" address: the installation's relay address */
    int64_t radius;                                 /* of controls, 0 to 14 px */
    const char *density;                            /* "normal", "compact" */
    struct str words;                               /* {"de":{"Orders":"Aufträge"}}; empty: none */
    struct bytes images[BRAND_IMAGE_COUNT];         /* their hashes; absent: made from the name and the colour */
};

/* The document: what people write and what is stored. */
extern const struct wire brand_wire;

/* Packs: folders with brand.json, logo.svg, mark.svg and the rest, read once before any thread serves. */
enum err brand_packs_load(struct scope *sc, const char *folder);
void brand_packs_unload(void);
/* One folder, as a draft would be judged, images too. Blocking. */
enum err brand_pack_check(struct scope *sc, const char *folder);

/* Of the scope's partner. Up to a second old; parks otherwise. Texts live as long as the scope. */
enum err brand_published(struct scope *sc, struct brand *out);
void brand_thread_end(void); /* forgets what this thread remembers */
/* Of nobody: an unknown host's. */
void brand_neutral(struct scope *sc, struct brand *out);

/* Every fault is an item; ERR_INVALID then. What was left out becomes "". */
enum err brand_judge(struct scope *sc, struct brand *b);

/* The draft, or what it would begin with: then the version is 0. */
enum err brand_draft_get(struct scope *sc, struct brand *out, int64_t *out_version);
/* b has been judged. *out_version 0: somebody has changed the draft meanwhile, nothing was kept. */
enum err brand_draft_put(struct scope *sc, const struct brand *b, int64_t seen, int64_t *out_version);
/* Keeps an image in the form it will be served in; ERR_INVALID for what is no such image, ERR_UNSUPPORTED for another
 * type than SVG and PNG. */
enum err brand_image_keep(struct scope *sc, const char *media_type, struct str content, struct bytes *out_hash);
/* ERR_NOT_FOUND when this brand has no such image. */
enum err brand_image_get(struct scope *sc, struct bytes hash, const char **out_media_type, struct str *out_content);

/* The draft becomes the version that is shown. ERR_CONFLICT without a draft. comment NULL: none. */
enum err brand_publish(struct scope *sc, const char *comment, int32_t *out_version);
/* A copy of an older version becomes the one that is shown. */
enum err brand_restore(struct scope *sc, int32_t version, const char *comment, int32_t *out_version);

enum err brand_version_read(struct scope *sc, int32_t version, struct brand *out); /* or ERR_NOT_FOUND */

struct brand_version {
    int64_t version;
    const char *status;  /* "published", "retired" */
    struct brand brand;  /* without images */
    const char *comment; /* NULL: none */
    int64_t restores;    /* the version it is a copy of; 0: of none */
    int64_t published_at;
    const char *published_by; /* "usr_…" */
};
/* Newest first, those before a version. */
enum err brand_version_list(struct scope *sc, int32_t before, size_t limit, struct brand_version **out, size_t *out_n);

/* Custom properties for a style sheet: light, dark, and by a data-theme attribute. */
void brand_theme(struct buf *out, const struct brand *b);
/* What a colour becomes: every colour derived from it, and by how much those that stand on each other differ. */
struct brand_shade {
    const char *name, *light, *dark; /* "accent-soft", "#e8f5f1", "#10362e" */
};
struct brand_contrast {
    const char *on, *ground, *light, *dark, *least; /* "muted", "sunken", and WCAG's ratios as "5.90" */
};
struct brand_shades {
    struct brand_shade *shades;
    struct brand_contrast *contrasts;
    size_t shade_n, contrast_n;
};
/* ERR_INVALID, with an item, for what is no colour. accent_dark empty: derived; one that cannot be read gives way to
 * the nearest that can. */
enum err brand_shades(struct scope *sc, struct str accent, struct str accent_dark, struct brand_shades *out);
/* A drawing with the name's first letter on the brand's colour. */
void brand_initial(struct buf *out, const struct brand *b);
/* "#rrggbb" of the light scheme's page and accent, for places that know no style sheet. */
const char *brand_accent_light(struct scope *sc, const struct brand *b);
void brand_document(struct buf *out, const struct brand *b);

/* Who the scope's actor is, as it is kept beside what he did: "usr_…". */
const char *brand_author(struct scope *sc);
