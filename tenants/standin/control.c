#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/timefmt.h"

/* What tests and demos turn: the state, the faults, the clock, the events and the log.
 *   GET    /_standin/state/NAME     the things of a collection
 *   PUT    /_standin/state/NAME     things, as a list: each takes the place of the one with its key
 *   POST   /_standin/reset          {"seed": N}: as at the start
 *   POST   /_standin/faults         one more fault
 *   DELETE /_standin/faults         none any more
 *   PUT    /_standin/clock          {"now": TIME}
 *   GET    /_standin/log            the last requests
 *   DELETE /_standin/log            none any more
 *   GET    /_standin/events         what waits to be sent
 *   DELETE /_standin/events         it has been sent
 *   PUT    /_standin/limits         {"on": true}: how often it lets itself be called is counted
 *   POST   /_standin/deliveries     {"secret", "url"}: what waits as it would be sent, signed
 */
#define TEXT_MAX ((size_t)64 << 20)

static enum err said(struct scope *sc, struct standin_reply *out, int status, struct buf *b)
{
    if (b && b->full)
        return FAIL(sc, ERR_TOO_LARGE, "there is too much of it");
    out->status = status;
    out->type = b ? "application/json" : NULL;
    out->body = b ? buf_str(b) : (struct str){NULL, 0};
    return OK;
}

static enum err body_of(struct scope *sc, const struct rq *rq, const struct doc **out)
{
    return doc_parse(sc, (struct str){arena_strndup(sc->arena, rq->body.p ? rq->body.p : "", rq->body.n), rq->body.n},
                     out);
}

static enum err state_get(struct scope *sc, struct standin_collection *c, struct standin_reply *out)
{
    struct buf b;

    buf_init(&b, sc->arena, TEXT_MAX);
    buf_c(&b, '[');
    for (size_t i = 0; i < c->n; i++) {
        buf_s(&b, i ? "," : "");
        buf_add(&b, c->things[i].text, c->things[i].n);
    }
    buf_c(&b, ']');
    return said(sc, out, 200, &b);
}

static enum err state_put(struct scope *sc, struct standin *s, struct standin_collection *c, const struct rq *rq,
                          struct standin_reply *out)
{
    const struct doc *list;

    TRY(sc, body_of(sc, rq, &list));
    for (size_t i = 0; i < doc_count(list); i++)
        TRY(sc, standin_put(sc, s, c, doc_at(list, i)));
    return said(sc, out, 204, NULL);
}

static enum err log_get(struct scope *sc, struct standin *s, struct standin_reply *out)
{
    size_t n = s->logged < STANDIN_LOG_MAX ? s->logged : STANDIN_LOG_MAX;
    struct buf b;

    buf_init(&b, sc->arena, TEXT_MAX);
    buf_c(&b, '[');
    for (size_t i = s->logged - n; i < s->logged; i++)
        buf_f(&b, "%s%s", i > s->logged - n ? "," : "", s->log[i % STANDIN_LOG_MAX].line);
    buf_c(&b, ']');
    return said(sc, out, 200, &b);
}

static enum err events_get(struct scope *sc, struct standin *s, struct standin_reply *out)
{
    struct buf b;

    buf_init(&b, sc->arena, TEXT_MAX);
    buf_c(&b, '[');
    for (size_t i = 0; i < s->event_count; i++) {
        buf_s(&b, i ? ",{\"topic\":" : "{\"topic\":");
        json_put_text(&b, str_of(s->events[i].topic));
        buf_f(&b, ",\"body\":%s}", s->events[i].body);
    }
    buf_c(&b, ']');
    return said(sc, out, 200, &b);
}

static enum err events_sent(struct scope *sc, struct standin *s, struct standin_reply *out)
{
    for (size_t i = 0; i < s->event_count; i++) {
        free(s->events[i].topic);
        free(s->events[i].body);
    }
    s->event_count = 0;
    s->turns++;
    return said(sc, out, 204, NULL);
}

static enum err turned(struct scope *sc, struct standin *s, const char *what, const struct rq *rq,
                       struct standin_reply *out)
{
    const struct doc *d;
    int64_t seed = s->seed;

    TRY(sc, body_of(sc, rq, &d));
    if (strcmp(what, "faults") == 0)
        TRY(sc, standin_fault_add(sc, s, d));
    else if (strcmp(what, "deliveries") == 0)
        return standin_deliveries(sc, s, d, out);
    else if (strcmp(what, "clock") == 0) {
        if (!time_parse(doc_text(doc_get(d, "now")), &s->now_us))
            return FAIL(sc, ERR_INVALID, "now is a time, as 2026-01-01T00:00:00Z");
        s->turns++;
    } else if (strcmp(what, "limits") == 0) {
        TRY(sc, standin_limits_turned(sc, s, d));
    } else {
        (void)doc_int(doc_get(d, "seed"), &seed);
        TRY(sc, standin_reset(sc, s, seed));
    }
    return said(sc, out, 204, NULL);
}

enum err standin_control(struct scope *sc, struct standin *s, const struct rq *rq, struct standin_reply *out)
{
    const char *what = str_dup(sc->arena, (struct str){rq->path.p + 10, rq->path.n - 10});
    bool reads = rq->method == HTTP_GET, ends = rq->method == HTTP_DELETE;
    struct standin_collection *c;

    if (strncmp(what, "state/", 6) == 0) {
        c = standin_collection(s, what + 6);
        if (!c)
            return FAIL(sc, ERR_NOT_FOUND, "there is no such collection");
        return reads ? state_get(sc, c, out) : state_put(sc, s, c, rq, out);
    }
    if (strcmp(what, "log") == 0 && reads)
        return log_get(sc, s, out);
    if (strcmp(what, "log") == 0 && ends) {
        standin_log_clear(s);
        return said(sc, out, 204, NULL);
    }
    if (strcmp(what, "events") == 0 && reads)
        return events_get(sc, s, out);
    if (strcmp(what, "events") == 0 && ends)
        return events_sent(sc, s, out);
    if (strcmp(what, "faults") == 0 && ends) {
        standin_faults_clear(s);
        return said(sc, out, 204, NULL);
    }
    if (!reads && (strcmp(what, "faults") == 0 || strcmp(what, "clock") == 0 || strcmp(what, "reset") == 0 ||
                   strcmp(what, "limits") == 0 || strcmp(what, "deliveries") == 0))
        return turned(sc, s, what, rq, out);
    return FAIL(sc, ERR_NOT_FOUND, "the stand-in has no such lever");
}
