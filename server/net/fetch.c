#include "net/net_int.h"

#include <stdlib.h>
#include <strings.h>

#include "base/must.h"
#include "obs/obs.h"

#define TOTAL_MS 30000

static enum err fail_refused(struct net_run *run)
{
    enum err e = FAIL(run->scope, ERR_INVALID, "this address may not be called");

    scope_problem(run->scope, "endpoint-forbidden", 422);
    return e;
}

static enum err fail_before(struct net_run *run)
{
    struct scope *sc = run->scope;

    if (run->stop == NET_STOP_TIME && run->due_is_scope)
        return FAIL(sc, ERR_TIMEOUT, "the time for this is over");
    if (run->stop == NET_STOP_LATE)
        return FAIL(sc, ERR_UNAVAILABLE, "its turn to be sent came too late");
    if (run->stop == NET_STOP_ADDRESS && run->result == CURLE_COULDNT_CONNECT)
        return fail_refused(run);
    if (run->result == CURLE_URL_MALFORMAT || run->result == CURLE_UNSUPPORTED_PROTOCOL)
        return fail_refused(run);
    if (run->result == CURLE_COULDNT_RESOLVE_HOST)
        return FAIL(sc, ERR_UNAVAILABLE, "the name of the outside system could not be looked up");
    if (run->result == CURLE_PEER_FAILED_VERIFICATION || run->result == CURLE_SSL_CACERT_BADFILE)
        return FAIL(sc, ERR_UNAVAILABLE, "the outside system could not prove who it is");
    return FAIL(sc, ERR_UNAVAILABLE, "the outside system could not be reached");
}

/* The request may have been acted on, whatever went wrong with the answer. */
static enum err fail_after(struct net_run *run)
{
    struct scope *sc = run->scope;

    switch (run->stop) {
    case NET_STOP_TIME:
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the outside system did not answer in time");
    case NET_STOP_BODY:
        if (run->call->too_large)
            *run->call->too_large = true;
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the answer of the outside system is larger than %zu octets",
                    run->body.max);
    case NET_STOP_HEADERS:
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the answer of the outside system has too many header fields");
    default:
        break;
    }
    if (run->result == CURLE_OPERATION_TIMEDOUT)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the outside system answered too slowly");
    if (run->result == CURLE_BAD_CONTENT_ENCODING)
        return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the answer of the outside system could not be unpacked");
    return FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the outside system ended the connection before its answer was complete");
}

static enum err failed(struct net_run *run)
{
    enum err e;

    if (run->result == CURLE_OUT_OF_MEMORY)
        out_of_memory();
    e = run->sent ? fail_after(run) : fail_before(run);
    if (run->stop != NET_STOP_TIME)
        scope_detail(run->scope, "curl: %s; %s", curl_easy_strerror(run->result), run->fault);
    return e;
}

static enum err read_answer(struct net_run *run, struct net_answer *out)
{
    const char *text = buf_cstr(&run->body);
    long status = 0;

    MUST_BE(curl_easy_getinfo(run->easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK);
    if (!run->head_whole || status < 200) {
        run->result = CURLE_GOT_NOTHING;
        return failed(run);
    }
    *out = (struct net_answer){
        .status = (int)status,
        .body = {text, run->body.n},
        .headers = run->headers,
        .header_count = run->header_count,
        .us = loop_now_us() - run->start_us,
    };
    return OK;
}

static enum err perform(struct net_run *run, struct net_answer *out)
{
    struct net *n = run->net;
    enum err e;

    run->scope->calls.n++;
    run->easy = net_easy_take(n);
    run->lane = net_lane_of(n, run->host->bucket);
    net_easy_fill(run);
    MUST_BE(curl_multi_add_handle(run->lane->multi, run->easy) == CURLM_OK);
    net_lane_go(run->lane);
    if (!run->done)
        waitq_wait(&run->wait, run->due_us);
    if (!run->done) {
        MUST_BE(curl_multi_remove_handle(run->lane->multi, run->easy) == CURLM_OK);
        run->stop = NET_STOP_TIME;
    }
    if (run->sent)
        run->scope->calls.octets_sent += (int64_t)run->call->body.n;
    run->scope->calls.octets_received += (int64_t)run->body.n;
    e = run->done && run->result == CURLE_OK ? read_answer(run, out) : failed(run);
    net_easy_give(n, run->easy);
    return e;
}

static void set_due(struct net_run *run)
{
    int64_t total_us = (int64_t)(run->call->total_ms > 0 ? run->call->total_ms : TOTAL_MS) * 1000;
    int64_t scope_due = run->scope->deadline_us;

    run->start_us = loop_now_us();
    run->due_us = run->start_us + total_us;
    run->due_is_scope = scope_due && scope_due < run->due_us;
    if (run->due_is_scope)
        run->due_us = scope_due;
}

static enum err fetch_parsed(struct net_run *run, struct net_answer *out)
{
    enum err e;

    TRY(run->scope, net_slot_take(run, net_url_host_key(run->scope, run->url)));
    e = perform(run, out);
    net_slot_free(run);
    TRY(run->scope, e);
    return OK;
}

/* Where a call of our own goes does not depend on its URL's host, so that it may be any. */
static const struct net ours = {.conf.allow_private = true};

static enum err fetch(struct scope *sc, struct net *n, const struct net_call *call, struct net_answer *out)
{
    struct net_run run = {.net = n, .scope = sc, .call = call};
    enum err e;

    MUST_BE(fiber_self());
    if (sc->cancelled)
        return FAIL(sc, ERR_CANCELLED, "the caller has gone");
    set_due(&run);
    if (run.due_us <= run.start_us)
        return FAIL(sc, ERR_TIMEOUT, "the time for this is over");
    TRY(sc, net_call_check(sc, call));
    TRY(sc, net_url_parse(sc, call->own ? &ours : n, call->url, &run.url));
    e = fetch_parsed(&run, out);
    curl_url_cleanup(run.url);
    TRY(sc, e);
    return OK;
}

enum err net_fetch(struct scope *sc, struct net *n, const struct net_call *call, struct net_answer *out)
{
    enum err e = fetch(sc, n, call, out);

    metric_add_label(METRIC_NET_CALLS, err_info(e)->name, 1);
    return e;
}

const char *net_header_get(const struct net_answer *a, const char *name)
{
    for (size_t i = 0; i < a->header_count; i++)
        if (strcasecmp(a->headers[i].name, name) == 0)
            return a->headers[i].value;
    return NULL;
}
