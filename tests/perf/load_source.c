#include "perf/load_int.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, PREPARED_MAX = 1 << 30 };

static char *file_read(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        load_die("cannot read %s", path);
    long size = ftell(f);
    char *text = load_alloc((size_t)size + 1);
    rewind(f);
    if (size < 0 || fread(text, 1, (size_t)size, f) != (size_t)size)
        load_die("cannot read %s", path);
    fclose(f);
    *len = (size_t)size;
    return text;
}

static void template_cut(struct source *s, size_t len)
{
    static const char mark[] = "{{n}}";
    const char *at = s->text, *end = s->text + len, *next;
    size_t room = 8;

    s->parts = load_alloc(room * sizeof *s->parts);
    for (;; at = next + 5) {
        next = memmem(at, (size_t)(end - at), mark, 5);
        if (s->part_count == room) {
            room *= 2;
            s->parts = realloc(s->parts, room * sizeof *s->parts);
            if (!s->parts)
                abort();
        }
        s->parts[s->part_count++] = (struct part){.at = at, .len = (size_t)((next ? next : end) - at)};
        if (!next)
            return;
    }
}

void source_open(struct source *s, const struct options *o)
{
    size_t len = 0;

    *s = (struct source){.o = o};
    if (o->body_template)
        s->text = file_read(o->body_template, &len);
    if (s->text)
        template_cut(s, len);
    bool whole = o->requests && o->requests * (len + sizeof(struct item) + 64) < PREPARED_MAX;
    s->item_room = whole ? o->requests : BLOCK;
    s->items = load_alloc(s->item_room * sizeof(struct item *));
}

static void item_sign(const struct options *o, struct item *it)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (!o->hmac_key)
        return;
    if (!HMAC(EVP_sha256(), o->hmac_key, (int)strlen(o->hmac_key), (unsigned char *)it->body, it->len, mac, &len))
        load_die("cannot sign");
    EVP_EncodeBlock((unsigned char *)it->signature, mac, (int)len);
}

static struct item *item_make(struct source *s, uint64_t n)
{
    char number[NUMBER_MAX];
    size_t digits = (size_t)snprintf(number, sizeof number, "%" PRIu64, s->o->base + n), len = 0;

    for (size_t i = 0; i < s->part_count; i++)
        len += s->parts[i].len + (i ? digits : 0);
    struct item *it = load_alloc(sizeof *it + len + 1);
    memcpy(it->number, number, sizeof it->number);
    for (size_t i = 0; i < s->part_count; i++) {
        if (i) {
            memcpy(it->body + it->len, number, digits);
            it->len += digits;
        }
        memcpy(it->body + it->len, s->parts[i].at, s->parts[i].len);
        it->len += s->parts[i].len;
    }
    item_sign(s->o, it);
    return it;
}

void source_fill(struct source *s)
{
    uint64_t left = s->o->requests ? s->o->requests - s->made : UINT64_MAX;

    s->item_next = s->item_count = 0;
    while (s->item_count < s->item_room && s->item_count < left)
        s->items[s->item_count++] = item_make(s, s->made++);
}

struct item *source_next(struct source *s)
{
    if (s->item_next == s->item_count)
        source_fill(s);
    return s->item_next < s->item_count ? s->items[s->item_next++] : NULL;
}

void source_close(struct source *s)
{
    while (s->item_next < s->item_count)
        free(s->items[s->item_next++]);
    free(s->items);
    free(s->parts);
    free(s->text);
}
