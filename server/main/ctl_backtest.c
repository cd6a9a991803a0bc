#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/audit.h"
#include "backtest/backtest.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "main/ctl_int.h"
#include "sys/fiber.h"

/* A version of a mapping over recorded messages: from files without a database, or by a worker. */
#define DOCUMENT_MAX ((size_t)1 << 20)
#define LINES_MAX    ((size_t)2 << 30)
#define BATCH_OCTETS ((size_t)400 << 10)
#define WAIT_US      300000

/* ---- records ---- */

struct feed {
    struct backtest_cage *cage;
    struct scope *batch; /* of the records that were not handed over yet */
    struct backtest_record v[256];
    size_t n, octets;
    int64_t seen;
    struct backtest_counts counts;
};

static void batch_end(struct feed *f)
{
    scope_free(f->batch);
    f->batch = scope_new();
    f->n = f->octets = 0;
}

static enum err flush(struct scope *sc, struct feed *f)
{
    enum err e = f->n ? backtest_cage_put(f->batch, f->cage, f->v, f->n, &f->counts) : OK;

    if (e != OK)
        e = FAIL(sc, e, "%s", scope_fault(f->batch)->message);
    batch_end(f);
    return e;
}

/* Ids count from 1, so that a line is found again. */
static enum err add(struct scope *sc, struct feed *f, struct str body, int64_t received_at_us)
{
    struct backtest_record *r = &f->v[f->n++];

    *r = (struct backtest_record){.received_at_us = received_at_us, .body = body};
    if (++f->seen > BACKTEST_RECORDS_MAX)
        return FAIL(sc, ERR_TOO_LARGE, "a backtest looks at no more than %d records", BACKTEST_RECORDS_MAX);
    for (int i = 0; i < 8; i++)
        r->message_id.b[15 - i] = (uint8_t)((uint64_t)f->seen >> 8 * i);
    r->body.p = str_dup(f->batch->arena, body);
    f->octets += body.n;
    return f->n == ARRAY_LEN(f->v) || f->octets >= BATCH_OCTETS ? flush(sc, f) : OK;
}

/* All as if they came now: what is said of time is the same for both sides. */
static enum err lines(struct scope *sc, struct feed *f, const char *path, int64_t now_us)
{
    struct str text;

    TRY(sc, ctl_read_file(sc, path, LINES_MAX, &text));
    while (text.n) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;

        if (n)
            TRY(sc, add(sc, f, (struct str){text.p, n}, now_us));
        text = (struct str){text.p + n + (end != NULL), text.n - n - (end != NULL)};
    }
    return OK;
}

static int is_json(const struct dirent *d)
{
    size_t n = strlen(d->d_name);

    return n > 5 && strcmp(d->d_name + n - 5, ".json") == 0;
}

static enum err folder(struct scope *sc, struct feed *f, const char *path, int64_t now_us)
{
    struct dirent **names;
    int n = scandir(path, &names, is_json, alphasort);
    enum err e = n < 0 ? FAIL(sc, ERR_NOT_FOUND, "%s cannot be read", path) : OK;

    for (int i = 0; i < n; i++) {
        struct scope *one = scope_new();
        struct str body;

        if (e == OK &&
            ctl_read_file(one, arena_f(one->arena, "%s/%s", path, names[i]->d_name), BACKTEST_RECORD_MAX, &body) != OK)
            e = FAIL(sc, ERR_INVALID, "%s", scope_fault(one)->message);
        if (e == OK)
            e = add(sc, f, body, now_us);
        scope_free(one);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
    return e;
}

/* ---- what is said of it ---- */

static void table(const struct doc *rows, const char *what)
{
    for (size_t i = 0; i < doc_count(rows); i++) {
        const struct doc *row = doc_at(rows, i);
        struct str path = doc_text(doc_get(row, "path")), code = doc_text(doc_get(row, "code"));
        int64_t records = 0;

        doc_int(doc_get(row, "records"), &records);
        printf("%10lld  %s %.*s%s%.*s\n", (long long)records, what, (int)path.n, path.n ? path.p : "",
               code.n ? "  " : "", (int)code.n, code.n ? code.p : "");
    }
}

static void sums(const struct doc *money)
{
    for (size_t i = 0; i < doc_count(money); i++) {
        struct str currency = doc_text(doc_get(doc_at(money, i), "currency"));
        struct str difference = doc_text(doc_get(doc_at(money, i), "difference"));

        printf("%10.*s  %.*s more or less in all\n", (int)difference.n, difference.p, (int)currency.n, currency.p);
    }
}

static void show(const struct backtest_counts *n, const struct doc *result)
{
    const struct {
        const char *what;
        int64_t n;
    } rows[] = {{"records", n->records},
                {"the same", n->same},
                {"changed", n->changed},
                {"newly failing", n->newly_failing},
                {"newly passing", n->newly_passing},
                {"still failing", n->still_failing}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        printf("%10lld  %s\n", (long long)rows[i].n, rows[i].what);
    sums(doc_get(result, "money"));
    table(doc_get(result, "changes"), "changed at");
    table(doc_path(result, "newly_failing_by.reasons"), "newly failing at");
    table(doc_path(result, "newly_passing_by.reasons"), "failed before at");
    table(doc_path(result, "still_failing_by.reasons"), "still failing at");
}

static enum err judged(struct scope *sc, const struct ctl_args *a, const struct backtest_counts *n, struct str result)
{
    const struct doc *d;

    TRY(sc, doc_parse(sc, result, &d));
    if (a->form == CTL_JSON)
        printf("%.*s\n", (int)result.n, result.p);
    else
        show(n, d);
    if (n->records == 0)
        return FAIL(sc, ERR_CONFLICT, "no record was found, and a backtest of none counts for nothing");
    return n->newly_failing ? FAIL(sc, ERR_CONFLICT, "%lld records fail that did not", (long long)n->newly_failing)
                            : OK;
}

/* ---- from files ---- */

static enum err plan_read(struct scope *sc, const struct ctl_args *a, struct backtest_plan *out)
{
    struct xref_snapshot *snapshot;
    const char *path;

    TRY(sc, ctl_need(sc, a, "candidate", &path));
    TRY(sc, ctl_read_file(sc, path, DOCUMENT_MAX, &out->candidate));
    TRY(sc, ctl_need(sc, a, "against", &path));
    TRY(sc, ctl_read_file(sc, path, DOCUMENT_MAX, &out->against));
    if (!ctl_option(a, "xref"))
        return OK;
    TRY(sc, ctl_read_xref(sc, ctl_option(a, "xref"), &snapshot));
    out->snapshot = snapshot;
    return OK;
}

static enum err feed_all(struct scope *sc, struct feed *f, const char *path)
{
    int64_t now_us = time_now_us();
    struct stat s;

    if (stat(path, &s) == 0 && S_ISDIR(s.st_mode))
        TRY(sc, folder(sc, f, path, now_us));
    else
        TRY(sc, lines(sc, f, path, now_us));
    return flush(sc, f);
}

static enum err from_files(struct scope *sc, const struct ctl_args *a)
{
    struct feed *f = ARENA_NEW(sc->arena, struct feed);
    struct backtest_plan plan = {0};
    struct str result;
    const char *path;
    enum err e;

    TRY(sc, ctl_need(sc, a, "records", &path));
    TRY(sc, plan_read(sc, a, &plan));
    TRY(sc, backtest_cage_open(sc, &plan, &f->cage));
    f->batch = scope_new();
    e = feed_all(sc, f, path);
    if (e == OK)
        e = backtest_cage_end(sc, f->cage, &f->counts, &result);
    backtest_cage_close(f->cage);
    scope_free(f->batch);
    return e == OK ? judged(sc, a, &f->counts, result) : e;
}

/* ---- in the database: a worker runs it ---- */

static struct scope *look_scope(struct scope *sc)
{
    struct scope *one = scope_new();

    one->db = sc->db;
    one->tenant = sc->tenant;
    one->actor = sc->actor;
    return one;
}

static enum err look(struct scope *sc, const struct uuid *mapping_id, const struct uuid *id, bool *out_ended)
{
    struct backtest_row row;

    TRY(sc, backtest_get(sc, mapping_id, 0, id, &row));
    *out_ended = row.ended_at_us != INT64_MIN;
    return OK;
}

/* A scope a look, however long it takes. */
static enum err wait_for(struct scope *sc, const struct uuid *mapping_id, const struct uuid *id)
{
    bool ended = false;
    enum err e = OK;

    while (!ended && e == OK) {
        struct scope *one = look_scope(sc);

        fiber_sleep_us(WAIT_US);
        e = look(one, mapping_id, id, &ended);
        if (e != OK)
            e = FAIL(sc, e, "%s", scope_fault(one)->message);
        db_rollback(one);
        scope_free(one);
    }
    return e;
}

static enum err ask_read(struct scope *sc, const struct ctl_args *a, struct backtest_ask *out)
{
    int64_t number, against, days, messages;

    TRY(sc, ctl_number(sc, a, "version", 0, &number));
    TRY(sc, ctl_number(sc, a, "against", BACKTEST_AGAINST_WORKING, &against));
    TRY(sc, ctl_number(sc, a, "last-days", 0, &days));
    TRY(sc, ctl_number(sc, a, "last-messages", 0, &messages));
    if (number < 1 || number > MAPS_VERSIONS_MAX)
        return FAIL(sc, ERR_INVALID, "--version is needed");
    if (days < 0 || days > BACKTEST_DAYS_MAX || messages < 0 || messages > BACKTEST_RECORDS_MAX ||
        (days > 0) == (messages > 0))
        return FAIL(sc, ERR_INVALID, "--last-days (at most %d) or --last-messages (at most %d) is needed",
                    BACKTEST_DAYS_MAX, BACKTEST_RECORDS_MAX);
    *out = (struct backtest_ask){.number = (int32_t)number,
                                 .against = (int32_t)against,
                                 .last_days = (int32_t)days,
                                 .last_messages = (int32_t)messages};
    return OK;
}

static enum err from_database(struct scope *sc, const struct ctl_args *a)
{
    struct backtest_ask ask;
    struct backtest_row row;
    struct maps_mapping m;
    struct uuid mapping_id, id;
    struct str result;
    bool given;

    if (!sc->db)
        return FAIL(sc, ERR_INVALID, "TENON_DATABASE_OPERATOR_URL is not set");
    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_id(sc, a, "mapping", "map", &mapping_id, &given));
    TRY(sc, ask_read(sc, a, &ask));
    TRY(sc, maps_get(sc, &mapping_id, &m));
    TRY(sc, backtest_ask(sc, &m, &ask, &id));
    audit_note(sc, &(struct audit_act){.action = "mapping.backtest.create",
                                       .object_kind = "bkt",
                                       .object_id = id,
                                       .has_customer = true,
                                       .customer_id = m.customer_id});
    TRY(sc, db_commit(sc));
    TRY(sc, wait_for(sc, &mapping_id, &id));
    TRY(sc, backtest_get(sc, &mapping_id, 0, &id, &row));
    if (strcmp(row.state, "done") != 0)
        return FAIL(sc, ERR_CONFLICT, "the backtest %s: %s", row.state, row.reason ? row.reason : "somebody ended it");
    TRY(sc, backtest_whole(sc, &row, &result));
    return judged(sc, a, &row.counts, result);
}

static enum err mapping_backtest(struct scope *sc, const struct ctl_args *a)
{
    return ctl_option(a, "mapping") ? from_database(sc, a) : from_files(sc, a);
}

const struct ctl_command ctl_backtest_commands[] = {
    {"mapping", "backtest",
     "--candidate FILE --against FILE --records DIR|FILE.jsonl [--xref FILE] | --partner SLUG --mapping map_… "
     "--version N --last-days N|--last-messages N [--against N]",
     "Runs recorded documents through a mapping beside another and tells what differs; 1 when something newly fails or "
     "no record was found. With --mapping a worker does it with what the database has recorded, which takes a grant "
     "for the customer (grant create).",
     "--candidate new.mapping.json --against order.mapping.json --records recorded.jsonl", mapping_backtest, CTL_LOOP},
    {},
};
