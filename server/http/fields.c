#include <dlfcn.h>
#include <h2o.h>
#include <h2o/http2.h>
#include <h2o/http2_internal.h>

#include "http/http_int.h"

/* What the library makes of a block of HTTP/2 fields, and what it should not: of two content-lengths it takes the last,
 * without a word, and it adds the fields of a trailer to those of the request, where a credential would count. Its
 * calls arrive here through its symbol table (guard_proof.c makes sure). */
static struct {
    int (*parse)(h2o_req_t *, h2o_hpack_header_table_t *, const uint8_t *, size_t, int *, size_t *,
                 h2o_cache_digests_t **, const char **);
    size_t (*number)(const char *, size_t);
} library;

static _Thread_local unsigned lengths; /* numbers read since a block began: only content-length has one */

__attribute__((constructor)) static void find_library(void)
{
    *(void **)&library.parse = dlsym(RTLD_NEXT, "h2o_hpack_parse_headers");
    *(void **)&library.number = dlsym(RTLD_NEXT, "h2o_strtosize");
}

size_t h2o_strtosize(const char *s, size_t len)
{
    lengths++;
    return library.number(s, len);
}

/* Without a map of pseudo-header fields it is a trailer, whose fields are read, for the table's sake, and dropped. */
int h2o_hpack_parse_headers(h2o_req_t *req, h2o_hpack_header_table_t *table, const uint8_t *src, size_t len,
                            int *pseudo_header_exists_map, size_t *content_length, h2o_cache_digests_t **digests,
                            const char **err_desc)
{
    size_t before = req->headers.size;
    int result;

    lengths = 0;
    result = library.parse(req, table, src, len, pseudo_header_exists_map, content_length, digests, err_desc);
    if (!pseudo_header_exists_map)
        req->headers.size = before;
    if (!pseudo_header_exists_map || result != 0 || lengths < 2)
        return result;
    *err_desc = "more than one content-length";
    return H2O_HTTP2_ERROR_INVALID_HEADER_CHAR; /* the request alone gets a 400 */
}
