#include <stdlib.h>
#include <string.h>

#include "access/access_int.h"
#include "base/memory.h"
#include "db/db.h"
#include "q_callers.h"
#include "sys/loop.h"

static _Thread_local struct memory keys;

#define NOTE_US (INT64_C(60) * 1000000) /* a key's last use is told to the minute */

struct key_memory {
    struct caller caller;
    int64_t noted_us; /* when its use was last noted */
    size_t net_count;
    struct access_net nets[];
};

static enum err refuse(struct scope *sc)
{
    return FAIL(sc, ERR_UNAUTHENTICATED, "this is not a valid API key");
}

/* An address that cannot be read, which the making refuses, is one that nobody has. */
static size_t nets_read(struct scope *sc, const char *addresses, struct access_net out[ACCESS_ADDRESSES_MAX])
{
    size_t n = 0;

    for (const char *at = addresses; *at && n < ACCESS_ADDRESSES_MAX;) {
        size_t length = strcspn(at, ",");

        if (!access_net_parse(arena_strndup(sc->arena, at, length), &out[n]))
            out[n] = (struct access_net){.bits = 128};
        n++;
        at += length + (at[length] == ',');
    }
    return n;
}

static struct key_memory *remember(struct scope *sc, const struct q_key_find_row *row)
{
    struct access_net nets[ACCESS_ADDRESSES_MAX];
    size_t n = nets_read(sc, row->addresses, nets);
    struct key_memory *m = malloc(sizeof(*m) + n * sizeof(*nets));

    if (!m)
        out_of_memory();
    *m = (struct key_memory){.caller = {.partner_id = row->partner_id,
                                        .has_customer = row->has_customer_id,
                                        .customer_id = row->customer_id,
                                        .has_brand = row->has_brand_id,
                                        .brand_id = row->brand_id,
                                        .kind = ACTOR_API_KEY,
                                        .actor_id = row->api_key_id,
                                        .may = permission_set(row->scopes)},
                             .noted_us = loop_now_us(),
                             .net_count = n};
    memcpy(m->nets, nets, n * sizeof(*nets));
    return m;
}

/* From an address that is not the key's it is as good as unknown. */
static enum err answer(struct scope *sc, const struct key_memory *m, struct caller *out)
{
    if (!access_net_has(m->nets, m->net_count, sc->address))
        return refuse(sc);
    *out = m->caller;
    return OK;
}

/* By the clock of the loop. */
static int64_t ends_us(const struct q_key_find_row *row)
{
    return row->has_left_us ? loop_now_us() + row->left_us : INT64_MAX;
}

static enum err ask(struct scope *sc, const unsigned char hash[CRYPTO_HASH_BYTES], struct caller *out)
{
    const struct q_key_find_row *row;
    uint64_t asked = memory_now();
    struct key_memory *m;
    enum err e;

    TRY(sc, q_key_find(sc, &(struct q_key_find_in){.secret_hash = {hash, CRYPTO_HASH_BYTES}}, &row));
    TRY(sc, db_commit(sc));
    if (!row)
        return refuse(sc);
    m = remember(sc, row);
    e = answer(sc, m, out);
    memory_put(&keys, hash, &row->partner_id, asked, loop_now_us(), ends_us(row), m);
    if (e == OK && row->idle)
        access_used(sc, &row->partner_id, &row->api_key_id);
    return e;
}

enum err access_key_find(struct scope *sc, struct str presented, struct caller *out)
{
    struct key_memory *m;
    unsigned char hash[CRYPTO_HASH_BYTES];

    if (!access_secret_fits(ACCESS_API_KEY, presented))
        return refuse(sc);
    crypto_hash(presented.p, presented.n, hash);
    m = memory_get(&keys, hash, loop_now_us());
    if (!m || memory_is_due(&keys, hash, loop_now_us()))
        return ask(sc, hash, out);
    TRY(sc, answer(sc, m, out));
    if (loop_now_us() - m->noted_us >= NOTE_US) {
        m->noted_us = loop_now_us();
        access_used(sc, &out->partner_id, &out->actor_id);
    }
    return OK;
}

bool access_key_is_known(struct scope *sc, struct str presented)
{
    const struct key_memory *m;
    unsigned char hash[CRYPTO_HASH_BYTES];

    crypto_hash(presented.p, presented.n, hash);
    m = memory_get(&keys, hash, loop_now_us());
    return m && access_net_has(m->nets, m->net_count, sc->address);
}

void access_thread_end(void)
{
    access_grants_forget();
    memory_end();
}
