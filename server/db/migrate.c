#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "db_int.h"

/* Blocking, on a connection of its own. The lock's number means nothing, it only has to stay the same. */
#define LOCK_QUERY    "set lock_timeout = '60s'; select pg_advisory_lock(7364920157); set lock_timeout = '2s'"
#define MIGRATION_MAX ((size_t)4 * 1024 * 1024)
/* Whoever waits for a lock makes all others wait behind it, so a migration waits shortly, lets them by and tries again.
 */
#define LOCK_TRIES    30
#define LOCK_PAUSE_NS 500000000

enum { MIGRATIONS_MAX = 9999, VERSION_DIGITS = 4 };

struct migration {
    char version[VERSION_DIGITS + 1];
    const char *file; /* name in the folder */
    const char *name;
    const char *text;
};

static enum err refused(struct scope *sc, PGconn *pg, const PGresult *r, const char *what)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    bool later = !state || strcmp(state, "55P03") == 0 || strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0;
    enum err e = FAIL(sc, later ? ERR_UNAVAILABLE : ERR_INTERNAL, "%s failed", what);

    scope_detail(sc, "%s", PQerrorMessage(pg));
    return e;
}

static enum err run(struct scope *sc, PGconn *pg, const char *sql, const char *what)
{
    PGresult *r = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(r);
    enum err e = OK;

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        e = refused(sc, pg, r, what);
    PQclear(r);
    return e;
}

/* "0017_review_case.sql"; what undoes one is for a person and not for here. */
static bool name_parse(const char *file, struct migration *out)
{
    size_t n = strlen(file);

    if (strspn(file, "0123456789") != VERSION_DIGITS || file[VERSION_DIGITS] != '_' || n < VERSION_DIGITS + 6 ||
        strcmp(file + n - 4, ".sql") != 0)
        return false;
    if (strspn(file, "0123456789abcdefghijklmnopqrstuvwxyz_") != n - 4)
        return false;
    memcpy(out->version, file, VERSION_DIGITS);
    out->version[VERSION_DIGITS] = '\0';
    return true;
}

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum err text_read(struct scope *sc, const char *folder, struct migration *m)
{
    CLEANUP(fd_close) int fd = open(arena_f(sc->arena, "%s/%s", folder, m->file), O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t got = 0;
    char *text;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) != 0 || st.st_size < 0 || (size_t)st.st_size > MIGRATION_MAX)
        return FAIL(sc, ERR_INVALID, "migration %s cannot be read", m->file);
    text = arena_zalloc(sc->arena, (size_t)st.st_size + 1);
    while ((n = read(fd, text + got, (size_t)st.st_size - got)) > 0)
        got += (size_t)n;
    if (got != (size_t)st.st_size || memchr(text, '\0', got))
        return FAIL(sc, ERR_INVALID, "migration %s cannot be read", m->file);
    m->text = text;
    return OK;
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct migration *)a)->file, ((const struct migration *)b)->file);
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && strcmp(s + n - m, end) == 0;
}

static enum err folder_read(struct scope *sc, DIR *dir, struct migration *out, size_t *out_n)
{
    const struct dirent *d;
    size_t n = 0;

    while ((d = readdir(dir))) {
        struct migration m = {.file = d->d_name};

        if (!ends_with(d->d_name, ".sql") || ends_with(d->d_name, ".undo.sql"))
            continue;
        if (!name_parse(d->d_name, &m) || n == MIGRATIONS_MAX)
            return FAIL(sc, ERR_INVALID, "migration %s is not named 0000_name.sql", d->d_name);
        m.file = arena_strdup(sc->arena, d->d_name);
        m.name = arena_strndup(sc->arena, m.file + VERSION_DIGITS + 1, strlen(m.file) - VERSION_DIGITS - 5);
        out[n++] = m;
    }
    qsort(out, n, sizeof(*out), by_file);
    for (size_t i = 1; i < n; i++)
        if (strcmp(out[i].version, out[i - 1].version) == 0)
            return FAIL(sc, ERR_INVALID, "migrations %s and %s have one number", out[i - 1].file, out[i].file);
    *out_n = n;
    return OK;
}

static enum err folder_open(struct scope *sc, const char *folder, struct migration **out, size_t *out_n)
{
    DIR *dir = opendir(folder);
    enum err e;

    if (!dir)
        return FAIL(sc, ERR_INVALID, "the folder of migrations cannot be read: %s", folder);
    *out = ARENA_ARRAY(sc->arena, struct migration, MIGRATIONS_MAX);
    e = folder_read(sc, dir, *out, out_n);
    closedir(dir);
    TRY(sc, e);
    for (size_t i = 0; i < *out_n; i++)
        TRY(sc, text_read(sc, folder, &(*out)[i]));
    return OK;
}

static enum err is_applied(struct scope *sc, PGconn *pg, const struct migration *m, bool *out)
{
    const char *values[] = {m->version, m->text};
    PGresult *r = PQexecParams(pg,
                               "select checksum = sha256(convert_to($2::text, 'UTF8')) from schema_migration"
                               " where version = $1::int",
                               2, NULL, values, NULL, NULL, 0);
    enum err e = OK;

    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        e = refused(sc, pg, r, "looking up the migrations");
    else if (PQntuples(r) == 1 && strcmp(PQgetvalue(r, 0, 0), "t") != 0)
        e = FAIL(sc, ERR_CONFLICT, "migration %s was changed after it had been applied", m->file);
    else
        *out = PQntuples(r) == 1;
    PQclear(r);
    return e;
}

static enum err note_applied(struct scope *sc, PGconn *pg, const struct migration *m)
{
    const char *values[] = {m->version, m->name, m->text};
    PGresult *r = PQexecParams(pg,
                               "insert into schema_migration (version, name, checksum)"
                               " values ($1::int, $2, sha256(convert_to($3::text, 'UTF8')))",
                               3, NULL, values, NULL, NULL, 0);
    enum err e = OK;

    if (PQresultStatus(r) != PGRES_COMMAND_OK)
        e = refused(sc, pg, r, "noting a migration");
    PQclear(r);
    return e;
}

static enum err apply_begun(struct scope *sc, PGconn *pg, const struct migration *m)
{
    TRY(sc, run(sc, pg, m->text, arena_f(sc->arena, "migration %s", m->file)));
    if (PQtransactionStatus(pg) != PQTRANS_INTRANS)
        return FAIL(sc, ERR_INVALID, "migration %s ends its transaction itself", m->file);
    return note_applied(sc, pg, m);
}

static enum err apply_once(struct scope *sc, PGconn *pg, const struct migration *m)
{
    enum err e;

    TRY(sc, run(sc, pg, "begin", "beginning a migration"));
    e = apply_begun(sc, pg, m);
    if (e != OK) {
        PQclear(PQexec(pg, "rollback"));
        return scope_pass(sc, e, __FILE__, __LINE__);
    }
    return run(sc, pg, "commit", arena_f(sc->arena, "committing migration %s", m->file));
}

static enum err apply(struct scope *sc, PGconn *pg, const struct migration *m)
{
    bool done = false;
    enum err e;

    TRY(sc, is_applied(sc, pg, m, &done));
    if (done)
        return OK;
    e = apply_once(sc, pg, m);
    for (int i = 1; i < LOCK_TRIES && e == ERR_UNAVAILABLE && PQstatus(pg) == CONNECTION_OK; i++) {
        scope_clear(sc);
        nanosleep(&(struct timespec){.tv_nsec = LOCK_PAUSE_NS}, NULL);
        e = apply_once(sc, pg, m);
    }
    return e;
}

static enum err migrate(struct scope *sc, PGconn *pg, const struct migration *list, size_t n)
{
    TRY(sc, run(sc, pg, LOCK_QUERY, "waiting for another migration"));
    TRY(sc, run(sc, pg,
                "create table if not exists schema_migration (version int primary key, name text not null,"
                " checksum bytea not null, applied_at timestamptz not null default now())",
                "preparing the list of migrations"));
    for (size_t i = 0; i < n; i++)
        TRY(sc, apply(sc, pg, &list[i]));
    return OK;
}

static void ignore_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

enum err db_blocking_open(struct scope *sc, const char *url, PGconn **out)
{
    const char *keys[] = {"dbname", "client_encoding", "gssencmode", "connect_timeout", NULL};
    const char *values[] = {url, "UTF8", "disable", "10", NULL};
    PGconn *pg = PQconnectdbParams(keys, values, 1);
    enum err e;

    if (PQstatus(pg) == CONNECTION_OK) {
        PQsetNoticeReceiver(pg, ignore_notice, NULL);
        *out = pg;
        return OK;
    }
    e = FAIL(sc, ERR_UNAVAILABLE, "the database cannot be reached at the moment");
    scope_detail(sc, "%s", PQerrorMessage(pg));
    scope_retry_after(sc, 1);
    PQfinish(pg);
    return e;
}

enum err db_migrate(struct scope *sc, const char *url, const char *folder)
{
    struct migration *list;
    size_t n;
    PGconn *pg;
    enum err e;

    TRY(sc, folder_open(sc, folder, &list, &n));
    TRY(sc, db_blocking_open(sc, url, &pg));
    e = migrate(sc, pg, list, n);
    PQfinish(pg); /* and with it the lock */
    TRY(sc, e);
    return OK;
}
