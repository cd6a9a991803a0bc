#pragma once

#include "api/api_int.h"
#include "brand/brand.h"

/* Inside the room: what files that show a brand share. */
struct api_brand {
    struct brand brand;
    bool preview; /* the draft, for whoever holds a link to it */
    int64_t draft_version;
    const char *etag_prefix; /* NULL: by the brand's version */
};

/* The brand that this request is answered in: the host's published one, or its draft. */
enum err api_brand(struct scope *sc, const struct rq *rq, struct api_brand *out);
/* With an ETag of the brand's version and the content, and 304 for who has it already. */
enum err api_send(struct scope *sc, struct rs *rs, const struct rq *rq, const struct api_brand *on, const char *type,
                  struct str body);

/* Links to the draft: good for an hour, on the partner's own hosts. */
#define PREVIEW_US (INT64_C(3600) * 1000000)
const char *api_preview_make(struct scope *sc, int64_t until_us);
enum err api_preview_enter(struct scope *sc, struct rs *rs, const struct rq *rq);
