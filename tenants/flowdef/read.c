#include "base/nearest.h"
#include "cron/cron.h"
#include "flowdef/flowdef_int.h"
#include "mapping/mapping.h"

/* From a document to what a run walks along: the head, and what every part of it is read with. */

#define NEAREST_TOLD 20 /* faults with names beside them: each is a look at every name there is */

struct flowdef_fault *flowdef_fault(struct reading *r, const char *pointer, const char *code, const char *detail)
{
    struct flowdef_faults *f = r->faults;

    if (!f->v)
        f->v = ARENA_ARRAY(r->a, struct flowdef_fault, FLOWDEF_FAULTS_MAX);
    if (f->n < FLOWDEF_FAULTS_MAX)
        f->n++;
    f->v[f->n - 1] = (struct flowdef_fault){.pointer = pointer, .code = code, .detail = detail};
    return &f->v[f->n - 1];
}

const char *flowdef_near(struct reading *r, const char *name, const char *const *names, size_t n)
{
    struct nearest near;

    if (r->faults->n >= NEAREST_TOLD)
        return "";
    nearest_init(&near, str_of(name));
    for (size_t i = 0; i < n; i++)
        nearest_try(&near, names[i]);
    return near.n ? arena_f(r->a, "; near it is %s", nearest_text(r->a, &near)) : "";
}

const char *flowdef_below(struct arena *a, const char *pointer, const char *name)
{
    struct buf b;

    buf_init(&b, a, FLOWDEF_MAX);
    buf_s(&b, pointer);
    doc_pointer_put(&b, str_of(name));
    return buf_cstr(&b);
}

void flowdef_members(struct reading *r, const struct doc *d, const char *pointer, const char *const *names, size_t n)
{
    for (size_t i = 0; i < doc_count(d); i++) {
        const char *name = str_dup(r->a, doc_key(d, i));
        bool known = false;

        for (size_t k = 0; k < n; k++)
            known |= strcmp(name, names[k]) == 0;
        if (!known)
            flowdef_fault(r, flowdef_below(r->a, pointer, name), "unknown_member",
                          arena_f(r->a, "is not known%s", flowdef_near(r, name, names, n)));
    }
}

/* A name that nothing has would have no value, in silence. */
static void check_names(struct reading *r, const struct expr *e, const char *pointer)
{
    struct expr_reads asked;

    expr_names(r->a, e, &asked);
    for (size_t i = 0; i < asked.n; i++) {
        bool known = false;

        for (size_t k = 0; k < r->n_names; k++)
            known |= strcmp(asked.paths[i], r->names[k]) == 0;
        if (!known)
            flowdef_fault(r, pointer, "unknown_name",
                          arena_f(r->a, "no step before has the name $%s%s", asked.paths[i],
                                  flowdef_near(r, asked.paths[i], r->names, r->n_names)));
    }
}

const struct expr *flowdef_expr(struct reading *r, const struct doc *d, const char *pointer, const char *member,
                                bool needed)
{
    const struct doc *v = *member ? doc_get(d, member) : d;
    const char *here = *member ? flowdef_below(r->a, pointer, member) : pointer;
    struct expr_fault f;
    struct expr *e;

    if (!v && !needed)
        return NULL;
    if (doc_kind(v) != DOC_TEXT || doc_text(v).n == 0) {
        flowdef_fault(r, here, v ? "wrong_type" : "required", "must be an expression in a text");
        return NULL;
    }
    if (!expr_compile(r->a, doc_text(v), &mapping_numbers, &e, &f)) {
        struct flowdef_fault *told = flowdef_fault(r, here, f.code, f.message);

        told->line = f.line;
        told->column = f.column;
        return NULL;
    }
    check_names(r, e, here);
    return e;
}

static size_t characters(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((uint8_t)*s & 0xc0) != 0x80;
    return n;
}

const char *flowdef_text(struct reading *r, const struct doc *d, const char *pointer, const char *member, size_t most)
{
    const struct doc *v = *member ? doc_get(d, member) : d;
    const char *text = doc_cstr(r->a, v);

    if (text && *text && characters(text) <= most)
        return text;
    flowdef_fault(r, *member ? flowdef_below(r->a, pointer, member) : pointer, v ? "wrong_type" : "required",
                  arena_f(r->a, "must be a text of 1 to %zu characters", most));
    return NULL;
}

int64_t flowdef_time(struct reading *r, const struct doc *d, const char *pointer, const char *member, int64_t otherwise)
{
    const struct doc *v = doc_get(d, member);
    int64_t us = otherwise;

    if (v && (!flowdef_span(doc_text(v), &us) || us == 0))
        flowdef_fault(r, flowdef_below(r->a, pointer, member), "wrong_type",
                      "must be a duration as ISO 8601 writes it, as \"PT15M\" or \"P2D\", of 1 second to 30 days");
    return us;
}

/* The place of a text among choices, which end with NULL; n when it is none, which is told. */
static size_t choice(struct reading *r, const struct doc *v, const char *pointer, const char *const *choices)
{
    struct buf b;
    size_t n = 0;

    for (; choices[n]; n++)
        if (str_is(doc_text(v), choices[n]))
            return n;
    buf_init(&b, r->a, 1000);
    for (size_t i = 0; i < n; i++)
        buf_f(&b, "%s\"%s\"", i == 0 ? "must be " : i + 1 < n ? ", " : " or ", choices[i]);
    flowdef_fault(r, pointer, "not_a_choice", buf_cstr(&b));
    return n;
}

/* ---- triggers ---- */

static void read_message(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"system", "object"};

    flowdef_members(r, d, "/trigger/message", names, ARRAY_LEN(names));
    r->f->head.system = flowdef_text(r, d, "/trigger/message", "system", 64);
    r->f->head.object = flowdef_text(r, d, "/trigger/message", "object", 64);
}

static void read_change(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"object"};

    flowdef_members(r, d, "/trigger/change", names, ARRAY_LEN(names));
    r->f->head.object = flowdef_text(r, d, "/trigger/change", "object", 64);
    if (r->f->head.object && !canon_object_version(str_of(r->f->head.object), 1))
        flowdef_fault(r, "/trigger/change/object", "unknown_object", "must be a canonical object, as \"sales_order\"");
}

static void read_cron(struct reading *r, const char *text)
{
    const char *why = NULL;

    if (text && !cron_parse(r->a, str_of(text), &r->f->head.times, &why))
        flowdef_fault(r, "/trigger/schedule/cron", "bad_cron", why);
}

static void read_zone(struct reading *r, const char *name)
{
    const char *near;

    r->f->head.clock = name ? zone_find(str_of(name)) : NULL;
    if (!name || r->f->head.clock)
        return;
    near = r->faults->n < NEAREST_TOLD ? zone_near(r->a, str_of(name)) : "";
    flowdef_fault(r, "/trigger/schedule/zone", "unknown_zone",
                  arena_f(r->a, "must be a time zone of the IANA database, as \"Europe/Berlin\"%s%s",
                          *near ? "; near it is " : "", near));
}

static void read_schedule(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"cron", "zone", "missed", "overlap"};
    static const char *const choices[] = {"skip", "once", "each", NULL};
    static const char *const overlaps[] = {"queue", "skip", "allow", NULL};

    flowdef_members(r, d, "/trigger/schedule", names, ARRAY_LEN(names));
    r->f->head.cron = flowdef_text(r, d, "/trigger/schedule", "cron", 200);
    r->f->head.zone = flowdef_text(r, d, "/trigger/schedule", "zone", 64);
    read_cron(r, r->f->head.cron);
    read_zone(r, r->f->head.zone);
    if (doc_get(d, "missed"))
        r->f->head.missed = (enum flowdef_missed)choice(r, doc_get(d, "missed"), "/trigger/schedule/missed", choices);
    if (doc_get(d, "overlap"))
        r->f->head.overlap =
            (enum flowdef_overlap)choice(r, doc_get(d, "overlap"), "/trigger/schedule/overlap", overlaps);
}

static void read_trigger(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"message", "change", "schedule", "api"};
    static void (*const read[])(struct reading *, const struct doc *) = {read_message, read_change, read_schedule,
                                                                         NULL};

    if (doc_kind(d) != DOC_OBJECT || doc_count(d) != 1) {
        flowdef_fault(r, "/trigger", d ? "wrong_type" : "required",
                      "must be an object with one of message, change, schedule and api");
        return;
    }
    flowdef_members(r, d, "/trigger", names, ARRAY_LEN(names));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct doc *v = doc_get(d, names[i]);

        if (!v)
            continue;
        r->f->head.trigger = (enum flowdef_trigger)i;
        if (doc_kind(v) != DOC_OBJECT)
            flowdef_fault(r, flowdef_below(r->a, "/trigger", names[i]), "wrong_type", "must be an object");
        else if (read[i])
            read[i](r, v);
        else
            flowdef_members(r, v, flowdef_below(r->a, "/trigger", names[i]), NULL, 0);
    }
}

/* ---- the rest of the head ---- */

#define DEADLINE_US    (INT64_C(7) * 86400 * 1000000)
#define RETRY_FIRST_US INT64_C(500000)
#define RETRY_MOST_US  (INT64_C(60) * 1000000)

static void read_retry(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"first", "most", "factor"};
    struct flowdef_retry *to = &r->f->head.retry;
    const struct doc *factor = doc_get(d, "factor");

    *to = (struct flowdef_retry){false, RETRY_FIRST_US, RETRY_MOST_US, 2};
    if (!d)
        return;
    if (doc_kind(d) != DOC_OBJECT) {
        flowdef_fault(r, "/retry", "wrong_type", "must be an object with first, most and factor");
        return;
    }
    to->said = true;
    flowdef_members(r, d, "/retry", names, ARRAY_LEN(names));
    to->first_us = flowdef_time(r, d, "/retry", "first", RETRY_FIRST_US);
    to->most_us = flowdef_time(r, d, "/retry", "most", to->first_us > RETRY_MOST_US ? to->first_us : RETRY_MOST_US);
    if (to->most_us < to->first_us)
        flowdef_fault(r, "/retry/most", "out_of_range", "must be no shorter than the first");
    if (factor && (!doc_real(factor, &to->factor) || !(to->factor >= 1 && to->factor <= 10)))
        flowdef_fault(r, "/retry/factor", "out_of_range", "must be a number from 1 to 10");
}

static void read_head(struct reading *r, const struct doc *d)
{
    static const char *const names[] = {"format", "trigger", "key", "lane", "deadline", "retry", "steps", "comment"};
    static const char *const lanes[] = {"orders", "stock", "finance", "catalogue", "backfill", NULL};
    struct flowdef_head *h = &r->f->head;

    flowdef_members(r, d, "", names, ARRAY_LEN(names));
    if (!str_is(doc_text(doc_get(d, "format")), FLOWDEF_FORMAT))
        flowdef_fault(r, "/format", "not_a_choice", "must be \"" FLOWDEF_FORMAT "\"");
    read_trigger(r, doc_get(d, "trigger"));
    h->key = flowdef_expr(r, d, "", "key", false);
    if (doc_get(d, "lane"))
        h->lane = (int)choice(r, doc_get(d, "lane"), "/lane", lanes);
    h->deadline_us = flowdef_time(r, d, "", "deadline", DEADLINE_US);
    read_retry(r, doc_get(d, "retry"));
}

bool flowdef_compile(struct arena *keep, const struct doc *document, struct flowdef **out,
                     struct flowdef_faults *faults)
{
    struct reading *r = ARENA_NEW(keep, struct reading);

    *faults = (struct flowdef_faults){0};
    r->a = keep;
    r->f = ARENA_NEW(keep, struct flowdef);
    r->faults = faults;
    if (doc_kind(document) != DOC_OBJECT) {
        flowdef_fault(r, "", "wrong_type", "must be an object");
        return false;
    }
    read_head(r, document);
    flowdef_read_steps(r, doc_get(document, "steps"), "/steps", &r->f->head.steps);
    if (faults->n == 0)
        flowdef_check_ends(r, &r->f->head.steps, "/steps");
    if (faults->n)
        return false;
    *out = r->f;
    return true;
}

const struct flowdef_head *flowdef_head(const struct flowdef *f)
{
    return &f->head;
}
