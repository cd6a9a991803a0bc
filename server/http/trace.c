#include <string.h>

#include "http/http_int.h"

#define PARENT_LEN 55 /* "00-" trace of 32 "-" parent of 16 "-" flags of 2 */
#define TRACE_AT   3
#define TRACE_LEN  32
#define SPAN_AT    36
#define SPAN_LEN   16

static bool is_hex(struct str s, size_t at, size_t n)
{
    return strspn(s.p + at, "0123456789abcdef") >= n;
}

static bool is_zero(struct str s, size_t at, size_t n)
{
    return strspn(s.p + at, "0") >= n;
}

/* Later versions may say more behind what this one knows; ff is none. */
static bool parent_is_valid(struct str s)
{
    if (s.n < PARENT_LEN || s.p[2] != '-' || s.p[35] != '-' || s.p[52] != '-')
        return false;
    if (!is_hex(s, 0, 2) || !is_hex(s, TRACE_AT, TRACE_LEN) || !is_hex(s, SPAN_AT, SPAN_LEN) || !is_hex(s, 53, 2))
        return false;
    if (is_zero(s, TRACE_AT, TRACE_LEN) || is_zero(s, SPAN_AT, SPAN_LEN) || str_starts(s, "ff"))
        return false;
    return s.n == PARENT_LEN || (!str_starts(s, "00") && s.p[PARENT_LEN] == '-');
}

void trace_read(struct scope *sc, const struct rq *rq)
{
    struct str said = rq_header(rq, "traceparent");

    if (rq_header_count(rq, "traceparent") != 1)
        return;
    said.p = str_dup(sc->arena, said); /* ends with a NUL, for strspn */
    if (parent_is_valid(said))
        sc->trace_id = arena_strndup(sc->arena, said.p + TRACE_AT, TRACE_LEN);
}
