#include <string.h>

#include "http/http_int.h"
#include "json/doc.h"

#define DEFAULT_RETRY_AFTER_S 1

static const struct fault *fault_of(const struct scope *sc, enum err e)
{
    const struct fault *f = scope_fault(sc);

    return f->code == e ? f : NULL;
}

int problem_status(const struct scope *sc, enum err e)
{
    const struct fault *f = fault_of(sc, e);

    return f && f->http_status ? f->http_status : err_info(e)->http_status;
}

/* What a defect says about itself is for the log only. */
static const char *public_message(const struct scope *sc, enum err e)
{
    const struct fault *f = fault_of(sc, e);

    if (e == ERR_INTERNAL || e >= ERR_COUNT)
        return "something went wrong on our side; please quote the request id";
    return f && f->message ? f->message : err_info(e)->title;
}

static void put_member(struct buf *b, const char *name, const char *value)
{
    buf_s(b, ",\"");
    buf_s(b, name);
    buf_s(b, "\":");
    json_put_text(b, str_of(value ? value : ""));
}

static void put_items(struct buf *b, const struct fault *f)
{
    if (!f || !f->items)
        return;
    buf_s(b, ",\"errors\":[");
    for (const struct fault_item *i = f->items; i; i = i->next) {
        buf_s(b, i == f->items ? "{\"pointer\":" : ",{\"pointer\":");
        json_put_text(b, str_of(i->pointer));
        put_member(b, "code", i->code);
        put_member(b, "detail", i->detail);
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

struct str problem_body(struct scope *sc, enum err e, const char *request_id)
{
    const struct err_info *info = err_info(e);
    const struct fault *f = fault_of(sc, e);
    const char *problem = f && f->problem ? f->problem : info->problem;
    struct buf b;

    buf_init(&b, sc->arena, HTTP_ANSWER_MAX);
    buf_f(&b, "{\"type\":\"/docs/problems/%s\"", problem);
    put_member(&b, "title", info->title);
    buf_f(&b, ",\"status\":%d", problem_status(sc, e));
    put_member(&b, "detail", public_message(sc, e));
    put_member(&b, "instance", request_id);
    put_member(&b, "code", problem);
    buf_f(&b, ",\"retryable\":%s", info->retryable || (f && f->retry_after_s > 0) ? "true" : "false");
    put_items(&b, e == ERR_INTERNAL ? NULL : f);
    if (f && f->members) {
        buf_c(&b, ',');
        buf_s(&b, f->members);
    }
    buf_c(&b, '}');
    return buf_str(&b);
}

static void put_retry_after(struct rs *rs, enum err e, int status)
{
    const struct fault *f = fault_of(rs->sc, e);
    int seconds = f ? f->retry_after_s : 0;

    if (seconds <= 0 && (status == 503 || status == 429))
        seconds = DEFAULT_RETRY_AFTER_S;
    if (seconds > 0)
        rs_header(rs->sc, rs, "retry-after", arena_f(rs->sc->arena, "%d", seconds));
}

void problem_answer(struct rs *rs, enum err e, const char *allow)
{
    char id[TYPEID_TEXT_MAX + 1];
    int status = problem_status(rs->sc, e);

    typeid_format(REQUEST_ID_PREFIX, &rs->sc->request_id, id);
    rs_forget(rs);
    rs->status = status;
    rs->content_type = "application/problem+json";
    rs->body = problem_body(rs->sc, e, id);
    rs->answered = true;
    rs_header(rs->sc, rs, "cache-control", "no-store");
    put_retry_after(rs, e, status);
    if (status == 401)
        rs_header(rs->sc, rs, "www-authenticate", "Bearer");
    if (status == 405 && allow && *allow)
        rs_header(rs->sc, rs, "allow", allow);
}

enum err fail_parameter(struct scope *sc, const char *name, const char *code, const char *detail)
{
    enum err e;

    scope_clear(sc);
    scope_item(sc, name, code, "%s", detail);
    e = FAIL(sc, ERR_INVALID, "a parameter of the address is wrong");
    scope_problem(sc, "validation", 400);
    return e;
}
