#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "connect/connect_int.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define PEERS        256 /* lists by hash */
#define MEMOS_MAX    20000
#define MEMO_LIFE_US (INT64_C(300) * 1000000)
#define REFUSED_US   (INT64_C(60) * 1000000)

struct memo {
    struct memo *next;
    int64_t until_us;
    int64_t v[2];
    char name[]; /* kind, a space, key */
};

struct peer {
    struct peer *next;
    struct uuid connection_id;
    unsigned places, taken; /* taken may be more for a while, after places became fewer */
    struct waitq waiters;
    char *session;
    bool logging_in;
    struct waitq login;
    int64_t refused_us;
    struct memo *memos[256];
    size_t memo_count;
};

static _Thread_local struct peer *peers[PEERS];

static void places_set(struct peer *p, unsigned n)
{
    unsigned before = p->places;

    p->places = n ? n : 1;
    for (; before && before < p->places; before++)
        waitq_wake_one(&p->waiters);
}

struct peer *peer_of(const struct uuid *connection_id, unsigned concurrency)
{
    struct peer **list = &peers[connection_id->b[15] % PEERS];
    struct peer *p;

    for (p = *list; p; p = p->next)
        if (uuid_equal(&p->connection_id, connection_id)) {
            places_set(p, concurrency);
            return p;
        }
    p = calloc(1, sizeof(*p));
    if (!p)
        out_of_memory();
    p->connection_id = *connection_id;
    places_set(p, concurrency);
    p->next = *list;
    *list = p;
    return p;
}

void peer_enter(struct peer *p)
{
    while (p->taken >= p->places)
        waitq_wait(&p->waiters, 0);
    p->taken++;
}

void peer_leave(struct peer *p)
{
    p->taken--;
    waitq_wake_one(&p->waiters);
}

const char *peer_session(const struct peer *p)
{
    return p->session;
}

void peer_session_set(struct peer *p, const char *session)
{
    if (p->session)
        explicit_bzero(p->session, strlen(p->session));
    free(p->session);
    p->session = session ? strdup(session) : NULL;
}

bool peer_login_begin(struct peer *p)
{
    if (!p->logging_in) {
        p->logging_in = true;
        return true;
    }
    while (p->logging_in)
        waitq_wait(&p->login, 0);
    return false;
}

void peer_login_end(struct peer *p, bool refused)
{
    p->logging_in = false;
    p->refused_us = refused ? loop_now_us() : 0;
    waitq_wake_all(&p->login);
}

bool peer_is_refused(const struct peer *p)
{
    return p->refused_us && loop_now_us() - p->refused_us < REFUSED_US;
}

static size_t memo_hash(const char *kind, const char *key)
{
    uint32_t h = 2166136261u; /* FNV-1a: the keys are ids of a system that the customer chose */

    for (const char *c = kind; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    for (const char *c = key; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    return h % 256;
}

static struct memo *memo_find(struct peer *p, const char *kind, const char *key)
{
    size_t n = strlen(kind);

    for (struct memo *m = p->memos[memo_hash(kind, key)]; m; m = m->next)
        if (strncmp(m->name, kind, n) == 0 && m->name[n] == ' ' && strcmp(m->name + n + 1, key) == 0)
            return m;
    return NULL;
}

bool peer_recall(struct peer *p, const char *kind, const char *key, int64_t out[2])
{
    struct memo *m = memo_find(p, kind, key);

    if (!m || m->until_us < loop_now_us())
        return false;
    out[0] = m->v[0];
    out[1] = m->v[1];
    return true;
}

static void memos_clear(struct peer *p)
{
    for (size_t i = 0; i < 256; i++)
        while (p->memos[i]) {
            struct memo *m = p->memos[i];

            p->memos[i] = m->next;
            free(m);
        }
    p->memo_count = 0;
}

void peer_remember(struct peer *p, const char *kind, const char *key, const int64_t v[2])
{
    struct memo *m = memo_find(p, kind, key);
    size_t size = strlen(kind) + strlen(key) + 2;

    if (!m) {
        struct memo **list = &p->memos[memo_hash(kind, key)];

        if (p->memo_count == MEMOS_MAX)
            memos_clear(p);
        m = malloc(sizeof(*m) + size);
        if (!m)
            out_of_memory();
        memcpy(m->name, kind, strlen(kind));
        m->name[strlen(kind)] = ' ';
        memcpy(m->name + strlen(kind) + 1, key, strlen(key) + 1);
        m->next = *list;
        *list = m;
        p->memo_count++;
    }
    m->v[0] = v[0];
    m->v[1] = v[1];
    m->until_us = loop_now_us() + MEMO_LIFE_US;
}

void peers_clear(void)
{
    for (size_t i = 0; i < PEERS; i++)
        while (peers[i]) {
            struct peer *p = peers[i];

            peers[i] = p->next;
            memos_clear(p);
            peer_session_set(p, NULL);
            free(p);
        }
}
