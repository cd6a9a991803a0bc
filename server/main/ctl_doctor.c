#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "db/db.h"
#include "flow/flow.h"
#include "http/http.h"
#include "main/ctl_int.h"
#include "main/main_int.h"
#include "org/org.h"
#include "q_org.h"
#include "redis/redis.h"
#include "sys/config.h"
#include "sys/fault.h"

/* Looks at what a server needs, one check after the other, and says of each what was found and what to do. Changes
 * nothing. */
#define CLOCK_OFF_US  1000000
#define DISK_LEAST    ((uint64_t)1 << 30)
#define NANO_PER_US   1000
#define US_PER_SECOND INT64_C(1000000)
#define DAY_US        (86400 * US_PER_SECOND)

enum finding { GOOD, ODD, BAD };

struct doctor {
    struct scope *sc;
    struct ctl_list list;
    unsigned bad;
};

static void say(struct doctor *d, const char *what, enum finding f, const char *found, const char *fix)
{
    static const char *const names[] = {"ok", "warn", "bad"};

    ctl_list_add(&d->list, (const char *const[]){what, names[f], found, f == GOOD ? NULL : fix});
    d->bad += f == BAD;
}

/* What failed, as the scope tells it, and then forgets. */
static const char *told(struct scope *sc, enum err e)
{
    const struct fault *f = scope_fault(sc);
    const char *text = arena_strdup(sc->arena, f->message ? f->message : err_info(e)->title);

    if (f->detail)
        text = arena_f(sc->arena, "%s (%s)", text, arena_strndup(sc->arena, f->detail, strcspn(f->detail, "\n")));
    scope_clear(sc);
    return text;
}

static void keys(struct doctor *d)
{
    say(d, "key: edge", org_kek_is_here(ORG_EDGE) ? GOOD : BAD,
        org_kek_is_here(ORG_EDGE) ? "opens" : "TENON_EDGE_KEK_FILE is not set",
        "make one with tenonctl key make FILE and name it there");
    say(d, "key: connection", org_kek_is_here(ORG_CONNECTION) ? GOOD : ODD,
        org_kek_is_here(ORG_CONNECTION) ? "opens" : "TENON_CONNECTION_KEK_FILE is not set",
        "workers need it; a machine that only answers requests must not have it");
    say(d, "key: cursors", config_text("CURSOR_KEY_FILE") ? GOOD : ODD,
        config_text("CURSOR_KEY_FILE") ? "set" : "TENON_CURSOR_KEY_FILE is not set",
        "without it a list's cursor is good at one process only");
}

static void walls(struct doctor *d)
{
    static const struct {
        const char *setting, *role;
        bool needed;
    } all[] = {
        {"DATABASE_API_URL", "tenon_api", true},
        {"DATABASE_INTAKE_URL", "tenon_intake", true},
        {"DATABASE_WORKER_URL", "tenon_worker", true},
        {"DATABASE_DISPATCH_URL", "tenon_dispatch", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        const char *what = arena_f(d->sc->arena, "database: %s", all[i].role);
        const char *url = config_text(all[i].setting);
        enum err e;

        if (!url) {
            say(d, what, ODD, arena_f(d->sc->arena, "TENON_%s is not set", all[i].setting),
                "set it where that role serves");
            continue;
        }
        e = db_check_isolation(d->sc, url, all[i].role);
        say(d, what, e == OK ? GOOD : BAD, e == OK ? "answers, tenants are kept apart" : told(d->sc, e),
            "run sql/roles.sql as the superuser, then tenonctl migrate up");
    }
}

static int64_t wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * US_PER_SECOND + t.tv_nsec / NANO_PER_US;
}

static void schema_and_clock(struct doctor *d)
{
    const char *url =
        config_text("DATABASE_API_URL") ? config_text("DATABASE_API_URL") : config_text("DATABASE_WORKER_URL");
    struct db_conf conf = {.url = url,
                           .name = "doctor",
                           .connections = 1,
                           .waiters = 1,
                           .statement_timeout_ms = 5000,
                           .first_wait_us = CTL_FIRST_WAIT_US};
    struct db *before = d->sc->db;
    struct q_schema_seen_row row;
    int64_t off;
    enum err e;

    if (!url)
        return;
    d->sc->db = db_open(&conf);
    e = q_schema_seen(d->sc, &row);
    db_rollback(d->sc);
    db_close(d->sc->db);
    d->sc->db = before;
    if (e != OK) {
        say(d, "schema", BAD, told(d->sc, e), "tenonctl migrate up");
        return;
    }
    say(d, "schema", row.version >= TENON_SCHEMA ? GOOD : BAD,
        arena_f(d->sc->arena, "version %d, this release needs %d", row.version, TENON_SCHEMA), "tenonctl migrate up");
    off = wall_us() - row.now_us;
    say(d, "clock", llabs(off) <= CLOCK_OFF_US ? GOOD : BAD,
        arena_f(d->sc->arena, "%lld ms from the database's", (long long)off / 1000),
        "run a time service on both machines");
}

/* What came in and what was to be changed elsewhere in the last day, as sums that must come out. */
static void conservation(struct doctor *d)
{
    const char *url = config_text("DATABASE_DISPATCH_URL");
    struct db_conf conf = {.url = url,
                           .name = "doctor",
                           .connections = 1,
                           .waiters = 1,
                           .statement_timeout_ms = 60000,
                           .no_tenant = true,
                           .first_wait_us = CTL_FIRST_WAIT_US};
    struct db *before = d->sc->db;
    int64_t now = wall_us();
    struct flow_sums s;
    enum err e;

    if (!url)
        return;
    d->sc->db = db_open(&conf);
    e = ledger_sums(d->sc, now - DAY_US, now, &s);
    db_rollback(d->sc);
    db_close(d->sc->db);
    d->sc->db = before;
    if (e != OK) {
        say(d, "conservation", BAD, told(d->sc, e), "tenonctl migrate up");
        return;
    }
    say(d, "messages", s.lost == 0 && flow_messages_gap(&s) == 0 ? GOOD : BAD,
        arena_f(d->sc->arena,
                "%lld received = %lld processed + %lld duplicate + %lld held + %lld dead + %lld in flight + %lld only "
                "kept; "
                "%lld lost",
                (long long)s.received, (long long)s.processed, (long long)s.duplicate, (long long)s.held,
                (long long)s.dead, (long long)s.in_flight, (long long)s.kept, (long long)s.lost),
        "messages have no job that should have one: keep the database as it is and report it");
    say(d, "effects", s.unsettled == 0 && flow_effects_gap(&s) == 0 ? GOOD : BAD,
        arena_f(
            d->sc->arena,
            "%lld planned = %lld confirmed + %lld rejected + %lld unknown + %lld superseded + %lld not yet sent; %lld "
            "left open by jobs that are done",
            (long long)s.planned, (long long)s.confirmed, (long long)s.rejected, (long long)s.unknown,
            (long long)s.superseded, (long long)s.not_yet_sent, (long long)s.unsettled),
        "a change was left without an end: look at it in the outside system, and report it");
}

static void redis(struct doctor *d)
{
    const char *url = config_text("REDIS_URL");
    struct str ping = STR("PING");
    struct redis_reply reply;
    struct redis *r = url ? redis_open(url) : NULL;
    enum err e;

    if (!r) {
        say(d, "redis", ODD, url ? "TENON_REDIS_URL cannot be read" : "TENON_REDIS_URL is not set",
            "without it work is found by asking PostgreSQL, and limits hold for each process by itself");
        return;
    }
    e = redis_command(d->sc, r, &ping, 1, &reply);
    say(d, "redis", e == OK ? GOOD : BAD, e == OK ? "answers" : told(d->sc, e),
        "start it; work goes on without it meanwhile");
    redis_close(r);
}

static void certificate(struct doctor *d)
{
    const char *cert = config_text("TLS_CERT_FILE"), *key = config_text("TLS_KEY_FILE");
    struct http_tls *tls = NULL;
    enum err e;

    if (!cert || !key) {
        say(d, "certificate", ODD, "TENON_TLS_CERT_FILE and TENON_TLS_KEY_FILE are not set",
            "HTTPS needs one to show to whoever names no known host");
        return;
    }
    e = http_tls_open(d->sc, cert, key, &tls);
    say(d, "certificate", e == OK ? GOOD : BAD, e == OK ? "opens and fits its key" : told(d->sc, e),
        "give the pair anew");
    http_tls_close(tls);
}

static void folders(struct doctor *d)
{
    static const char *const settings[] = {"WEB_DIR", "BRANDING_DIR", "MIGRATIONS_DIR"};

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        const char *path = config_text(settings[i]);
        bool there = access(path, R_OK | X_OK) == 0;

        say(d, arena_f(d->sc->arena, "folder: %s", settings[i]), there ? GOOD : BAD, path,
            arena_f(d->sc->arena, "set TENON_%s to where the release was unpacked", settings[i]));
    }
}

static void disk(struct doctor *d)
{
    const char *path = config_text("DATA_DIR") ? config_text("DATA_DIR") : "/";
    struct statvfs fs;
    uint64_t left;

    if (statvfs(path, &fs) != 0) {
        say(d, "disk", BAD, arena_f(d->sc->arena, "%s cannot be looked at", path),
            "set TENON_DATA_DIR to a folder of ours");
        return;
    }
    left = (uint64_t)fs.f_bavail * fs.f_frsize;
    say(d, "disk", left >= DISK_LEAST ? GOOD : BAD,
        arena_f(d->sc->arena, "%llu MiB left at %s", (unsigned long long)(left >> 20), path),
        "make room before it is full");
}

static void tests_only(struct doctor *d)
{
    if (fault_armed)
        say(d, "faults", BAD, "TENON_FAULT is set: this server will die at a point", "unset it");
    if (config_bool("ALLOW_PRIVATE_ADDRESSES"))
        say(d, "addresses", ODD, "connections may lead into private networks",
            "unset TENON_ALLOW_PRIVATE_ADDRESSES in production");
}

static enum err doctor_run(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"check", "state", "found", "fix"};
    struct doctor d = {.sc = sc};

    ctl_list_init(&d.list, sc, a, columns, ARRAY_LEN(columns));
    keys(&d);
    walls(&d);
    schema_and_clock(&d);
    conservation(&d);
    redis(&d);
    certificate(&d);
    folders(&d);
    disk(&d);
    tests_only(&d);
    ctl_list_print(&d.list);
    return d.bad ? FAIL(sc, ERR_CONFLICT, "%u of %zu checks failed", d.bad, d.list.rows) : OK;
}

const struct ctl_command ctl_doctor_commands[] = {
    {"doctor", "run", "",
     "Checks configuration, keys, database, Redis, clock, disk and certificate, each with the fix.", "--json",
     doctor_run, CTL_LOOP},
    {},
};
