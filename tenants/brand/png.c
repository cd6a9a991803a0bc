#include <string.h>

#include "brand/image_int.h"

/* A PNG file (ISO/IEC 15948) chunk by chunk: only those that make the picture are kept, so neither a camera's notes nor
 * another file behind the end go along. The picture itself is left as it is; browsers draw it in an <img> alone. */
#define SIDE_MAX   4096u
#define PIXELS_MAX (4096u * 1024u)

static const char signature[] = "\x89PNG\r\n\x1a\n";
#define SIGNATURE_N 8u

static uint32_t number(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;

    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static uint32_t crc(const char *p, size_t n)
{
    uint32_t c = 0xffffffff;

    for (size_t i = 0; i < n; i++) {
        c ^= (unsigned char)p[i];
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
    }
    return ~c;
}

struct chunk {
    struct str type;
    struct str data;
    struct str whole; /* with length and check */
};

static bool chunk_take(struct str *rest, struct chunk *out)
{
    uint32_t n;

    if (rest->n < 12)
        return false;
    n = number(rest->p);
    if (n > rest->n - 12 || crc(rest->p + 4, n + 4) != number(rest->p + 8 + n))
        return false;
    *out = (struct chunk){{rest->p + 4, 4}, {rest->p + 8, n}, {rest->p, n + 12}};
    rest->p += n + 12;
    rest->n -= n + 12;
    return true;
}

static bool kept(struct str type)
{
    static const char *const names[] = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "pHYs"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_is(type, names[i]))
            return true;
    return false;
}

/* The third bit of the first letter is set in what a reader may pass over. */
static bool is_needed(struct str type)
{
    return !(type.p[0] & 0x20);
}

static enum err head_check(struct scope *sc, const struct chunk *c)
{
    uint32_t w, h;

    if (!str_is(c->type, "IHDR") || c->data.n != 13)
        return FAIL(sc, ERR_INVALID, "the PNG file does not begin with its header");
    w = number(c->data.p);
    h = number(c->data.p + 4);
    if (w == 0 || h == 0 || w > SIDE_MAX || h > SIDE_MAX || w * h > PIXELS_MAX)
        return FAIL(sc, ERR_INVALID, "the PNG file must have sides of 1 to %u and at most %u pixels", SIDE_MAX,
                    PIXELS_MAX);
    return OK;
}

enum err png_rewrite(struct scope *sc, struct str in, struct str *out)
{
    struct str rest = in;
    struct chunk c = {0};
    bool pictured = false;
    struct buf b;

    if (in.n < SIGNATURE_N || memcmp(in.p, signature, SIGNATURE_N) != 0)
        return FAIL(sc, ERR_INVALID, "this is not a PNG file");
    rest.p += SIGNATURE_N;
    rest.n -= SIGNATURE_N;
    buf_init(&b, sc->arena, BRAND_IMAGE_MAX);
    buf_add(&b, signature, SIGNATURE_N);
    for (size_t i = 0; !str_is(c.type, "IEND"); i++) {
        if (!chunk_take(&rest, &c))
            return FAIL(sc, ERR_INVALID, "the PNG file is damaged");
        if (i == 0)
            TRY(sc, head_check(sc, &c));
        if (!kept(c.type) && is_needed(c.type))
            return FAIL(sc, ERR_INVALID, "the PNG file holds a part that is not known");
        pictured = pictured || str_is(c.type, "IDAT");
        if (kept(c.type))
            buf_add(&b, c.whole.p, c.whole.n);
    }
    if (rest.n || !pictured)
        return FAIL(sc, ERR_INVALID, rest.n ? "the PNG file goes on behind its end" : "the PNG file has no picture");
    *out = buf_str(&b);
    return OK;
}
