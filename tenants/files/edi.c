#include "base/timefmt.h"
#include "crypto/crypto.h"
#include "db/db.h"
#include "files/page_int.h"
#include "sys/fault.h"
#include "x12/x12.h"

/* Interchanges of X12: each is taken in one transaction, with its sets as messages, what acknowledges it, and its
 * control number, which is what a repeat is known by. A file goes on at the interchange that has not been taken. */

#define OCTETS_MAX ((size_t)2 << 20) /* it is read in one go, while nothing else runs on the thread */
#define LEASE_S    60
#define ANSWERS    20 /* of one look */

struct edi {
    const struct files_due *of;
    const struct q_file_claim_row *file;
    const struct files_settings *settings;
    struct x12_file read;
    int64_t number, refused, line; /* of the last set; of all that were refused; of the last set */
    files_notify *notify;
    void *arg;
};

/* 999 is what some send in the place of a 997; it has no structure here, and is read all the same. */
static bool acknowledges(struct str set)
{
    return str_is(set, "997") || str_is(set, "999");
}

/* The names that mappings have for what a set is about. */
static const char *object_of(struct scope *sc, struct str set)
{
    static const struct {
        const char *set, *object;
    } known[] = {
        {"850", "order"}, {"846", "inventory"}, {"856", "shipment"}, {"945", "warehouse_shipment"}, {"820", "payout"}};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_is(set, known[i].set))
            return known[i].object;
    return arena_f(sc->arena, "set_%s", str_dup(sc->arena, set));
}

static struct str element(const struct x12_segment *s, size_t n)
{
    struct str v = s && n <= s->n ? s->elements[n - 1] : (struct str){NULL, 0};

    while (v.n && v.p[v.n - 1] == ' ')
        v.n--;
    return v;
}

/* NULL: it is the partner's, for us. */
static const char *stranger(struct scope *sc, const struct edi *e, const struct x12_interchange *in)
{
    const struct files_edi *s = &e->settings->edi;
    struct str from = element(in->isa, 6), to = element(in->isa, 8);

    if (!str_is(from, s->partner) || !str_is(element(in->isa, 5), s->partner_qualifier))
        return arena_f(sc->arena, "the sender %.*s is not the partner of this connection, which is %s", (int)from.n,
                       from.p, s->partner);
    if (!str_is(to, s->us) || !str_is(element(in->isa, 7), s->us_qualifier))
        return arena_f(sc->arena, "it is meant for %.*s and not for %s", (int)to.n, to.p, s->us);
    if (str_is(element(in->isa, 15), "T") != s->test)
        return s->test ? "it is no test, and this connection is one" : "it is a test, and this connection is none";
    return NULL;
}

static const char *fault_of(struct scope *sc, const struct x12_faults *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->items[i].rejects)
            return arena_f(sc->arena, "%s%.*s%s%s", f->items[i].code, (int)(f->items[i].segment.n ? 1 : 0), " ",
                           f->items[i].segment.n ? str_dup(sc->arena, f->items[i].segment) : "",
                           f->items[i].meaning ? arena_f(sc->arena, ": %s", f->items[i].meaning) : "");
    return NULL;
}

static void refuse(struct scope *sc, struct edi *e, struct files_page *p, const char *field, int64_t line,
                   const char *reason)
{
    e->number++;
    e->line = line > 0 ? line : 1;
    files_page_refuse(sc, p, &e->refused, &(struct files_refused){e->number, e->line, field, reason});
}

/* ---- one set ---- */

/* Where each flow begins among the messages: those of one object lie side by side. */
struct kept {
    struct q_file_flow_row flow;
    bool has_flow;
    struct files_page page;
    const struct x12_set *ack; /* it says what became of ours; NULL: it does not */
    int64_t number, line;
};

static enum err flow_of(struct scope *sc, const struct edi *e, struct str set, const char *object, struct kept *k)
{
    const struct q_file_flow_row *flow;

    TRY(sc, q_file_flow(sc, &(struct q_file_flow_in){.connection_id = e->of->connection_id, .object = object}, &flow));
    k->has_flow = flow != NULL;
    if (flow)
        k->flow = *flow;
    TRY(sc, db_commit(sc));
    if (!flow && !acknowledges(set))
        return FAIL(sc, ERR_HOLD, "no flow takes a %s of \"%s\" yet; say which does, and the file goes on", object,
                    e->file->connection_name);
    return OK;
}

static enum err take(struct scope *sc, struct edi *e, const struct x12_interchange *in, const struct x12_group *group,
                     const struct x12_set *set, struct kept *k)
{
    const char *object = object_of(sc, set->code);
    struct doc d = x12_set_document(sc->arena, in, group, set);
    struct str number = doc_text(doc_pointer(&d, "/BEG/BEG03"));
    struct files_taken t = {.topic = arena_f(sc->arena, "x12.%s", str_dup(sc->arena, set->code)), .body = &d};
    struct buf b;

    TRY(sc, flow_of(sc, e, set->code, object, k));
    buf_init(&b, sc->arena, 8 * OCTETS_MAX);
    doc_write(&b, &d);
    e->number++;
    t.json = buf_str(&b);
    t.dedupe = arena_f(sc->arena, "x12/%s/%lld", in->key, (long long)e->number);
    t.key = number.n && number.n <= 100
                ? arena_f(sc->arena, "%s:%s", object, str_dup(sc->arena, number))
                : arena_f(sc->arena, "%s:%.*s/%lld", object, (int)in->control.n, in->control.p, (long long)e->number);
    TRY(sc, doc_parse(sc, t.json, &t.body));
    return files_page_take(sc, k->has_flow ? &k->flow : NULL, &t, &k->page);
}

/* ---- one interchange ---- */

struct taken {
    struct kept **sets;
    size_t n;
    struct files_page *refused;
    struct str answer;
    const char *answer_name;
};

static size_t sets_in(const struct x12_interchange *in)
{
    size_t n = 0;

    for (size_t g = 0; g < in->n; g++)
        n += in->groups[g].n;
    return n;
}

static enum err judge_set(struct scope *sc, struct edi *e, const struct x12_interchange *in,
                          const struct x12_group *group, const struct x12_set *set, struct taken *out)
{
    bool other = str_is(set->code, "999"); /* of a set and a group without a structure there is more to be said */
    const char *why = in->faults.rejects                               ? fault_of(sc, &in->faults)
                      : !other && group->faults.rejects                ? fault_of(sc, &group->faults)
                      : !other && x12_set_verdict(set) == X12_REJECTED ? fault_of(sc, &set->faults)
                                                                       : NULL;
    bool bad = in->faults.rejects || (!other && (group->faults.rejects || x12_set_verdict(set) == X12_REJECTED));

    if (bad) {
        refuse(sc, e, out->refused, str_dup(sc->arena, set->code), set->n ? set->segments[0].line : 1,
               why ? why : "it is rejected");
        return OK;
    }
    out->sets[out->n] = ARENA_NEW(sc->arena, struct kept);
    TRY(sc, take(sc, e, in, group, set, out->sets[out->n]));
    out->sets[out->n]->ack = acknowledges(set->code) ? set : NULL;
    out->sets[out->n]->number = e->number;
    out->sets[out->n]->line = set->n ? set->segments[0].line : 1;
    out->n++;
    return OK;
}

/* What the partner says of ours. What is about nothing of ours is kept like the rest, and told like a row. */
static enum err heed(struct scope *sc, struct edi *e, const struct x12_interchange *in, struct taken *out)
{
    const char *stranger;

    TRY(sc, files_sent_refused(sc, &e->of->connection_id, in, &stranger));
    if (stranger)
        refuse(sc, e, out->refused, "TA1", in->isa->line, stranger);
    for (size_t i = 0; i < out->n; i++) {
        const struct kept *k = out->sets[i];

        if (!k->ack)
            continue;
        TRY(sc, files_sent_acked(sc, &e->of->connection_id, k->ack, &stranger));
        if (stranger)
            files_page_refuse(sc, out->refused, &e->refused,
                              &(struct files_refused){k->number, k->line, "AK1", stranger});
    }
    return OK;
}

/* Numbers are a connection's own, and two may write into one folder: the connection and the content tell them apart, so
 * that a file of this name is this one. */
static const char *answer_name(struct scope *sc, const struct edi *e, int64_t control, struct str answer)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    struct buf b;

    buf_init(&b, sc->arena, sizeof(e->of->connection_id) + answer.n + 1);
    buf_add(&b, (const char *)&e->of->connection_id, sizeof(e->of->connection_id));
    buf_add(&b, answer.p, answer.n);
    crypto_hash(b.p, b.n, hash);
    buf_init(&b, sc->arena, 100);
    buf_f(&b, "997-%09lld-", (long long)control);
    buf_hex(&b, hash, 6);
    buf_s(&b, ".edi");
    return buf_cstr(&b);
}

/* A 997 for each group, and a TA1 where one is asked for. */
static enum err answer(struct scope *sc, const struct edi *e, struct x12_interchange *in, struct taken *out)
{
    struct x12_ack how = {.now_us = time_now_us()};
    struct q_edi_control_row row;
    struct doc d;
    struct buf b;

    TRY(sc, q_edi_control(sc,
                          &(struct q_edi_control_in){.partner_id = sc->tenant.partner_id,
                                                     .customer_id = sc->tenant.customer_id,
                                                     .connection_id = e->of->connection_id},
                          &row));
    how.control = how.group_control = row.control;
    TRY(sc, x12_acknowledge(sc, &(struct x12_file){in, 1}, &how, &d));
    if (doc_count(doc_get(&d, "interchanges")) == 0)
        return OK;
    buf_init(&b, sc->arena, OCTETS_MAX);
    TRY(sc, x12_write(sc, &d, NULL, &b));
    out->answer = buf_str(&b);
    out->answer_name = answer_name(sc, e, row.control, out->answer);
    return OK;
}

/* A repeat, or a stranger: nothing of it is done and nothing is answered. */
static enum err is_unwanted(struct scope *sc, struct edi *e, const struct x12_interchange *in, const char **out)
{
    const struct q_edi_known_row *known;

    *out = stranger(sc, e, in);
    if (*out)
        return OK;
    TRY(sc, q_edi_known(sc, &(struct q_edi_known_in){.connection_id = e->of->connection_id, .key = in->key}, &known));
    TRY(sc, db_commit(sc));
    if (known)
        *out = arena_f(sc->arena, "an interchange of the control number %.*s of this sender came before",
                       (int)in->control.n, in->control.p);
    return OK;
}

static enum err gather(struct scope *sc, struct edi *e, struct x12_interchange *in, struct taken *out, bool *out_wanted)
{
    size_t n = sets_in(in);
    const char *unwanted;

    if (n + (in->ta1_n > 0) > FILES_PAGE_ROWS)
        return FAIL(sc, ERR_INVALID, "an interchange has more than %d sets", FILES_PAGE_ROWS);
    out->sets = ARENA_ARRAY(sc->arena, struct kept *, n);
    out->refused = ARENA_NEW(sc->arena, struct files_page);
    TRY(sc, is_unwanted(sc, e, in, &unwanted));
    *out_wanted = !unwanted;
    if (unwanted)
        refuse(sc, e, out->refused, "ISA", in->isa->line, unwanted);
    for (size_t g = 0; g < in->n && !unwanted; g++)
        for (size_t i = 0; i < in->groups[g].n; i++)
            TRY(sc, judge_set(sc, e, in, &in->groups[g], &in->groups[g].sets[i], out));
    return OK;
}

static enum err store(struct scope *sc, const struct edi *e, const struct taken *t, struct q_file_store_rows *jobs)
{
    for (size_t i = 0; i < t->n; i++)
        TRY(sc,
            files_page_store(sc, e->of, t->sets[i]->has_flow ? &t->sets[i]->flow : NULL, &t->sets[i]->page, &jobs[i]));
    return files_page_store_refused(sc, e->of, t->refused);
}

static enum err note(struct scope *sc, const struct edi *e, const struct x12_interchange *in, const struct taken *t)
{
    const struct q_edi_take_row *row;

    TRY(sc, q_edi_take(sc,
                       &(struct q_edi_take_in){.partner_id = sc->tenant.partner_id,
                                               .customer_id = sc->tenant.customer_id,
                                               .connection_id = e->of->connection_id,
                                               .key = in->key,
                                               .file_id = e->of->file_id,
                                               .control = str_dup(sc->arena, in->control),
                                               .sets = (int32_t)t->n,
                                               .refused = (int32_t)t->refused->refused_all,
                                               .answer = {t->answer.p, t->answer.n},
                                               .answer_name = t->answer_name},
                       &row));
    return row ? OK : FAIL(sc, ERR_CONFLICT, "an interchange of the same number is being taken");
}

static enum err move(struct scope *sc, const struct edi *e, size_t at, int64_t was_row, const struct taken *t,
                     bool *out_mine)
{
    const struct q_file_move_row *row;

    TRY(sc, q_file_move(sc,
                        &(struct q_file_move_in){.file_id = e->of->file_id,
                                                 .was_at = (int64_t)at,
                                                 .was_row = was_row,
                                                 .was_begun = at > 0,
                                                 .heading = "",
                                                 .page_at = (int64_t)at + 1,
                                                 .row_number = e->number,
                                                 .line = e->line,
                                                 .taken = (int64_t)t->n,
                                                 .refused = (int64_t)t->refused->refused_all,
                                                 .ended = at + 1 == e->read.n,
                                                 .lease_s = LEASE_S},
                        &row));
    *out_mine = row != NULL;
    return OK;
}

static enum err one(struct scope *sc, struct edi *e, size_t at, bool *out_mine)
{
    struct x12_interchange *in = &e->read.items[at];
    struct q_file_store_rows *jobs;
    int64_t was_row = e->number;
    struct taken t = {0};
    bool wanted;

    TRY(sc, gather(sc, e, in, &t, &wanted));
    jobs = ARENA_ARRAY(sc->arena, struct q_file_store_rows, t.n);
    if (wanted)
        TRY(sc, heed(sc, e, in, &t));
    TRY(sc, move(sc, e, at, was_row, &t, out_mine));
    if (!*out_mine) {
        db_rollback(sc);
        return OK;
    }
    TRY(sc, store(sc, e, &t, jobs));
    if (wanted) {
        TRY(sc, answer(sc, e, in, &t));
        TRY(sc, note(sc, e, in, &t));
    }
    FAULT_POINT("edi.before_commit");
    TRY(sc, db_commit(sc));
    FAULT_POINT("edi.after_commit");
    for (size_t i = 0; i < t.n; i++)
        files_page_announce(sc, &jobs[i], e->notify, e->arg);
    return OK;
}

enum err files_edi_run(struct scope *sc, const struct files_due *of, const struct q_file_claim_row *file,
                       const struct files_settings *s, files_notify *notify, void *arg)
{
    struct edi e = {.of = of, .file = file, .settings = s, .notify = notify, .arg = arg};
    struct q_file_part_row part;
    bool mine = true;

    if (file->octets > (int64_t)OCTETS_MAX)
        return FAIL(sc, ERR_INVALID, "a file of EDI has at most %zu octets", OCTETS_MAX);
    TRY(sc,
        q_file_part(sc, &(struct q_file_part_in){.file_id = of->file_id, .from_at = 0, .octets = (int32_t)OCTETS_MAX},
                    &part));
    TRY(sc, db_commit(sc));
    e.number = file->row_number;
    e.refused = file->refused;
    e.line = file->line;
    TRY(sc, x12_read(sc, (struct str){part.part.p, part.part.n}, &e.read));
    for (size_t at = (size_t)file->page_at; at < e.read.n && mine; at++)
        TRY(sc, one(sc, &e, at, &mine));
    return files_sent_tell(sc, &of->connection_id, &s->edi);
}

enum err files_edi_look(struct scope *sc, struct str body)
{
    struct x12_file file;
    enum err e = body.n > OCTETS_MAX ? FAIL(sc, ERR_INVALID, "a file of EDI has at most %zu octets", OCTETS_MAX)
                                     : x12_read(sc, body, &file);

    if (e == ERR_INVALID)
        scope_problem(sc, "file-invalid", 422);
    return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
}

/* ---- acknowledging ---- */

/* Known by its name, as every file that is written: one that is there has left. */
static enum err send(struct scope *sc, const struct files_due *of, const struct connection *c,
                     const struct q_edi_unanswered_row *row)
{
    struct http_call call = {.method = "HEAD", .url = row->answer_name};
    struct http_reply reply;

    TRY(sc, files_leave(sc, c, &call, 0, &reply));
    if (reply.status == 404) {
        call.method = "PUT";
        call.body = (struct str){row->answer.p, row->answer.n};
        TRY(sc, files_leave(sc, c, &call, 0, &reply));
        if (reply.status == 409)
            return FAIL(sc, ERR_CONFLICT, "a file is there already by the name of an acknowledgement, %s",
                        row->answer_name);
    }
    FAULT_POINT("edi.after_answer");
    TRY(sc, q_edi_answered(sc, &(struct q_edi_answered_in){.connection_id = of->connection_id, .key = row->key}, NULL));
    return db_commit(sc);
}

enum err files_edi_answer(struct scope *sc, const struct files_due *of, const struct connection *c)
{
    struct q_edi_unanswered_rows rows;
    const struct doc *settings;

    TRY(sc, doc_parse(sc, str_of(c->settings), &settings));
    if (!files_writes(settings))
        return OK;
    TRY(sc, q_edi_unanswered(sc, &(struct q_edi_unanswered_in){.connection_id = of->connection_id, .most = ANSWERS},
                             &rows));
    TRY(sc, db_commit(sc));
    for (size_t i = 0; i < rows.n; i++)
        TRY(sc, send(sc, of, c, &rows.v[i]));
    return OK;
}
