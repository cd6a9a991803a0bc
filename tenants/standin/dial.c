#include "standin/standin_int.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/timefmt.h"

#define FOR_S_MAX    (INT64_C(7) * 86400)
#define UNAUTHORIZED 401

/* Faults on demand, the log of requests, and the events that are waiting to be sent. */

static void fault_free(struct standin_fault *f)
{
    free(f->route);
    free(f->kind);
    free(f->body);
    free(f->headers);
    *f = (struct standin_fault){0};
}

void standin_faults_clear(struct standin *s)
{
    for (size_t i = 0; i < s->fault_count; i++)
        fault_free(&s->faults[i]);
    s->fault_count = 0;
    s->turns++;
}

static char *kept(const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        out_of_memory();
    return copy;
}

/* A text as it stands: what comes of a gateway is no JSON. */
static char *kept_doc(struct scope *sc, const struct doc *d)
{
    struct buf b;

    if (!d)
        return NULL;
    if (doc_kind(d) == DOC_TEXT)
        return kept(doc_cstr(sc->arena, d));
    buf_init(&b, sc->arena, (size_t)1 << 20);
    doc_write(&b, d);
    return kept(buf_cstr(&b));
}

/* {"route", "kind", "share", "times", "for_s", "status", "ms", "body", "headers"} */
enum err standin_fault_add(struct scope *sc, struct standin *s, const struct doc *d)
{
    static const char *const kinds[] = {"status", "delay",   "lose",      "drop",   "break",
                                        "drift",  "expired", "duplicate", "reorder"};
    const char *kind = doc_cstr(sc->arena, doc_get(d, "kind")), *route = doc_cstr(sc->arena, doc_get(d, "route"));
    struct standin_fault f = {.share = 1, .times = -1};
    int64_t status = 500, ms = 0, for_s = 0;
    size_t k = 0;

    while (kind && k < ARRAY_LEN(kinds) && strcmp(kinds[k], kind) != 0)
        k++;
    if (!kind || k == ARRAY_LEN(kinds))
        return FAIL(sc, ERR_INVALID,
                    "a fault's kind is status, delay, lose, drop, break, drift, expired, duplicate or "
                    "reorder");
    if (s->fault_count == STANDIN_FAULTS_MAX)
        return FAIL(sc, ERR_LIMIT, "at most %d faults at once", STANDIN_FAULTS_MAX);
    (void)doc_int(doc_get(d, "times"), &f.times);
    (void)doc_int(doc_get(d, "status"), &status);
    (void)doc_int(doc_get(d, "ms"), &ms);
    if (!doc_int(doc_get(d, "until_us"), &f.until_us) && doc_int(doc_get(d, "for_s"), &for_s) && for_s > 0)
        f.until_us = time_now_us() + (for_s < FOR_S_MAX ? for_s : FOR_S_MAX) * 1000000;
    if (doc_get(d, "share"))
        (void)doc_real(doc_get(d, "share"), &f.share);
    if (status < 100 || status > 599 || ms < 0 || ms > 600000)
        return FAIL(sc, ERR_INVALID, "a status from 100 to 599, and at most 600,000 ms");
    f.status = (int)status;
    f.ms = (int)ms;
    f.route = kept(route ? route : "*");
    f.kind = kept(kind);
    f.body = kept_doc(sc, doc_get(d, "body"));
    f.headers = kept_doc(sc, doc_get(d, "headers"));
    s->faults[s->fault_count++] = f;
    s->turns++;
    return OK;
}

bool standin_fault_refuses(const struct standin_fault *f)
{
    return f && (strcmp(f->kind, "status") == 0 || strcmp(f->kind, "expired") == 0);
}

/* As the vendor answers somebody whom it does not let in. */
static enum err expired(struct scope *sc, struct standin *s, const struct standin_bound *b, struct standin_reply *out)
{
    struct doc v = expr_absent();

    out->status = s->auth_status ? s->auth_status : UNAUTHORIZED;
    if (s->auth_answer)
        TRY(sc, standin_eval(sc, s, b, s->auth_answer, NULL, &v));
    return standin_text(sc, &v, out);
}

enum err standin_fault_answer(struct scope *sc, struct standin *s, const struct standin_bound *b,
                              const struct standin_fault *f, struct standin_reply *out)
{
    const struct doc *headers;

    if (strcmp(f->kind, "expired") == 0)
        return expired(sc, s, b, out);
    out->status = f->status;
    out->delay_ms = f->ms;
    out->body = str_of(arena_strdup(sc->arena, f->body ? f->body : "{}"));
    out->type = str_starts(out->body, "<") ? "text/html" : "application/json";
    if (!f->headers)
        return OK;
    TRY(sc, doc_parse(sc, str_of(arena_strdup(sc->arena, f->headers)), &headers));
    out->headers = *headers;
    return OK;
}

/* "*": of all that ask who it is. Signing in fails where it is named: what it is for could not be tried otherwise. */
static bool is_of(const struct standin_fault *f, const struct standin_route *r)
{
    return strcmp(f->route, "*") == 0 ? !r->open : strcmp(f->route, r->name) == 0;
}

/* Its turn, of which it may have so many. */
static bool turns_up(struct standin *s, struct standin_fault *f)
{
    if (f->times == 0 || (f->until_us && time_now_us() >= f->until_us))
        return false;
    if (f->share < 1 && (double)(standin_roll(s) >> 11) / (double)(UINT64_C(1) << 53) >= f->share)
        return false;
    if (f->times > 0) {
        f->times--;
        s->turns++;
    }
    return true;
}

static bool is_of_sent(const struct standin_fault *f)
{
    return strcmp(f->kind, "duplicate") == 0 || strcmp(f->kind, "reorder") == 0;
}

const struct standin_fault *standin_dial(struct standin *s, const struct standin_route *route)
{
    for (size_t i = 0; i < s->fault_count; i++) {
        struct standin_fault *f = &s->faults[i];

        if (!is_of_sent(f) && is_of(f, route) && turns_up(s, f))
            return f;
    }
    return NULL;
}

bool standin_dial_sent(struct standin *s, const char *kind)
{
    for (size_t i = 0; i < s->fault_count; i++) {
        struct standin_fault *f = &s->faults[i];

        if (strcmp(f->kind, kind) == 0 && (strcmp(f->route, "*") == 0 || strcmp(f->route, "deliveries") == 0) &&
            turns_up(s, f))
            return true;
    }
    return false;
}

struct str standin_drifted(struct scope *sc, struct str body)
{
    const struct doc *d;
    struct doc *v, whole;
    struct buf b;
    size_t n;

    if (doc_parse(sc, (struct str){arena_strndup(sc->arena, body.p ? body.p : "", body.n), body.n}, &d) != OK ||
        doc_kind(d) != DOC_OBJECT) {
        scope_clear(sc);
        return body;
    }
    n = doc_count(d);
    v = ARENA_ARRAY(sc->arena, struct doc, 2 * n + 2);
    for (size_t i = 0; i < n; i++) {
        v[2 * i] = doc_make_text(doc_key(d, i));
        v[2 * i + 1] = *doc_at(d, i);
    }
    v[2 * n] = doc_make_text(STR("unannounced"));
    v[2 * n + 1] = doc_make_text(STR("as of now"));
    whole = doc_make_object(v, n + 1);
    buf_init(&b, sc->arena, (size_t)16 << 20);
    doc_write(&b, &whole);
    return b.full ? body : buf_str(&b);
}

#define NO_CONTENT 204

void standin_fault_after(struct scope *sc, const struct standin_fault *fault, struct standin_reply *out)
{
    out->delay_ms = fault ? fault->ms : 0;
    out->lost = fault && strcmp(fault->kind, "lose") == 0;
    out->dropped = fault && strcmp(fault->kind, "drop") == 0;
    if (fault && strcmp(fault->kind, "drift") == 0 && out->type && strcmp(out->type, "application/json") == 0)
        out->body = standin_drifted(sc, out->body);
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
    buf_f(&b, ",\"status\":%d,\"lost\":%s}", r->status, r->lost || r->dropped ? "true" : "false");
    free(at->line);
    at->line = kept(b.full ? "{\"too_large\":true}" : buf_cstr(&b));
}

void standin_log_clear(struct standin *s)
{
    for (size_t i = 0; i < STANDIN_LOG_MAX; i++) {
        free(s->log[i].line);
        s->log[i].line = NULL;
    }
    s->logged = 0;
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
    s->events[s->event_count++] = (struct standin_sent){kept(topic), kept(buf_cstr(&b)), ++s->event_no};
    s->turns++;
}
