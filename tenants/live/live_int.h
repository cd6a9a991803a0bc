#pragma once

#include "base/kept.h"
#include "live/live.h"
#include "maps/maps.h"
#include "xref/xref.h"

/* A version that is compiled, with the cross references it looks into. Of one thread; what has users stays. */
struct live_books {
    struct uuid partner_id, customer_id; /* whose they are: a version that is built in is shared, its books never */
    struct scope *keep;
    struct xref_snapshot *snapshot;
    unsigned users;
    bool replaced; /* whoever leaves it last frees it */
};

struct live_slot {
    struct kept_slot kept;  /* the compiled mapping lives in its keep */
    struct uuid mapping_id; /* an own one */
    int32_t version;        /* 0: shipped */
    const struct mapping_shipped *shipped;
    uint8_t brought[CRYPTO_HASH_BYTES]; /* of what a partner's own connector brings, its hash; zero: another */
    const struct mapping *mapping;
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct live_books *books; /* NULL: it looks into none, or they are not loaded */
};

/* The slot of a version, made when there is none. A user until live_leave. */
enum err live_enter(struct scope *sc, const struct live_in *in, int32_t version, struct live_slot **out);
void live_leave(struct live_slot *s);
/* Its cross references as they are now; NULL when it looks into none. A user until live_books_leave. */
enum err live_books_enter(struct scope *sc, struct live_slot *s, struct live_books **out);
void live_books_leave(struct live_books *b); /* takes NULL */
