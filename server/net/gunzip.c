#include <string.h>
#include <zlib.h>

#include "base/must.h"
#include "net/net.h"

/* What a document's own compression hides: libcurl undoes that of a transfer alone. */

#define WINDOW_GZIP (15 + 16) /* the largest window, and a gzip head */
#define FIRST       65536

static char *grown(struct scope *sc, char *text, size_t size, size_t *room, size_t most)
{
    size_t next = *room ? 2 * *room : FIRST;
    char *more;

    next = next < most + 1 ? next : most + 1;
    more = arena_alloc(sc->arena, next + 1);
    memcpy(more, text ? text : "", size);
    *room = next;
    return more;
}

/* Member after member, to the end of what was given. */
static enum err inflate_all(struct scope *sc, z_stream *z, size_t most, struct str *out)
{
    char *text = NULL;
    size_t n = 0, room = 0;
    int e = Z_OK;

    while (e == Z_OK || (e == Z_STREAM_END && z->avail_in > 0)) {
        if (e == Z_STREAM_END && inflateReset(z) != Z_OK)
            break;
        if (n == room) {
            if (n > most)
                return FAIL(sc, ERR_TOO_LARGE, "the document has more than %zu octets", most);
            text = grown(sc, text, n, &room, most);
        }
        z->next_out = (unsigned char *)text + n;
        z->avail_out = (unsigned)(room - n);
        e = inflate(z, Z_NO_FLUSH);
        n = room - z->avail_out;
    }
    if (e == Z_BUF_ERROR || e != Z_STREAM_END)
        return FAIL(sc, ERR_INVALID, "the document is no whole gzip");
    if (n > most)
        return FAIL(sc, ERR_TOO_LARGE, "the document has more than %zu octets", most);
    text[n] = '\0';
    *out = (struct str){text, n};
    return OK;
}

enum err net_gunzip(struct scope *sc, struct str in, size_t most, struct str *out)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (unsigned)in.n};
    enum err e;

    MUST_BE(in.n < ((size_t)1 << 31) && most < ((size_t)1 << 31));
    if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
        out_of_memory();
    e = inflate_all(sc, &z, most, out);
    inflateEnd(&z);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}
