#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/must.h"

/* Faults on demand, the log of requests, and the events that are waiting to be sent. */

static void fault_free(struct standin_fault *f)
{
    free(f->route);
    free(f->kind);
    free(f->body);
    *f = (struct standin_fault){0};
}

void standin_faults_clear(struct standin *s)
{
    for (size_t i = 0; i < s->fault_count; i++)
        fault_free(&s->faults[i]);
    s->fault_count = 0;
}

static char *kept(const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        out_of_memory();
    return copy;
}

/* {"route", "kind", "share", "times", "status", "ms", "body"} */
enum err standin_fault_add(struct scope *sc, struct standin *s, const struct doc *d)
{
    static const char *const kinds[] = {"status", "delay", "lose", "break"};
    const char *kind = doc_cstr(sc->arena, doc_get(d, "kind")), *route = doc_cstr(sc->arena, doc_get(d, "route"));
    struct standin_fault f = {.share = 1, .times = -1};
    int64_t status = 500, ms = 0;
    struct buf b;
    size_t k = 0;

    while (kind && k < ARRAY_LEN(kinds) && strcmp(kinds[k], kind) != 0)
        k++;
    if (!kind || k == ARRAY_LEN(kinds))
        return FAIL(sc, ERR_INVALID, "a fault's kind is status, delay, lose or break");
    if (s->fault_count == STANDIN_FAULTS_MAX)
        return FAIL(sc, ERR_LIMIT, "at most %d faults at once", STANDIN_FAULTS_MAX);
    (void)doc_int(doc_get(d, "times"), &f.times);
    (void)doc_int(doc_get(d, "status"), &status);
    (void)doc_int(doc_get(d, "ms"), &ms);
    if (doc_get(d, "share"))
        (void)doc_real(doc_get(d, "share"), &f.share);
    if (status < 100 || status > 599 || ms < 0 || ms > 600000)
        return FAIL(sc, ERR_INVALID, "a status from 100 to 599, and at most 600,000 ms");
    f.status = (int)status;
    f.ms = (int)ms;
    f.route = kept(route ? route : "*");
    f.kind = kept(kind);
    if (doc_get(d, "body")) {
        buf_init(&b, sc->arena, (size_t)1 << 20);
        doc_write(&b, doc_get(d, "body"));
        f.body = kept(buf_cstr(&b));
    }
    s->faults[s->fault_count++] = f;
    return OK;
}

/* "*": of all that ask who it is. Signing in fails where it is named: what it is for could not be tried otherwise. */
static bool is_of(const struct standin_fault *f, const struct standin_route *r)
{
    return strcmp(f->route, "*") == 0 ? !r->open : strcmp(f->route, r->name) == 0;
}

const struct standin_fault *standin_dial(struct standin *s, const struct standin_route *route)
{
    for (size_t i = 0; i < s->fault_count; i++) {
        struct standin_fault *f = &s->faults[i];

        if (f->times == 0 || !is_of(f, route))
            continue;
        if (f->share < 1 && (double)(standin_roll(s) >> 11) / (double)(UINT64_C(1) << 53) >= f->share)
            continue;
        if (f->times > 0)
            f->times--;
        return f;
    }
    return NULL;
}

#define NO_CONTENT 204

bool standin_fault_before(struct scope *sc, const struct standin_fault *fault, struct standin_reply *out)
{
    if (fault && fault->ms)
        out->delay_ms = fault->ms;
    if (!fault || strcmp(fault->kind, "status") != 0)
        return false;
    out->status = fault->status;
    out->type = "application/json";
    out->body = str_of(arena_strdup(sc->arena, fault->body ? fault->body : "{}"));
    return true;
}

void standin_fault_after(struct scope *sc, const struct standin_fault *fault, struct standin_reply *out)
{
    out->lost = fault && strcmp(fault->kind, "lose") == 0;
    if (!fault || strcmp(fault->kind, "break") != 0)
        return;
    out->status = out->status == NO_CONTENT ? 200 : out->status; /* it breaks its contract in headers, too */
    out->headers = expr_absent();
    out->type = "application/json";
    out->body = str_of(arena_strdup(sc->arena, fault->body ? fault->body : "{\"unexpected\":true}"));
}

void standin_note(struct scope *sc, struct standin *s, const struct rq *rq, const struct standin_reply *r)
{
    struct standin_logged *at = &s->log[s->logged++ % STANDIN_LOG_MAX];
    struct buf b;

    buf_init(&b, sc->arena, (size_t)1 << 20);
    buf_f(&b, "{\"route\":");
    json_put_text(&b, str_of(r->route));
    buf_f(&b, ",\"method\":\"%s\",\"path\":", http_method_name(rq->method));
    json_put_text(&b, rq->path);
    buf_s(&b, ",\"query\":{");
    for (size_t i = 0; i < rq->query_count; i++) {
        buf_s(&b, i ? "," : "");
        json_put_text(&b, rq->query[i].name);
        buf_c(&b, ':');
        json_put_text(&b, rq->query[i].value);
    }
    buf_s(&b, "},\"body\":");
    json_put_text(&b, (struct str){rq->body.p, rq->body.n < 10000 ? rq->body.n : 10000});
    buf_f(&b, ",\"status\":%d,\"lost\":%s}", r->status, r->lost ? "true" : "false");
    free(at->line);
    at->line = kept(b.full ? "{\"too_large\":true}" : buf_cstr(&b));
}

void standin_event_add(struct scope *sc, struct standin *s, const char *topic, const struct doc *body)
{
    struct buf b;

    if (s->event_count == STANDIN_EVENTS_MAX)
        return;
    buf_init(&b, sc->arena, (size_t)8 << 20);
    doc_write(&b, body);
    s->events = realloc(s->events, (s->event_count + 1) * sizeof(*s->events));
    if (!s->events)
        out_of_memory();
    s->events[s->event_count++] = (struct standin_sent){kept(topic), kept(buf_cstr(&b))};
}
