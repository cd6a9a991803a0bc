#include "net/net_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

/* Turns at the connections. The limits are ours and not the library's, because its list of waiting transfers is one
 * for all hosts and only its head is tried: one slow host would hold up every other.
 */
static unsigned bucket_of(const char *key)
{
    uint32_t h = 2166136261u;

    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 16777619u;
    return h % NET_HOST_BUCKETS;
}

static struct net_host *host_find(struct net *n, const char *key)
{
    unsigned bucket = bucket_of(key);
    size_t size = strlen(key) + 1;
    struct net_host *h;

    for (h = n->buckets[bucket]; h; h = h->chain)
        if (strcmp(h->key, key) == 0)
            return h;
    h = calloc(1, sizeof(*h) + size);
    if (!h)
        out_of_memory();
    memcpy(h->key, key, size);
    h->bucket = bucket;
    h->chain = n->buckets[bucket];
    n->buckets[bucket] = h;
    return h;
}

static void host_drop_if_idle(struct net *n, struct net_host *h)
{
    struct net_host **at = &n->buckets[h->bucket];

    if (h->active || h->waiting_count)
        return;
    while (*at != h)
        at = &(*at)->chain;
    *at = h->chain;
    free(h);
}

static void ring_add(struct net *n, struct net_host *h)
{
    if (!n->turn) {
        n->turn = h->next = h->prev = h;
        return;
    }
    h->next = n->turn;
    h->prev = n->turn->prev;
    h->prev->next = h;
    h->next->prev = h;
}

static void ring_remove(struct net *n, struct net_host *h)
{
    if (n->turn == h)
        n->turn = h->next == h ? NULL : h->next;
    h->prev->next = h->next;
    h->next->prev = h->prev;
    h->prev = h->next = NULL;
}

static void count_waiting(struct net *n, struct net_host *h, int by)
{
    if (h->waiting_count == 0)
        ring_add(n, h);
    h->waiting_count += (unsigned)by;
    n->waiting_count += (unsigned)by;
    if (h->waiting_count == 0)
        ring_remove(n, h);
}

static bool has_room(const struct net *n, const struct net_host *h)
{
    return n->active < n->conf.connections && h->active < n->conf.host_connections;
}

/* The turn is handed over at the wake-up, so that no later comer slips in between. */
static void give_turns(struct net *n)
{
    struct net_host *h = n->turn;
    struct net_host *last = h ? h->prev : NULL;

    while (h && n->active < n->conf.connections) {
        struct net_host *next = h->next;
        bool end = h == last;

        if (has_room(n, h) && !waitq_is_empty(&h->waiting)) { /* one that timed out is counted until it runs */
            h->active++;
            n->active++;
            n->turn = next;
            count_waiting(n, h, -1);
            MUST_BE(waitq_wake_one(&h->waiting));
        }
        if (end)
            return;
        h = next;
    }
}

enum err net_slot_take(struct net_run *run, const char *key)
{
    struct net *n = run->net;
    struct net_host *h = host_find(n, key);

    run->host = h;
    if (!h->waiting_count && has_room(n, h)) {
        h->active++;
        n->active++;
        return OK;
    }
    if (n->waiting_count >= NET_WAITING_MAX) {
        host_drop_if_idle(n, h);
        return FAIL(run->scope, ERR_LIMIT, "too many calls to outside systems wait already");
    }
    count_waiting(n, h, 1);
    if (waitq_wait(&h->waiting, run->due_us) == WAIT_WOKEN)
        return OK;
    count_waiting(n, h, -1);
    host_drop_if_idle(n, h);
    if (run->due_is_scope)
        return FAIL(run->scope, ERR_TIMEOUT, "the time for this is over");
    return FAIL(run->scope, ERR_UNAVAILABLE, "no connection to the outside system became free in time");
}

void net_slot_free(struct net_run *run)
{
    run->host->active--;
    run->net->active--;
    host_drop_if_idle(run->net, run->host);
    give_turns(run->net);
}
