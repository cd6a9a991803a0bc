#pragma once

#include <stdint.h>

/* Debian's libh2o-evloop-dev has http2_internal.h without this header, which that one includes. Only what it needs to
 * be read: the shape of a map from 64-bit keys (two bits a bucket, zero when it is taken), and a look-up that tries
 * every bucket, which for the streams of one connection are few.
 */
typedef uint32_t khint_t;
typedef khint_t khiter_t;

#define khash_t(name)     kh_##name##_t
#define kh_get(name, h, k) kh_get_##name(h, k)
#define kh_end(h)         ((h)->n_buckets)
#define kh_val(h, x)      ((h)->vals[x])

#define KHASH_MAP_INIT_INT64(name, value_type)                                                                         \
    typedef struct {                                                                                                   \
        khint_t n_buckets, size, n_occupied, upper_bound;                                                              \
        uint32_t *flags;                                                                                               \
        uint64_t *keys;                                                                                                \
        value_type *vals;                                                                                              \
    } kh_##name##_t;                                                                                                   \
                                                                                                                       \
    static inline khiter_t kh_get_##name(const kh_##name##_t *h, uint64_t key)                                         \
    {                                                                                                                  \
        for (khiter_t i = 0; i < h->n_buckets; i++)                                                                    \
            if (!(h->flags[i / 16] >> i % 16 * 2 & 3) && h->keys[i] == key)                                            \
                return i;                                                                                              \
        return h->n_buckets;                                                                                           \
    }
