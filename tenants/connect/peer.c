#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "connect/connect_int.h"
#include "sys/fiber.h"
#include "sys/loop.h"

#define PEERS        4096 /* lists by hash */
#define MEMO_LISTS   256
#define MEMOS_MAX    20000
#define MEMO_LIFE_US (INT64_C(300) * 1000000)
#define MEMOS_ALL    200000                   /* of all accounts of a thread */
#define SESSION_US   (INT64_C(600) * 1000000) /* then it is made anew, so that a changed password is noticed */
#define IDLE_US      (INT64_C(900) * 1000000)

#define KEPT_OF   8 /* one place of so many is kept from bulk work, */
#define KEPT_FROM 4 /* where there are as many */

struct memo {
    struct memo *next;
    int64_t until_us;
    int64_t v[2];
    char name[]; /* kind, a space, key */
};

struct peer {
    struct peer *next;
    struct uuid connection_id;
    int64_t version; /* of the connection's row */
    unsigned refs;
    int64_t used_us;
    unsigned places, taken;           /* taken may be more for a while, after places became fewer */
    struct waitq waiters[LANE_COUNT]; /* for a place, by lane */
    unsigned turn;
    char *session;
    int64_t session_us;
    bool has_ended;
    uint8_t ended[CRYPTO_HASH_BYTES]; /* of the last session that the other side refused */
    bool logging_in;
    struct waitq login;
    int64_t refused_us;
    unsigned refusals;   /* one after another */
    struct memo **memos; /* MEMO_LISTS; NULL: it knows nothing yet */
    size_t memo_count;
};

static _Thread_local struct peer *peers[PEERS];
static _Thread_local size_t peer_count, memo_total;

/* Up to how many a lane may take. Whoever waits for bulk work waits longer than a call takes, and an order does not. */
static unsigned room_of(const struct peer *p, enum lane lane)
{
    unsigned kept = p->places < KEPT_FROM ? 0 : (p->places + KEPT_OF - 1) / KEPT_OF;

    return lane < LANE_CATALOGUE ? p->places : p->places - kept;
}

/* The highest lane first. One turn in QUEUE_SHARE is the lowest's, whatever is kept, so that none starves. Who is woken
 * has the place. */
static void wake_next(struct peer *p)
{
    bool lowest = ++p->turn % QUEUE_SHARE == 0;

    for (int i = 0; i < LANE_COUNT; i++) {
        enum lane lane = (enum lane)(lowest ? LANE_COUNT - 1 - i : i);

        if (p->taken < (lowest ? p->places : room_of(p, lane)) && waitq_wake_one(&p->waiters[lane])) {
            p->taken++;
            return;
        }
    }
}

static void places_set(struct peer *p, unsigned n)
{
    unsigned before = p->places;

    p->places = n ? n : 1;
    for (; before && before < p->places; before++)
        wake_next(p);
}

static void memos_clear(struct peer *p)
{
    for (size_t i = 0; p->memos && i < MEMO_LISTS; i++)
        while (p->memos[i]) {
            struct memo *m = p->memos[i];

            p->memos[i] = m->next;
            free(m);
        }
    memo_total -= p->memo_count;
    p->memo_count = 0;
}

static void peer_drop(struct peer **at)
{
    struct peer *p = *at;

    *at = p->next;
    peer_count--;
    memos_clear(p);
    peer_session_set(p, NULL);
    free(p->memos);
    free(p);
}

static bool is_idle(const struct peer *p)
{
    return p->refs == 0 && p->taken == 0;
}

/* The account that has been left alone for longest, of those that satisfy; NULL: none does. */
static struct peer **longest_idle(bool (*fits)(const struct peer *))
{
    struct peer **found = NULL;

    for (size_t i = 0; i < PEERS; i++)
        for (struct peer **at = &peers[i]; *at; at = &(*at)->next)
            if (fits(*at) && (!found || (*at)->used_us < (*found)->used_us))
                found = at;
    return found;
}

static void make_room(struct peer **list)
{
    struct peer **at = list;

    while (*at)
        if (is_idle(*at) && loop_now_us() - (*at)->used_us > IDLE_US)
            peer_drop(at);
        else
            at = &(*at)->next;
    at = peer_count >= PEERS_KNOWN_MAX ? longest_idle(is_idle) : NULL;
    if (at)
        peer_drop(at);
}

static struct peer *peer_new(struct peer **list, const struct uuid *connection_id)
{
    struct peer *p;

    make_room(list);
    p = calloc(1, sizeof(*p));
    if (!p)
        out_of_memory();
    p->connection_id = *connection_id;
    p->next = *list;
    *list = p;
    peer_count++;
    return p;
}

struct peer *peer_take(const struct uuid *connection_id, unsigned concurrency, int64_t version)
{
    struct peer **list = &peers[((unsigned)connection_id->b[14] << 8 | connection_id->b[15]) % PEERS];
    struct peer *p = *list;

    while (p && !uuid_equal(&p->connection_id, connection_id))
        p = p->next;
    if (!p)
        p = peer_new(list, connection_id);
    if (p->version != version)
        memos_clear(p);
    if (p->version != version || loop_now_us() - p->session_us > SESSION_US)
        peer_session_set(p, NULL);
    if (p->version != version)
        p->refused_us = p->refusals = 0;
    p->version = version;
    p->used_us = loop_now_us();
    p->refs++;
    places_set(p, concurrency);
    return p;
}

void peer_give(struct peer *p)
{
    MUST_BE(p->refs > 0);
    p->refs--;
    p->used_us = loop_now_us();
}

enum err peer_enter(struct scope *sc, struct peer *p, enum lane lane)
{
    if (p->taken < room_of(p, lane)) {
        p->taken++;
        return OK;
    }
    if (waitq_wait(&p->waiters[lane], sc->deadline_us) == WAIT_TIMEOUT)
        return FAIL(sc, ERR_TIMEOUT, "its turn at the outside system did not come in time");
    return OK;
}

void peer_leave(struct peer *p)
{
    p->taken--;
    wake_next(p);
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
    p->session_us = loop_now_us();
    if (session && !p->session)
        out_of_memory();
}

void peer_session_ended(struct peer *p, const char *session)
{
    if (!p->session || !session || strcmp(p->session, session) != 0)
        return;
    crypto_hash(session, strlen(session), p->ended);
    p->has_ended = true;
    peer_session_set(p, NULL);
}

bool peer_has_ended(const struct peer *p, const char *session)
{
    uint8_t hash[CRYPTO_HASH_BYTES];

    crypto_hash(session, strlen(session), hash);
    return p->has_ended && memcmp(hash, p->ended, sizeof(hash)) == 0;
}

enum err peer_login_begin(struct scope *sc, struct peer *p, bool *out_first)
{
    if (!p->logging_in) {
        p->logging_in = *out_first = true;
        return OK;
    }
    while (p->logging_in)
        if (waitq_wait(&p->login, sc->deadline_us) == WAIT_TIMEOUT)
            return FAIL(sc, ERR_TIMEOUT, "signing in to the outside system did not end in time");
    *out_first = false;
    return OK;
}

void peer_login_end(struct peer *p, bool refused)
{
    p->logging_in = false;
    p->refused_us = refused ? loop_now_us() : 0;
    p->refusals = refused ? p->refusals + 1 : 0;
    waitq_wake_all(&p->login);
}

int64_t peer_refusal_us(unsigned refusals)
{
    static const int64_t minutes[] = {1, 5, 15};
    size_t i = refusals ? refusals - 1 : 0;

    return minutes[i < ARRAY_LEN(minutes) ? i : ARRAY_LEN(minutes) - 1] * 60000000;
}

bool peer_is_refused(const struct peer *p)
{
    return p->refused_us && loop_now_us() - p->refused_us < peer_refusal_us(p->refusals);
}

static size_t memo_hash(const char *kind, const char *key)
{
    uint32_t h = 2166136261u; /* FNV-1a: the keys are ids of a system that the customer chose */

    for (const char *c = kind; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    for (const char *c = key; *c; c++)
        h = (h ^ (unsigned char)*c) * 16777619u;
    return h % MEMO_LISTS;
}

static struct memo *memo_find(struct peer *p, const char *kind, const char *key)
{
    size_t n = strlen(kind);

    for (struct memo *m = p->memos ? p->memos[memo_hash(kind, key)] : NULL; m; m = m->next)
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

static bool has_memos(const struct peer *p)
{
    return p->memo_count > 0;
}

static void memos_make_room(struct peer *p)
{
    if (p->memo_count == MEMOS_MAX)
        memos_clear(p);
    if (memo_total >= MEMOS_ALL)
        memos_clear(*longest_idle(has_memos));
}

void peer_remember(struct peer *p, const char *kind, const char *key, const int64_t v[2])
{
    struct memo *m = memo_find(p, kind, key);
    size_t size = strlen(kind) + strlen(key) + 2;

    if (!m) {
        struct memo **list;

        memos_make_room(p);
        if (!p->memos && !(p->memos = calloc(MEMO_LISTS, sizeof(*p->memos))))
            out_of_memory();
        list = &p->memos[memo_hash(kind, key)];
        m = malloc(sizeof(*m) + size);
        if (!m)
            out_of_memory();
        memcpy(m->name, kind, strlen(kind));
        m->name[strlen(kind)] = ' ';
        memcpy(m->name + strlen(kind) + 1, key, strlen(key) + 1);
        m->next = *list;
        *list = m;
        p->memo_count++;
        memo_total++;
    }
    m->v[0] = v[0];
    m->v[1] = v[1];
    m->until_us = loop_now_us() + MEMO_LIFE_US;
}

void peers_clear(void)
{
    for (size_t i = 0; i < PEERS; i++)
        while (peers[i])
            peer_drop(&peers[i]);
}

size_t peers_known(void)
{
    return peer_count;
}
