#include "db/db.h"

#include <limits.h>
#include <string.h>

/* The binary wire format: integers in network order, times in microseconds since 2000. */
#define EPOCH_2000_US ((int64_t)946684800 * 1000000)

static void *store32(void *p, uint32_t v)
{
    v = __builtin_bswap32(v);
    return (char *)memcpy(p, &v, sizeof(v)) + sizeof(v);
}

static void *store64(void *p, uint64_t v)
{
    v = __builtin_bswap64(v);
    return (char *)memcpy(p, &v, sizeof(v)) + sizeof(v);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stores swap octets");

/* Out of range on either side is the server's infinity. */
static uint64_t time_to_wire(int64_t us)
{
    int64_t v;

    if (us == INT64_MAX)
        return INT64_MAX;
    return (uint64_t)(__builtin_sub_overflow(us, EPOCH_2000_US, &v) ? INT64_MIN : v);
}

static int64_t time_from_wire(int64_t v)
{
    int64_t us;

    if (v == INT64_MIN)
        return INT64_MIN;
    return __builtin_add_overflow(v, EPOCH_2000_US, &us) ? INT64_MAX : us;
}

struct db_value db_put_uuid(struct scope *sc, const struct uuid *v)
{
    return (struct db_value){arena_memdup(sc->arena, v, sizeof(*v)), sizeof(*v)};
}

static int length_of(size_t n)
{
    MUST_BE(n <= INT_MAX);
    return (int)n;
}

struct db_value db_put_text(const char *v)
{
    return (struct db_value){v, v ? length_of(strlen(v)) : 0};
}

struct db_value db_put_bytes(struct bytes v)
{
    return (struct db_value){v.p, length_of(v.n)};
}

struct db_value db_put_int(struct scope *sc, int32_t v)
{
    void *p = arena_alloc(sc->arena, sizeof(v));

    store32(p, (uint32_t)v);
    return (struct db_value){p, sizeof(v)};
}

static struct db_value put64(struct scope *sc, uint64_t v)
{
    void *p = arena_alloc(sc->arena, sizeof(v));

    store64(p, v);
    return (struct db_value){p, sizeof(v)};
}

struct db_value db_put_bigint(struct scope *sc, int64_t v)
{
    return put64(sc, (uint64_t)v);
}

struct db_value db_put_time(struct scope *sc, int64_t us)
{
    return put64(sc, time_to_wire(us));
}

struct db_value db_put_bool(bool v)
{
    static const char octets[] = {0, 1};

    return (struct db_value){&octets[v], 1};
}

struct uuid db_get_uuid(const struct db_value *v)
{
    struct uuid id = {{0}};

    if (v->p && v->n == sizeof(id))
        memcpy(&id, v->p, sizeof(id));
    return id;
}

/* The cell lives in the scope's arena already, and db_query left a NUL behind it. */
const char *db_get_text(struct scope *sc, const struct db_value *v)
{
    (void)sc;
    return v->p;
}

struct bytes db_get_bytes(const struct db_value *v)
{
    return (struct bytes){v->p, (size_t)v->n};
}

int32_t db_get_int(const struct db_value *v)
{
    uint32_t x = 0;

    if (v->p && v->n == sizeof(x))
        memcpy(&x, v->p, sizeof(x));
    return (int32_t)__builtin_bswap32(x);
}

int64_t db_get_bigint(const struct db_value *v)
{
    uint64_t x = 0;

    if (v->p && v->n == sizeof(x))
        memcpy(&x, v->p, sizeof(x));
    return (int64_t)__builtin_bswap64(x);
}

bool db_get_bool(const struct db_value *v)
{
    return v->p && v->n == 1 && *(const char *)v->p;
}

int64_t db_get_time(const struct db_value *v)
{
    return v->p ? time_from_wire(db_get_bigint(v)) : 0;
}

/* An array of one dimension that starts at 1: its head, then a length and the octets of each element. */
struct array {
    struct db_value value;
    char *at;
};

enum { ARRAY_HEAD = 20, ELEMENT_HEAD = 4 };

static struct array array_new(struct scope *sc, unsigned type, size_t n, size_t octets)
{
    size_t size = ARRAY_HEAD + n * ELEMENT_HEAD + octets;
    struct array a = {.at = arena_alloc(sc->arena, size)};

    a.value = (struct db_value){a.at, n ? length_of(size) : 12};
    a.at = store32(a.at, n ? 1 : 0);
    a.at = store32(a.at, 1); /* may hold nulls */
    a.at = store32(a.at, type);
    if (n) {
        a.at = store32(a.at, (uint32_t)n);
        a.at = store32(a.at, 1);
    }
    return a;
}

static void array_add(struct array *a, const void *p, size_t n)
{
    a->at = store32(a->at, p ? (uint32_t)length_of(n) : UINT32_MAX);
    if (p && n) {
        memcpy(a->at, p, n);
        a->at += n;
    }
}

static void array_add64(struct array *a, uint64_t v)
{
    a->at = store64(store32(a->at, 8), v);
}

struct db_value db_put_uuids(struct scope *sc, const struct uuid *v, size_t n)
{
    struct array a = array_new(sc, 2950, n, n * sizeof(*v));

    for (size_t i = 0; i < n; i++)
        array_add(&a, &v[i], sizeof(v[i]));
    return a.value;
}

struct db_value db_put_texts(struct scope *sc, const char *const *v, size_t n)
{
    size_t octets = 0;
    struct array a;

    for (size_t i = 0; i < n; i++)
        octets += v[i] ? strlen(v[i]) : 0;
    a = array_new(sc, 25, n, octets);
    for (size_t i = 0; i < n; i++)
        array_add(&a, v[i], v[i] ? strlen(v[i]) : 0);
    return a.value;
}

struct db_value db_put_bytess(struct scope *sc, const struct bytes *v, size_t n)
{
    size_t octets = 0;
    struct array a;

    for (size_t i = 0; i < n; i++)
        octets += v[i].p ? v[i].n : 0;
    a = array_new(sc, 17, n, octets);
    for (size_t i = 0; i < n; i++)
        array_add(&a, v[i].p, v[i].n);
    return a.value;
}

struct db_value db_put_ints(struct scope *sc, const int32_t *v, size_t n)
{
    struct array a = array_new(sc, 23, n, n * sizeof(*v));

    for (size_t i = 0; i < n; i++)
        a.at = store32(store32(a.at, 4), (uint32_t)v[i]);
    return a.value;
}

struct db_value db_put_bigints(struct scope *sc, const int64_t *v, size_t n)
{
    struct array a = array_new(sc, 20, n, n * sizeof(*v));

    for (size_t i = 0; i < n; i++)
        array_add64(&a, (uint64_t)v[i]);
    return a.value;
}

struct db_value db_put_bools(struct scope *sc, const bool *v, size_t n)
{
    struct array a = array_new(sc, 16, n, n);

    for (size_t i = 0; i < n; i++)
        array_add(&a, &(const char){v[i]}, 1);
    return a.value;
}

struct db_value db_put_times(struct scope *sc, const int64_t *v, size_t n)
{
    struct array a = array_new(sc, 1184, n, n * sizeof(*v));

    for (size_t i = 0; i < n; i++)
        array_add64(&a, time_to_wire(v[i]));
    return a.value;
}
