#pragma once

#include "base/scope.h"
#include "json/doc_value.h"

/* standin: a vendor's system that is none: one engine, driven by a document for each vendor, that answers as the
 * vendor's published interface does, keeps what it was told, and fails on demand. Trials, tests and customers'
 * sandboxes use it. It refuses to know connectors: what the product makes of its answers is the product's business, and
 * the vendors' own clients judge it.
 * The fact people get wrong: it is deterministic. The same seed, the same requests in the same order and the same dial
 * give the same answers, ids and faults; its clock is the machine's only where nobody has set it.
 *
 * The document ("standin/1") and the control interface under /_standin/ are described in ops/docs/stand-ins.md.
 */
#define STANDIN_FORMAT          "standin/1"
#define STANDIN_MAX             (1u << 20) /* octets of a document */
#define STANDIN_COLLECTIONS_MAX 40
#define STANDIN_ROUTES_MAX      120
#define STANDIN_DOCS_MAX        200000    /* in all collections */
#define STANDIN_LOG_MAX         1000      /* of the last requests */
#define STANDIN_TOKEN_PATH      "/_token" /* where standin_settings has tokens asked for */
#define STANDIN_KEYS_MAX        10000     /* idempotency keys that are remembered, the newest */

struct standin; /* one vendor's, with its state; of one thread */

/* ERR_INVALID: every fault is an item with its JSON Pointer. The document is copied. */
enum err standin_open(struct scope *sc, const struct doc *document, int64_t seed, struct standin **out);
void standin_close(struct standin *s);

/* As it was at the start, with another seed perhaps. */
enum err standin_reset(struct scope *sc, struct standin *s, int64_t seed);

/* Serves it on a listening address ("127.0.0.1:8080"; port 0: any, which *out_port tells) of this thread's loop, until
 * standin_stop. With a certificate over TLS. */
struct standin_server;
enum err standin_serve(struct scope *sc, struct standin *s, const char *address, const char *cert_file,
                       const char *key_file, struct standin_server **out, int *out_port);
void standin_stop(struct standin_server *server);

/* For whoever serves several at one address, each behind a prefix of the path ("/c/7f3a"), which is kept by the caller
 * and is in the addresses that the stand-in tells. Of a request rq->path is what follows the prefix. What was asked is
 * done at once, and told when the caller likes, as after it has been kept: standin_tell parks. */
struct rq;
struct rs;
struct standin_reply;
void standin_prefix(struct standin *s, const char *prefix);
enum err standin_ask(struct scope *sc, struct standin *s, const struct rq *rq, const struct standin_reply **out);
enum err standin_tell(struct scope *sc, const struct standin_reply *r, struct rs *rs);

/* What it holds, as a text, and that again. The log of requests is no part of it. standin_turns is another number
 * whenever something of it has changed. ERR_TOO_LARGE: the text is larger than the buffer may get. */
enum err standin_save(struct scope *sc, const struct standin *s, struct buf *out);
enum err standin_load(struct scope *sc, struct standin *s, const struct doc *saved);
uint64_t standin_turns(const struct standin *s);
size_t standin_octets(const struct standin *s); /* about how much that is */

/* One more order, as a shopper would place it: its key. ERR_NOT_FOUND: the document has no "orders". */
bool standin_sells(const struct standin *s);
enum err standin_order(struct scope *sc, struct standin *s, const char **out_key);
/* So many, once for what they are asked under: who asks again is told those that there are, and what was missing is
 * made. once "": always. *out: the keys, an array. */
enum err standin_orders(struct scope *sc, struct standin *s, const char *once, int64_t count, const struct doc **out);

/* What waits to be sent. Numbers of the first ones, in the order in which they go; a fault may turn it round. */
bool standin_sends(const struct standin *s);
size_t standin_waiting(const struct standin *s);
size_t standin_letters(struct standin *s, uint64_t *out, size_t most);
struct http_pair;
struct standin_letter {
    const char *topic;
    const struct http_pair *headers;
    size_t header_count;
    struct str body;
    bool twice; /* a fault: the sender does not know that it has sent it */
};
struct secret;
struct standin_address {
    struct str url;
    const struct secret *secret; /* what is sent there is signed with it */
};
/* One of them as it would be sent now. ERR_NOT_FOUND: it waits no more. */
enum err standin_letter(struct scope *sc, struct standin *s, uint64_t no, const struct standin_address *to,
                        struct standin_letter *out);
void standin_sent(struct standin *s, uint64_t no); /* it waits no more */

/* For whoever turns it in the same process, as /_standin/ does: one more fault, none any more, the things of a
 * collection as a list, one more thing that an expression makes of $i, and a connection's settings with api_url. */
enum err standin_fault(struct scope *sc, struct standin *s, const struct doc *fault);
void standin_faults_end(struct standin *s);
/* How often it lets itself be called, by its document's "limits": counted by this clock from now on, with full buckets;
 * NULL: not counted, as at the start. A reset fills them. */
void standin_limits(struct standin *s, int64_t (*now_us)(void));
bool standin_has_limits(const struct standin *s);
struct standin_counts {
    double taken; /* tokens, of the bucket that most were taken of */
    int64_t calls, refused;
};
struct standin_counts standin_limits_counted(const struct standin *s);
enum err standin_things(struct scope *sc, struct standin *s, const char *collection, const struct doc **out);
enum err standin_grow(struct scope *sc, struct standin *s, const char *collection, struct str expr, int64_t i);
bool standin_has(const struct standin *s, const char *method,
                 const char *path); /* a route whose whole path is written so */
void standin_settings(struct buf *out, const struct standin *s, int port, const struct doc *settings);

/* Documents that come with the program: tenants/connectors/<name>/standin.json. */
struct standin_shipped {
    const char *name, *text;
    size_t n;
};
extern const struct standin_shipped standin_shipped_table[];
extern const size_t standin_shipped_count;
