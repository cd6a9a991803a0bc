#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "brand/brand_int.h"
#include "brand/image_int.h"
#include "crypto/crypto.h"

/* Brands that come with the installation, in folders: what a partner begins with. Ours or the operator's, and judged as
 * any other. Kept for the life of the process in one scope. */
#define PACKS_MAX    64
#define DOCUMENT_MAX ((size_t)64 * 1024)
#define NEUTRAL      "neutral"

struct image {
    const char *media_type; /* NULL: the pack has none */
    struct str content;
    uint8_t hash[BRAND_HASH_BYTES];
};

struct pack {
    char name[41];
    struct brand brand;
    struct image images[BRAND_IMAGE_COUNT];
};

static struct pack *packs;
static size_t pack_count;
static struct scope *keeper;

static enum err read_file(struct scope *sc, const char *path, size_t max, struct str *out, bool *out_there)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t n;

    *out_there = f != NULL;
    if (!f)
        return OK;
    text = arena_alloc(sc->arena, max + 1);
    n = fread(text, 1, max + 1, f);
    fclose(f);
    if (n > max)
        return FAIL(sc, ERR_TOO_LARGE, "%s is larger than %zu octets", path, max);
    text[n] = '\0';
    *out = (struct str){text, n};
    return OK;
}

static enum err image_read(struct scope *sc, const char *folder, enum brand_image which, struct image *out)
{
    static const char *const endings[] = {"svg", "png"};
    struct str text;
    bool there;

    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        const char *path = arena_f(sc->arena, "%s/%s.%s", folder, brand_image_name(which), endings[i]);

        TRY(sc, read_file(sc, path, BRAND_IMAGE_MAX, &text, &there));
        if (!there)
            continue;
        TRY(sc, i == 0 ? svg_rewrite(sc, text, &out->content) : png_rewrite(sc, text, &out->content));
        out->media_type = i == 0 ? "image/svg+xml" : "image/png";
        crypto_hash(out->content.p, out->content.n, out->hash);
        return OK;
    }
    return OK;
}

static enum err pack_read(struct scope *sc, const char *folder, struct pack *out)
{
    struct str text;
    bool there;

    TRY(sc, read_file(sc, arena_f(sc->arena, "%s/brand.json", folder), DOCUMENT_MAX, &text, &there));
    if (!there)
        return FAIL(sc, ERR_NOT_FOUND, "%s/brand.json cannot be read", folder);
    TRY(sc, wire_decode(sc, &brand_wire, text, &out->brand));
    TRY(sc, brand_judge(sc, &out->brand));
    for (int i = 0; i < BRAND_IMAGE_COUNT; i++)
        TRY(sc, image_read(sc, folder, (enum brand_image)i, &out->images[i]));
    return OK;
}

enum err brand_pack_check(struct scope *sc, const char *folder)
{
    return pack_read(sc, folder, ARENA_NEW(sc->arena, struct pack));
}

static int is_name(const struct dirent *d)
{
    return d->d_name[0] != '.' && strlen(d->d_name) < sizeof(((struct pack *)0)->name) &&
           strspn(d->d_name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(d->d_name);
}

/* What is wrong with it, in one line. */
static const char *fault_text(const struct scope *sc)
{
    const struct fault *f = scope_fault(sc);

    return f->items ? arena_f(sc->arena, "%s %s", f->items->pointer, f->items->detail) : f->message;
}

static enum err pack_take(struct scope *sc, const char *folder, const char *name)
{
    struct pack *p = &packs[pack_count];
    struct str text;
    bool there;

    TRY(sc, read_file(sc, arena_f(keeper->arena, "%s/%s/brand.json", folder, name), DOCUMENT_MAX, &text, &there));
    if (!there)
        return OK; /* another folder: templates and the like */
    if (pack_count == PACKS_MAX)
        return FAIL(sc, ERR_LIMIT, "there are more than %d brands in %s", PACKS_MAX, folder);
    if (pack_read(keeper, arena_f(keeper->arena, "%s/%s", folder, name), p) != OK)
        return FAIL(sc, ERR_INVALID, "the brand %s cannot be used: %s", name, fault_text(keeper));
    memcpy(p->name, name, strlen(name) + 1); /* is_name has seen that it fits */
    pack_count++;
    return OK;
}

enum err brand_packs_load(struct scope *sc, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_name, alphasort);
    enum err e = OK;

    if (n < 0)
        return FAIL(sc, ERR_NOT_FOUND, "the folder %s cannot be read", folder);
    brand_packs_unload();
    keeper = scope_new();
    packs = ARENA_ARRAY(keeper->arena, struct pack, PACKS_MAX + 1);
    for (int i = 0; i < n; i++) {
        if (e == OK)
            e = pack_take(sc, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return e;
}

void brand_packs_unload(void)
{
    scope_free(keeper);
    keeper = NULL;
    packs = NULL;
    pack_count = 0;
}

static const struct pack *pack_find(const char *name)
{
    for (size_t i = 0; i < pack_count; i++)
        if (strcmp(packs[i].name, name) == 0)
            return &packs[i];
    return NULL;
}

/* Texts of a pack live as long as the process. */
void pack_brand(struct scope *sc, const char *name, struct brand *out)
{
    const struct pack *p = pack_find(name);

    if (!p)
        p = pack_find(NEUTRAL);
    if (!p) { /* a tool, or a test, that has no folder of brands */
        *out = (struct brand){.name = "", .accent = "#4a5568", .radius = 8, .density = "normal"};
        MUST_BE(brand_judge(sc, out) == OK);
        return;
    }
    *out = p->brand;
    for (size_t i = 0; i < BRAND_IMAGE_COUNT; i++)
        if (p->images[i].media_type)
            out->images[i] = (struct bytes){p->images[i].hash, BRAND_HASH_BYTES};
}

bool pack_image(struct bytes hash, const char **out_media_type, struct str *out_content)
{
    for (size_t i = 0; i < pack_count * BRAND_IMAGE_COUNT; i++) {
        const struct image *m = &packs[i / BRAND_IMAGE_COUNT].images[i % BRAND_IMAGE_COUNT];

        if (m->media_type && hash.n == BRAND_HASH_BYTES && memcmp(m->hash, hash.p, BRAND_HASH_BYTES) == 0) {
            *out_media_type = m->media_type;
            *out_content = m->content;
            return true;
        }
    }
    return false;
}
