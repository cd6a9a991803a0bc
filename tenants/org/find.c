#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/must.h"
#include "db/db.h"
#include "org/org.h"
#include "q_org.h"
#include "sys/loop.h"

#define CHANGES_SHORT_US 2000000 /* for so long a request waits for what changed */

static _Thread_local struct memory hosts;
/* What changed from this transaction of this server on is asked for next; 0: all counts as changed. */
static _Thread_local int64_t since, server;

/* One block: the struct, then its three texts. */
struct host_memory {
    struct org_host host;
    char text[];
};

static struct host_memory *host_remember(const struct q_host_find_row *row)
{
    size_t slug = strlen(row->slug) + 1;
    size_t name = strlen(row->name) + 1;
    size_t pack = strlen(row->brand_pack) + 1;
    struct host_memory *m = malloc(sizeof(*m) + slug + name + pack);

    if (!m)
        out_of_memory();
    memcpy(m->text, row->slug, slug);
    memcpy(m->text + slug, row->name, name);
    memcpy(m->text + slug + name, row->brand_pack, pack);
    m->host = (struct org_host){row->partner_id, m->text, m->text + slug, m->text + slug + name,
                                strcmp(row->status, "active") != 0};
    return m;
}

/* What another request of this thread may replace is copied out. */
static void host_copy(struct scope *sc, const struct org_host *from, struct org_host *out)
{
    out->partner_id = from->partner_id;
    out->slug = arena_strdup(sc->arena, from->slug);
    out->name = arena_strdup(sc->arena, from->name);
    out->brand_pack = arena_strdup(sc->arena, from->brand_pack);
    out->suspended = from->suspended;
}

static enum err changes(struct scope *sc)
{
    int64_t asked_us = loop_now_us();
    struct q_lookup_changes_rows rows;
    struct uuid *partners;
    bool known;

    TRY(sc, q_lookup_changes(sc, &(struct q_lookup_changes_in){.since = since, .most = MEMORY_CHANGES + 1}, &rows));
    TRY(sc, db_commit(sc));
    MUST_BE(rows.n > 0 && !rows.v[0].has_partner_id);
    partners = ARENA_ARRAY(sc->arena, struct uuid, rows.n);
    for (size_t i = 1; i < rows.n; i++)
        partners[i - 1] = rows.v[i].partner_id;
    known = since && rows.v[0].next >= since && rows.v[0].server == server;
    memory_changes(asked_us, known ? partners : NULL, rows.n - 1);
    since = rows.v[0].next;
    server = rows.v[0].server;
    return OK;
}

void org_changes_ask(struct scope *sc)
{
    int64_t deadline_us = sc->deadline_us, soon = loop_now_us() + CHANGES_SHORT_US;

    if (!memory_asks(loop_now_us()))
        return;
    if (!deadline_us || deadline_us > soon)
        sc->deadline_us = soon;
    if (changes(sc) != OK) {
        memory_changes_unknown();
        db_rollback(sc);
        scope_clear(sc);
    }
    sc->deadline_us = deadline_us;
}

enum err org_host_find(struct scope *sc, struct str host, struct org_host *out)
{
    const struct q_host_find_row *row;
    struct host_memory *m;
    unsigned char key[CRYPTO_HASH_BYTES];
    uint64_t asked;

    org_changes_ask(sc);
    crypto_hash(host.p, host.n, key);
    m = memory_get(&hosts, key, loop_now_us());
    if (m) {
        host_copy(sc, &m->host, out);
        return OK;
    }
    asked = memory_now();
    TRY(sc, q_host_find(sc, &(struct q_host_find_in){.host = str_dup(sc->arena, host)}, &row));
    TRY(sc, db_commit(sc));
    if (!row || strcmp(row->status, "closed") == 0)
        return FAIL(sc, ERR_NOT_FOUND, "nothing is served here");
    m = host_remember(row);
    host_copy(sc, &m->host, out);
    memory_put(&hosts, key, &row->partner_id, asked, loop_now_us(), INT64_MAX, m);
    return OK;
}

bool org_host_is_known(struct str host)
{
    unsigned char key[CRYPTO_HASH_BYTES];

    crypto_hash(host.p, host.n, key);
    return memory_get(&hosts, key, loop_now_us()) != NULL;
}

void org_thread_end(void)
{
    memory_end();
    since = server = 0;
}

enum err org_customer_check(struct scope *sc, const struct uuid *customer_id)
{
    const struct q_customer_is_row *row;

    TRY(sc, q_customer_is(sc, &(struct q_customer_is_in){.customer_id = *customer_id}, &row));
    return row ? OK : FAIL(sc, ERR_NOT_FOUND, "there is no such customer");
}
