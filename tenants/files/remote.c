#include "crypto/crypto.h"
#include "db/db.h"
#include "files/files_int.h"
#include "files/remote_int.h"
#include "obs/obs.h"
#include "q_files.h"
#include "sys/fault.h"
#include "sys/loop.h"

/* Files in a folder at another host. What the host lists of a file (its size and the time of its last change) is what
 * it is called here: a file is fetched when two looks see the same of it, and once for what they see. When its rows
 * have been read it is moved there, unless the settings leave it; one that has been overwritten meanwhile is a new file
 * and stays. */

#define LIST_MAX   ((size_t)1 << 20)
#define FETCH_MOST 50 /* of one look */
#define LOOK_US    INT64_C(60000000)
#define LYING_MOST 200
#define STUCK_MOST 3 /* of a look: each costs a call */

struct entry {
    const char *name, *key; /* key: of what the host lists of it */
    bool gone;              /* it has been moved away since */
};

struct remote {
    const struct files_due *of;
    const struct files_settings *settings;
    const struct connection *connection;
    struct net_remote to;
    struct entry *entries;
    size_t n;
    unsigned unfit;
    struct arena *arena;               /* of the look: files have scopes of their own */
    struct files_names *done, *failed; /* what lies there; NULL: not looked at yet */
};

/* ---- what lies there ---- */

static const char *key_of(struct scope *sc, struct str line, const char *name)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    crypto_hash(line.p, line.n, hash);
    buf_init(&b, sc->arena, 600);
    buf_s(&b, "remote/");
    buf_hex(&b, hash, 16);
    buf_f(&b, "/%s", name);
    return buf_cstr(&b);
}

static enum err list(struct scope *sc, struct remote *r)
{
    struct files_listing listing;
    struct str names, lines;

    TRY(sc, net_remote_list(sc, &r->to, r->settings->remote.folder, true, LIST_MAX, &names));
    TRY(sc, net_remote_list(sc, &r->to, r->settings->remote.folder, false, LIST_MAX, &lines));
    files_listing_read(sc, r->settings, names, lines, &listing);
    r->entries = ARENA_ARRAY(sc->arena, struct entry, listing.n);
    for (r->n = 0; r->n < listing.n; r->n++) {
        const struct files_listed *l = &listing.v[r->n];

        r->entries[r->n] = (struct entry){l->name, key_of(sc, l->line, l->name), false};
    }
    r->unfit = listing.unfit;
    return OK;
}

static struct entry *entry_of(const struct remote *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->entries[i].name, name) == 0)
            return &r->entries[i];
    return NULL;
}

/* ---- moving away ---- */

/* What lies where files go to, looked at once for each look, when the first goes there. Many hosts write over what is
 * there when a file is renamed. */
static enum err names_at(struct scope *sc, struct remote *r, bool failed, const struct files_names **out)
{
    const struct files_remote *at = &r->settings->remote;
    struct files_names **known = failed && at->failed ? &r->failed : &r->done;
    struct files_names *names = *known ? *known : ARENA_NEW(r->arena, struct files_names);
    struct str list;

    if (!*known) {
        enum err e = net_remote_list(sc, &r->to, failed && at->failed ? at->failed : at->done, true, LIST_MAX, &list);

        if (e == OK)
            files_names_read(r->arena, (struct str){str_dup(r->arena, list), list.n}, names);
        else if (e == ERR_TOO_LARGE)
            scope_clear(sc); /* as if every name were there */
        else if (e == ERR_NOT_FOUND) {
            scope_clear(sc); /* some say so of an empty folder; if there is none, the move says so */
            names->whole = true;
        } else
            return scope_pass(sc, e, __FILE__, __LINE__);
        *known = names;
    }
    *out = names;
    return OK;
}

static enum err move(struct scope *sc, struct remote *r, const char *name, const struct uuid *file_id, bool failed)
{
    const struct files_remote *at = &r->settings->remote;
    const char *to = failed && at->failed ? at->failed : at->done;
    const char *from = arena_f(sc->arena, "%s/%s", at->folder, name);
    char unlike[UUID_TEXT_LEN + 1];
    const struct files_names *there;
    enum err e;

    uuid_format(file_id, unlike);
    TRY(sc, names_at(sc, r, failed, &there));
    if (there->whole && !files_names_has(there, name)) {
        e = net_remote_move(sc, &r->to, from, arena_f(sc->arena, "%s/%s", to, name));
        FAULT_POINT("remote.after_move");
        if (e != ERR_UPSTREAM_NO)
            return e;
        scope_clear(sc); /* one of its name has come meanwhile */
    }
    return net_remote_move(sc, &r->to, from, arena_f(sc->arena, "%s/%s.%s", to, unlike, name));
}

/* *out_worst: of files that could not be moved; they are fetched no second time, and stop no other file. */
static enum err put_away(struct scope *sc, struct remote *r, enum err *out_worst)
{
    struct q_files_lying_rows rows;
    unsigned stuck = 0;

    *out_worst = OK;
    TRY(sc, q_files_lying(sc,
                          &(struct q_files_lying_in){
                              .connection_id = r->of->connection_id, .origin = "remote", .most = LYING_MOST},
                          &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n && stuck < STUCK_MOST; i++) {
        const struct q_files_lying_row *row = &rows.v[i];
        struct entry *e = entry_of(r, row->name);

        if (e && (!row->origin_key || strcmp(e->key, row->origin_key) == 0)) {
            enum err got = move(sc, r, row->name, &row->file_id, strcmp(row->state, "failed") == 0);

            if (got == ERR_UPSTREAM_AUTH || got == ERR_UNAVAILABLE)
                return scope_pass(sc, got, __FILE__, __LINE__);
            if (got != OK) {
                *out_worst = got;
                stuck++;
                continue;
            }
            e->gone = true;
        }
        TRY(sc, q_file_moved(sc, &(struct q_file_moved_in){.file_id = row->file_id}, NULL));
        TRY(sc, db_commit(sc));
    }
    return OK;
}

/* ---- keeping ---- */

static enum err fetch(struct scope *sc, const struct remote *r, const struct entry *e, struct files_new *out)
{
    enum err got = net_remote_get(sc, &r->to, arena_f(sc->arena, "%s/%s", r->settings->remote.folder, e->name),
                                  FILES_OCTETS_MAX, &out->body);

    if (got == ERR_TOO_LARGE) {
        out->refused = arena_f(sc->arena, "the file is larger than %zu octets", FILES_OCTETS_MAX);
        scope_clear(sc);
        return OK;
    }
    out->octets = out->body.n;
    return got == OK ? OK : scope_pass(sc, got, __FILE__, __LINE__);
}

static enum err keep(struct scope *sc, struct remote *r, const struct entry *e, bool back)
{
    bool leave = !r->settings->remote.done;
    struct files_new in = {.connection = r->connection,
                           .name = e->name,
                           .origin = "remote",
                           .origin_key = back ? NULL : e->key,
                           .place = leave ? NULL : e->name};
    struct files_file is;
    struct uuid id;
    bool again;

    TRY(sc, fetch(sc, r, e, &in));
    TRY(sc, files_add(sc, &in, &id, &again));
    if (again)
        TRY(sc, files_get(sc, &r->of->connection_id, &id, &is));
    TRY(sc, db_commit(sc));
    FAULT_POINT("remote.after_keep");
    return again && !leave ? move(sc, r, e->name, &id, strcmp(is.state, "failed") == 0) : OK;
}

static enum err keep_apart(struct scope *sc, struct remote *r, const struct entry *e, bool back)
{
    struct scope *one = scope_new();
    enum err got;

    one->db = sc->db;
    one->tenant = sc->tenant;
    one->actor = sc->actor;
    got = keep(one, r, e, back);
    db_rollback(one);
    if (got != OK) {
        log_fault(LOG_WARN, "files", one, "a file of another host was not taken");
        got = FAIL(sc, got, "%s", scope_fault(one)->message ? scope_fault(one)->message : "a file was not taken");
    }
    scope_free(one);
    return got;
}

/* How a file is known here. One that was moved away and lies there again, alike, may be another: its content says. */
enum known { UNKNOWN, KNOWN, CAME_BACK };

static enum err is_known(struct scope *sc, const struct remote *r, const struct entry *e, enum known *out)
{
    const struct q_file_known_row *row;

    TRY(sc,
        q_file_known(sc, &(struct q_file_known_in){.connection_id = r->of->connection_id, .origin_key = e->key}, &row));
    *out = !row ? UNKNOWN : row->place || !r->settings->remote.done ? KNOWN : CAME_BACK;
    return db_commit(sc);
}

struct looking {
    struct remote *r;
    const struct doc *before; /* what the last look saw */
    int64_t until_us;
    size_t fetched;
    enum err worst; /* of files that could not be taken: they stop no other */
    struct buf seen;
};

static bool has_time(const struct looking *l)
{
    return l->fetched < FETCH_MOST && loop_now_us() < l->until_us;
}

/* *io_had: it is left where it is, and was taken. */
static enum err keep_new(struct scope *sc, struct looking *l, const struct entry *e, struct str was, bool *io_had)
{
    enum known known;
    enum err got;

    TRY(sc, is_known(sc, l->r, e, &known));
    if (known == KNOWN || !str_is(was, e->key) || !has_time(l))
        return OK;
    got = keep_apart(sc, l->r, e, known == CAME_BACK);
    if (got == ERR_UPSTREAM_AUTH || got == ERR_UNAVAILABLE)
        return got;
    l->worst = got == OK ? l->worst : got;
    l->fetched++;
    *io_had = got == OK && !l->r->settings->remote.done;
    return OK;
}

static enum err look_at(struct scope *sc, struct looking *l, const struct entry *e)
{
    struct str was = doc_text(doc_get(l->before, e->name));
    bool had = str_starts(was, "had ") && str_is((struct str){was.p + 4, was.n - 4}, e->key);

    if (!had)
        TRY(sc, keep_new(sc, l, e, was, &had));
    if (l->seen.n > 1)
        buf_c(&l->seen, ',');
    json_put_text(&l->seen, str_of(e->name));
    buf_c(&l->seen, ':');
    json_put_text(&l->seen, str_of(had ? arena_f(sc->arena, "had %s", e->key) : e->key));
    return OK;
}

/* What two looks see the same of; *io_seen becomes what this one saw. One that is left where it is, and whose content
 * came before by another name, would be fetched again and again, if what was seen did not say that it was. */
static enum err keep_all(struct scope *sc, struct remote *r, const char **io_seen)
{
    struct looking l = {.r = r, .until_us = loop_now_us() + LOOK_US};

    if (**io_seen && doc_parse(sc, str_of(*io_seen), &l.before) != OK) {
        scope_clear(sc); /* as if nothing had been seen: the next look knows more */
        l.before = NULL;
    }
    buf_init(&l.seen, sc->arena, 400000);
    buf_c(&l.seen, '{');
    for (size_t i = 0; i < r->n; i++)
        if (!r->entries[i].gone)
            TRY(sc, look_at(sc, &l, &r->entries[i]));
    buf_c(&l.seen, '}');
    *io_seen = l.seen.full ? "" : buf_cstr(&l.seen);
    return l.worst;
}

enum err files_remote_look(struct scope *sc, const struct files_due *of, const struct files_settings *s,
                           const struct connection *c, const char **io_seen)
{
    struct remote r = {.of = of, .settings = s, .connection = c, .arena = sc->arena};
    enum err worst;

    TRY(sc, files_remote_open(sc, &of->connection_id, &s->remote, &r.to));
    TRY(sc, list(sc, &r));
    TRY(sc, put_away(sc, &r, &worst));
    TRY(sc, keep_all(sc, &r, io_seen));
    if (worst != OK)
        return FAIL(sc, worst,
                    "files that were read cannot be moved away at the host: is there the folder \"%s\", and may it be "
                    "written to?",
                    s->remote.failed ? arena_f(sc->arena, "%s\" or \"%s", s->remote.done, s->remote.failed)
                                     : s->remote.done);
    if (r.unfit)
        return FAIL(sc, ERR_INVALID,
                    "%u files of the host cannot be taken: their names are longer than %d octets or are no text in "
                    "UTF-8",
                    r.unfit, FILES_LISTED_NAME_MAX);
    return OK;
}
