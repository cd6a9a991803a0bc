#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "brand/brand_int.h"
#include "q_brand.h"
#include "sys/loop.h"

/* A thread's short memory of what is published: by partner, each good for a second, so that a new version is everywhere
 * within that. */
#define PLACES  1024
#define LIFE_US 1000000

/* One block: the head, then name, pack and document. */
struct memory {
    int32_t version;
    bool has[BRAND_IMAGE_COUNT];
    uint8_t hash[BRAND_IMAGE_COUNT][BRAND_HASH_BYTES];
    size_t pack, document; /* where they begin */
    char text[];
};

struct place {
    struct uuid partner_id;
    int64_t until_us;
    struct memory *m;
};

static _Thread_local struct place places[PLACES];

static struct place *place_of(const struct uuid *partner_id)
{
    return &places[((size_t)partner_id->b[14] << 8 | partner_id->b[15]) % PLACES];
}

static void hashes_keep(struct memory *m, const struct bytes images[BRAND_IMAGE_COUNT])
{
    for (size_t i = 0; i < BRAND_IMAGE_COUNT; i++) {
        m->has[i] = images[i].n == BRAND_HASH_BYTES;
        if (m->has[i])
            memcpy(m->hash[i], images[i].p, BRAND_HASH_BYTES);
    }
}

static struct memory *memory_new(const struct q_brand_published_row *row)
{
    const char *document = row->document ? row->document : "";
    size_t name = strlen(row->name) + 1, pack = strlen(row->pack) + 1, n = strlen(document) + 1;
    struct memory *m = malloc(sizeof(*m) + name + pack + n);

    if (!m)
        out_of_memory();
    m->version = row->version;
    m->pack = name;
    m->document = name + pack;
    memcpy(m->text, row->name, name);
    memcpy(m->text + m->pack, row->pack, pack);
    memcpy(m->text + m->document, document, n);
    hashes_keep(m, (struct bytes[]){row->logo, row->logo_dark, row->mark, row->favicon});
    return m;
}

static enum err memory_read(struct scope *sc, const struct memory *m, struct brand *out)
{
    if (!m->text[m->document]) {
        pack_brand(sc, arena_strdup(sc->arena, m->text + m->pack), out);
        out->name = arena_strdup(sc->arena, m->text);
        if (!*out->mail_from_name)
            out->mail_from_name = out->name;
        return OK;
    }
    *out = (struct brand){.version = m->version};
    TRY(sc, brand_read(sc, arena_strdup(sc->arena, m->text + m->document), out));
    out->version = m->version;
    for (size_t i = 0; i < BRAND_IMAGE_COUNT; i++)
        if (m->has[i])
            out->images[i] = (struct bytes){arena_memdup(sc->arena, m->hash[i], BRAND_HASH_BYTES), BRAND_HASH_BYTES};
    if (!*out->mail_from_name)
        out->mail_from_name = out->name;
    return OK;
}

enum err brand_published(struct scope *sc, struct brand *out)
{
    struct place *p = place_of(&sc->tenant.partner_id);
    struct q_brand_published_row row;

    if (!p->m || p->until_us <= loop_now_us() || !uuid_equal(&p->partner_id, &sc->tenant.partner_id)) {
        TRY(sc, q_brand_published(sc, &row));
        free(p->m);
        *p = (struct place){sc->tenant.partner_id, loop_now_us() + LIFE_US, memory_new(&row)};
    }
    return memory_read(sc, p->m, out);
}

void brand_thread_end(void)
{
    for (size_t i = 0; i < PLACES; i++) {
        free(places[i].m);
        places[i] = (struct place){0};
    }
}

void brand_neutral(struct scope *sc, struct brand *out)
{
    pack_brand(sc, "neutral", out);
    out->name = "";
}
