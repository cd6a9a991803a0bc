#pragma once

#include "sys/fiber.h"
#include "watch/watch.h"

#define READ_LISTS 4 /* mappings that are published side by side, and their newer versions */

struct watch_reads {
    const char **v;
    size_t n;
};

/* A case that is open, met again without asking: how often since it was last written. */
struct watch_known {
    const char *path;
    enum drift_what what;
    struct uuid case_id;
    int64_t affected;
};

/* One thread's copy of a shape. */
struct watch_copy {
    struct watch_copy *next; /* used before that one */
    struct uuid partner_id, customer_id, connection_id;
    const char *object, *version;
    unsigned users; /* fibers that stand in it: it stays */
    bool busy;      /* one of them asks the database about it */
    struct waitq gate;

    struct arena *keep; /* the shape's */
    struct drift_shape *shape;
    struct arena *base_keep;
    struct str base; /* as it was written or read last, which is what content says */
    struct uuid shape_id;
    int64_t content, decisions;
    bool stored;      /* it has a row; there are too many otherwise */
    uint64_t turn;    /* grows when what was judged before must be judged again: somebody decided, or another policy */
    uint64_t unsaved; /* payloads */
    int64_t saved_us;
    struct drift_policy policy;

    struct arena *reads_keep;
    struct watch_reads reads[READ_LISTS];
    size_t read_lists;
    const char **bearing; /* of all of them */
    size_t bearing_count;

    struct arena *known_keep;
    struct watch_known known[WATCH_TOLD_MAX];
    size_t known_count;
};

struct watch_cache {
    struct watch_copy *first; /* the one used last */
    size_t n;
};

enum err watch_payload_in(struct watch_cache *cache, struct scope *sc, const struct watch_in *in,
                          struct watch_out *out);
void watch_cache_save(struct watch_cache *cache, struct scope *sc, int64_t for_us, size_t most);
void watch_cache_end(struct watch_cache *cache);

/* Found or made, and not yet filled; a user until copy_leave. */
struct watch_copy *copy_enter(struct watch_cache *cache, const struct scope *sc, const struct watch_in *in);
/* The one written longest ago of those that have something that is not, and were written before; a user. NULL: none. */
struct watch_copy *copy_enter_unsaved(struct watch_cache *cache, int64_t before_us);
/* What is returned is out of the cache: the caller writes and ends it. NULL: none is. */
struct watch_copy *copy_leave(struct watch_cache *cache, struct watch_copy *c);
void copy_end(struct watch_copy *c);
void copy_gate_enter(struct watch_copy *c); /* parks */
void copy_gate_leave(struct watch_copy *c);
void copy_bear(struct watch_copy *c, const char *const *reads, size_t n);
void copy_shape_set(struct watch_copy *c, struct arena *keep, struct drift_shape *s);
void copy_base_set(struct watch_copy *c, struct str text);
void copy_known_clear(struct watch_copy *c);
struct watch_known *copy_known(struct watch_copy *c, const char *path, enum drift_what what);
void copy_known_add(struct watch_copy *c, const char *path, enum drift_what what, const struct uuid *case_id);

/* As it was written; a new one when that was by another version of the program, or nothing. */
struct drift_shape *watch_shape_read(struct scope *sc, struct arena *keep, struct str text);

/* Behind the gate, these begin a transaction or go on in one. */
enum err copy_load(struct scope *sc, struct watch_copy *c);
/* Locks the row and takes what others have written. */
enum err copy_meet(struct scope *sc, struct watch_copy *c);
/* Writes the copy, and how often known cases were met; commits. After copy_meet. */
enum err copy_save(struct scope *sc, struct watch_copy *c);

enum err case_put(struct scope *sc, const struct watch_copy *c, const struct watch_in *in,
                  const struct drift_deviation *d, struct uuid *out_id);
/* One of so many. */
const char *watch_words(struct arena *a, const struct drift_deviation *first, size_t all);
const char *watch_sentence(struct arena *a, const struct drift_seen *seen);
const char *watch_sample(struct arena *a, const struct doc *payload, const struct drift_deviation *d);

bool watch_policy_parse(const char *bearing, const char *other, struct drift_policy *out);
