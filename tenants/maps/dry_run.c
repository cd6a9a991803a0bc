#include "maps/maps_int.h"

#include "base/timefmt.h"
#include "q_maps.h"
#include "sys/fiber.h"
#include "sys/loop.h"
#include "xref/xref.h"

/* One record through a mapping: bounded, and for people with all that comes of it; nothing is written. */

struct task {
    struct arena *arena;
    const struct mapping *mapping;
    const struct doc *record;
    struct mapping_how *how;
    struct mapping_result *out;
    int64_t until_us;
};

static bool has_time(void *arg)
{
    return time_boot_us() < ((struct task *)arg)->until_us;
}

static void run(void *arg)
{
    struct task *t = arg;

    t->until_us = time_boot_us() + MAPS_RUN_US;
    mapping_run(t->arena, t->mapping, t->record, t->how, t->out);
}

/* Of each customer one record at a time, on each thread: whoever has many that take long waits for their own. */
#define TURNS_MAX 256 /* fibers that wait for one customer's turn */

struct turn {
    struct turn *next;
    struct tenant of;
    struct waitq over;
    unsigned waiting;
};

static _Thread_local struct turn *turns;

static struct turn *turn_of(const struct tenant *t)
{
    struct turn *at = turns;

    while (at && !(uuid_equal(&at->of.partner_id, &t->partner_id) && uuid_equal(&at->of.customer_id, &t->customer_id)))
        at = at->next;
    return at;
}

/* False: too many wait already. */
static bool turn_take(struct turn *mine, const struct tenant *t)
{
    struct turn *at;

    while ((at = turn_of(t)) != NULL) {
        if (at->waiting == TURNS_MAX)
            return false;
        at->waiting++;
        (void)waitq_wait(&at->over, 0);
    }
    *mine = (struct turn){.next = turns, .of = *t};
    turns = mine;
    return true;
}

static void turn_end(struct turn *mine)
{
    struct turn **at = &turns;

    while (*at != mine)
        at = &(*at)->next;
    *at = mine->next;
    waitq_wake_all(&mine->over);
}

enum err maps_run(struct scope *sc, const struct mapping *m, const struct doc *record, struct mapping_how *how,
                  struct mapping_result *out)
{
    struct task *t = ARENA_NEW(sc->arena, struct task);
    struct turn mine;
    enum err e;

    *t = (struct task){.arena = sc->arena, .mapping = m, .record = record, .how = how, .out = out};
    how->go_on = has_time;
    how->go_on_arg = t;
    if (!turn_take(&mine, &sc->tenant))
        return FAIL(sc, ERR_LIMIT, "too many records of the customer wait to be mapped");
    e = offload(run, t);
    turn_end(&mine);
    return e;
}

/* What the caller says of a table is all there is of it. */
static bool find_in(void *arg, struct str table, struct str key, struct str *out)
{
    const struct maps_try *t = arg;
    const struct doc *tables = t->xref;

    for (size_t i = 0; i < doc_count(tables); i++) {
        const struct doc *entries = doc_at(tables, i);

        if (!str_equal(doc_key(tables, i), table))
            continue;
        for (size_t k = 0; k < doc_count(entries); k++)
            if (str_equal(doc_key(entries, k), key)) {
                *out = doc_text(doc_at(entries, k));
                return true;
            }
        return false;
    }
    return t->books && xref_find(t->books, table, key, t->now_us, out);
}

enum err maps_books(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                    const struct xref_snapshot **out)
{
    const char *const *tables;
    size_t n = mapping_tables(compiled, &tables), names_n, found = 0;
    const char **names, **there = ARENA_ARRAY(sc->arena, const char *, n);
    struct xref_snapshot *books;

    *out = NULL;
    if (n == 0)
        return OK;
    TRY(sc, xref_names(sc, &m->customer_id, &names, &names_n));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < names_n; k++)
            if (strcmp(names[k], tables[i]) == 0)
                there[found++] = tables[i];
    TRY(sc, xref_load_of(sc, &m->customer_id, there, found, &books));
    *out = books;
    return OK;
}

enum err maps_dry_run(struct scope *sc, const struct maps_try *t, struct mapping_result *out)
{
    struct mapping_how *how = ARENA_NEW(sc->arena, struct mapping_how);

    *how = (struct mapping_how){.now_ms = t->now_us / 1000, .creating = t->creating, .keep_values = true};
    how->find = find_in;
    how->find_arg = (void *)(uintptr_t)t;
    return maps_run(sc, t->mapping, t->record, how, out);
}

enum err maps_recorded(struct scope *sc, const struct maps_mapping *m, const struct uuid *message_id,
                       struct maps_recorded *out)
{
    const struct q_maps_recorded_row *row;

    TRY(sc, q_maps_recorded(sc, &(struct q_maps_recorded_in){.customer_id = m->customer_id, .message_id = *message_id},
                            &row));
    if (!row)
        return FAIL(sc, ERR_NOT_FOUND, "there is no such delivery");
    *out = (struct maps_recorded){{row->body.p, row->body.n}, row->received_at_us};
    return OK;
}

/* ---- what no rule reads ---- */

#define SEEN_MAX        4096 /* different paths; a power of two */
#define UNUSED_PATH_MAX 1024

struct walk {
    struct arena *a;
    const char *const *reads;
    size_t n_reads;
    struct maps_unused *out;
    struct buf path;
    const char *seen[SEEN_MAX];
    size_t n_seen;
};

/* False when it was seen before, or no more are kept. */
static bool is_new(struct walk *w)
{
    struct str path = buf_str(&w->path);
    uint32_t at = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < path.n; i++)
        at = (at ^ (uint8_t)path.p[i]) * 16777619u;
    while (w->seen[at % SEEN_MAX]) {
        if (str_is(path, w->seen[at % SEEN_MAX]))
            return false;
        at++;
    }
    if (w->n_seen == SEEN_MAX / 2) {
        w->out->more = true;
        return false;
    }
    w->seen[at % SEEN_MAX] = str_dup(w->a, path);
    w->n_seen++;
    return true;
}

/* Whether what is read is the path itself or something around it; a star stands for any name. */
static bool covers(const char *read, const char *path)
{
    for (;;) {
        size_t n = strcspn(read, "."), m = strcspn(path, ".");

        if (!(n == 1 && *read == '*') && (n != m || memcmp(read, path, n) != 0))
            return false;
        read += n;
        path += m;
        if (!*read)
            return true;
        if (!*path)
            return false;
        read++;
        path++;
    }
}

/* A rule that goes through a list, or into an object, reads it on the way to what is in there. When other rules say
 * what that is, the way alone uses nothing. */
static bool leads_on(const struct walk *w, const char *read)
{
    size_t n = strlen(read);

    for (size_t i = 0; i < w->n_reads; i++)
        if (strncmp(w->reads[i], read, n) == 0 && w->reads[i][n] == '.')
            return true;
    return false;
}

static bool is_used(const struct walk *w, const char *path)
{
    for (size_t i = 0; i < w->n_reads; i++)
        if (covers(w->reads[i], path) && (strcmp(w->reads[i], path) == 0 || !leads_on(w, w->reads[i])))
            return true;
    return false;
}

static void leaf(struct walk *w)
{
    const char *path;

    if (w->path.n == 0 || !is_new(w))
        return;
    path = str_dup(w->a, buf_str(&w->path));
    if (is_used(w, path))
        return;
    if (w->out->n == MAPS_UNUSED_MAX)
        w->out->more = true;
    else
        w->out->paths[w->out->n++] = path;
}

/* As deep as a document can be: DOC_DEPTH_MAX. */
static void visit(struct walk *w, const struct doc *d)
{
    size_t mark = w->path.n;

    if (doc_kind(d) == DOC_ARRAY)
        for (size_t i = 0; i < doc_count(d); i++)
            visit(w, doc_at(d, i));
    else if (doc_kind(d) != DOC_OBJECT || doc_count(d) == 0)
        leaf(w);
    else
        for (size_t i = 0; i < doc_count(d); i++) {
            if (mark)
                buf_c(&w->path, '.');
            buf_add(&w->path, doc_key(d, i).p, doc_key(d, i).n);
            if (w->path.full) /* nobody reads a name that long */
                w->out->more = true;
            else
                visit(w, doc_at(d, i));
            w->path.n = mark;
            w->path.full = false;
        }
}

void maps_unused(struct arena *a, const struct mapping *m, const struct doc *record, struct maps_unused *out)
{
    struct walk *w = ARENA_NEW(a, struct walk);

    *out = (struct maps_unused){.paths = ARENA_ARRAY(a, const char *, MAPS_UNUSED_MAX)};
    w->a = a;
    w->out = out;
    w->n_reads = mapping_reads(m, &w->reads);
    buf_init(&w->path, a, UNUSED_PATH_MAX);
    visit(w, record);
}
