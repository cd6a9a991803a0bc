#include "fakes/erp_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakes/httpd.h"

static const char version[] = "6.0.29";
static const char password[] = "Chan3l-Sync84";
enum { ATTEMPTS_MAX = 5, ATTEMPTS_FORGOTTEN_S = 300, CREDENTIALS_MAX = 256 };
enum { DUMP = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15) | JSON_ENCODE_ANY };

static void answer_text(struct http_reply *rs, int status, const char *text)
{
    rs->status = status;
    rs->body = strdup(text);
    rs->len = strlen(text);
    rs->type = "text/html; charset=utf-8";
}

static void answer_unauthorized(struct http_reply *rs)
{
    rs->status = 401;
    rs->header = "WWW-Authenticate: Basic realm=\"Tryton\"\r\n";
}

/* Takes over value. */
static void answer_json(struct http_reply *rs, const json_t *rq, const char *key, json_t *value)
{
    json_t *whole = json_pack("{s:O, s:o}", "id", json_object_get(rq, "id"), key, value);
    rs->status = 200;
    rs->type = "application/json";
    rs->body = json_dumps(whole, DUMP);
    rs->len = rs->body ? strlen(rs->body) : 0;
    json_decref(whole);
}

static int base64_digit(char ch)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = ch ? strchr(digits, ch) : NULL;
    return at ? (int)(at - digits) : -1;
}

static bool base64_decode(const char *in, char out[CREDENTIALS_MAX])
{
    unsigned bits = 0;
    int held = 0;
    size_t n = 0;

    for (; *in && *in != '='; in++) {
        int d = base64_digit(*in);
        if (d < 0 || n + 1 >= CREDENTIALS_MAX)
            return false;
        bits = (bits << 6 | (unsigned)d) & 0xffffffu;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (char)(bits >> held & 0xff);
        }
    }
    out[n] = '\0';
    return true;
}

static const struct erp_user *user_named(const char *login, size_t len)
{
    for (size_t i = 0; i < 2; i++)
        if (strlen(erp_users[i].login) == len && !memcmp(erp_users[i].login, login, len))
            return &erp_users[i];
    return NULL;
}

/* "user:id:token" */
static const struct erp_user *session_user(const struct erp *e, const char *text)
{
    const char *id = strchr(text, ':'), *token = id ? strchr(id + 1, ':') : NULL;
    const struct erp_user *u = token ? user_named(text, (size_t)(id - text)) : NULL;
    if (!u || strtol(id + 1, NULL, 10) != u->id)
        return NULL;
    return json_integer_value(json_object_get(e->sessions, token + 1)) == u->id ? u : NULL;
}

static const struct erp_user *authorized(const struct erp *e, const char *header)
{
    char text[CREDENTIALS_MAX];
    bool session = !strncmp(header, "Session ", 8);

    if ((!session && strncmp(header, "Basic ", 6) != 0) || !base64_decode(header + (session ? 8 : 6), text))
        return NULL;
    if (session)
        return session_user(e, text);
    const char *colon = strchr(text, ':');
    return colon && !strcmp(colon + 1, password) ? user_named(text, (size_t)(colon - text)) : NULL;
}

static json_t *session_new(struct erp *e, const struct erp_user *u)
{
    char token[65];

    /* The clock too: after a restart with the same seed an old token must not come again. */
    for (int i = 0; i < 4; i++)
        snprintf(token + i * 16, 17, "%016" PRIx64, erp_random(e) ^ (uint64_t)erp_clock_us() << 8);
    json_object_set_new(e->sessions, token, json_integer(u->id));
    journal_session(e, token, u->id);
    return json_pack("[i, s]", u->id, token);
}

/* Counts wrong passwords as the real one does: each doubles the wait for the next answer, the sixth locks. */
static void rpc_login(struct erp *e, const json_t *rq, struct http_reply *rs)
{
    const json_t *params = json_object_get(rq, "params");
    const char *login = json_string_value(json_array_get(params, 0));
    const char *given = json_string_value(json_object_get(json_array_get(params, 1), "password"));
    const struct erp_user *u = login ? user_named(login, strlen(login)) : NULL;

    e->counts.logins++;
    if (!given) {
        answer_json(rs, rq, "error", json_pack("[s, [s, s, s]]", "LoginException", "password", "Password", "password"));
        return;
    }
    struct erp_attempts nobody = {0}, *a = u ? &e->attempts[u - erp_users] : &nobody;
    if (httpd_now_us() - a->last_us > (int64_t)ATTEMPTS_FORGOTTEN_S * 1000000)
        a->wrong = 0;
    if (a->wrong > ATTEMPTS_MAX) {
        a->last_us = httpd_now_us();
        rs->status = 429;
        return;
    }
    rs->delay_us = (int64_t)(erp_random(e) % (1u << a->wrong)) * e->login_delay_ms * 1000;
    if (u && !strcmp(given, password)) {
        a->wrong = 0;
        answer_json(rs, rq, "result", session_new(e, u));
        return;
    }
    a->wrong++;
    a->last_us = httpd_now_us();
    answer_unauthorized(rs);
}

static json_t *act_preferences(const struct erp_call *c)
{
    return json_pack("{s:i, s:[i], s:s, s:s, s:s, s:{s:s, s:[i, i, i], s:s, s:s}}", "company", c->user->company,
                     "companies", c->user->company, "company_filter", "one", "language", "en", "language_direction",
                     "ltr", "locale", "date", "%m/%d/%Y", "grouping", 3, 3, 0, "decimal_point", ".", "thousands_sep",
                     ",");
}

static json_t *act_read(struct erp_call *c, int model, const json_t *ids, const json_t *names)
{
    size_t i;
    json_t *id;

    if (!check_ids(c, model, ids, "read") || !read_names_known(c, model, names))
        return NULL;
    json_t *all = json_array();
    json_array_foreach(ids, i, id)
        json_array_append_new(all, read_record(c, model, store_get(c->erp, model, json_integer_value(id)), names));
    return all;
}

static json_t *act_search_read(struct erp_call *c, int model, const json_t *params)
{
    const json_t *names = json_array_get(params, 4);
    if (!read_names_known(c, model, names))
        return NULL;
    json_t *ids = find_search(c, model, params, true);
    json_t *all = ids ? act_read(c, model, ids, names) : NULL;
    json_decref(ids);
    return all;
}

static json_t *act_create(struct erp_call *c, int model, const json_t *list)
{
    size_t i;
    json_t *values;

    if (!json_is_array(list))
        return erp_fault(c, "'dict' object is not iterable"), NULL;
    json_array_foreach(list, i, values) if (!check_create(c, model, values)) return NULL;
    json_t *ids = json_array();
    json_array_foreach(list, i, values) json_array_append_new(ids, json_integer(store_create(c, model, values)->id));
    return ids;
}

/* params: ids, values, ids, values, ... */
static json_t *act_write(struct erp_call *c, int model, const json_t *params)
{
    size_t k, n = json_array_size(params) / 2 * 2;
    json_t *id;

    for (size_t i = 0; i < n; i += 2) {
        if (!check_ids(c, model, json_array_get(params, i), "write to"))
            return NULL;
        json_array_foreach(json_array_get(params, i), k,
                           id) if (!check_write(c, model, store_get(c->erp, model, json_integer_value(id)),
                                                json_array_get(params, i + 1))) return NULL;
    }
    for (size_t i = 0; i < n; i += 2)
        json_array_foreach(json_array_get(params, i), k, id)
            store_write(c, model, store_get(c->erp, model, json_integer_value(id)), json_array_get(params, i + 1));
    return json_null();
}

static json_t *act_count(struct erp_call *c, int model, const json_t *params)
{
    json_t *ids = find_search(c, model, params, false);
    json_t *count = ids ? json_integer((json_int_t)json_array_size(ids)) : NULL;
    json_decref(ids);
    return count;
}

static json_t *act_on_model(struct erp_call *c, int model, const char *method, const json_t *params)
{
    const json_t *first = json_array_get(params, 0);

    if (!strcmp(method, "read"))
        return act_read(c, model, first, json_array_get(params, 1));
    if (!strcmp(method, "search_read"))
        return act_search_read(c, model, params);
    if (!strcmp(method, "search"))
        return find_search(c, model, params, true);
    if (!strcmp(method, "search_count"))
        return act_count(c, model, params);
    if (!strcmp(method, "create"))
        return act_create(c, model, first);
    if (!strcmp(method, "write"))
        return act_write(c, model, params);
    if (model == M_SALE && sale_is_button(method))
        return sale_button(c, method, first) ? json_null() : NULL;
    c->status = 403;
    return NULL;
}

static bool is_change(const char *method)
{
    static const char *const reads[] = {"read", "search_read", "search", "search_count", "get_preferences"};
    for (size_t i = 0; i < 5; i++)
        if (!strcmp(reads[i], method))
            return false;
    return true;
}

/* The result (new), or NULL with an error or a status. */
json_t *rpc_act(struct erp_call *c, const char *method, const json_t *params)
{
    char name[64];
    const char *last = strrchr(method, '.');
    size_t n = json_array_size(params);

    if (!n || !json_is_object(c->context = json_array_get(params, n - 1)))
        return erp_fault(c, "context must be the last of the parameters"), NULL;
    if (strncmp(method, "model.", 6) != 0 || last < method + 6 || (size_t)(last - method - 6) >= sizeof name)
        return erp_fault(c, "'%.40s'", method), NULL;
    snprintf(name, sizeof name, "%.*s", (int)(last - method - 6), method + 6);
    if (!strcmp(name, "res.user") && !strcmp(last + 1, "get_preferences"))
        return act_preferences(c);
    const struct model *m = schema_model(c->erp, name);
    if (!m)
        return erp_fault(c, "'%s'", name), NULL;
    json_t *own = json_copy((json_t *)params); /* without the context */
    json_array_remove(own, n - 1);
    json_t *result = act_on_model(c, (int)(m - c->erp->models), last + 1, own);
    json_decref(own);
    return result;
}

/* A slow ERP works on one sale at a time: more clients only wait longer. */
static int64_t slow_us(struct erp *e, int sales)
{
    int64_t now = httpd_now_us(), work = e->faults.slow_per_sale_ms * 1000 * sales;

    if (!work)
        return 0;
    e->busy_until_us = (e->busy_until_us > now ? e->busy_until_us : now) + work;
    return e->busy_until_us - now;
}

static void rpc_dispatch(struct erp *e, const struct erp_user *u, const json_t *rq, const struct http_request *raw,
                         struct http_reply *rs)
{
    struct erp_call c = {.erp = e, .user = u, .now_us = erp_clock_us(), .status = 200};
    const char *method = json_string_value(json_object_get(rq, "method"));
    const char *last = strrchr(method, '.');
    json_t *result = NULL;

    e->counts.calls++;
    if (e->faults.refuse[0] && !strcmp(method, e->faults.refuse)) {
        erp_user_error(&c, "This is not possible now.");
    } else if (last && is_change(last + 1) && erp_chance(e, e->faults.lock)) {
        e->counts.locks++;
        erp_fault(&c, "could not obtain lock on row in relation \"ir_sequence_strict\"\n");
    } else {
        result = rpc_act(&c, method, json_object_get(rq, "params"));
    }
    if (c.changed && e->faults.refuse_once_confirmed[0] && last && !strcmp(last, ".confirm")) {
        memcpy(e->faults.refuse, e->faults.refuse_once_confirmed, sizeof e->faults.refuse);
        e->faults.refuse_once_confirmed[0] = '\0';
    }
    if (c.changed)
        journal_call(&c, raw);
    rs->delay_us += slow_us(e, c.sales_made);
    e->counts.changes += c.changed;
    e->counts.refused += !result;
    if (c.changed && erp_chance(e, e->faults.error_after)) {
        e->counts.errors_after++;
        json_decref(result);
        result = NULL;
        erp_fault(&c, "server closed the connection unexpectedly\n");
    }
    if (c.status != 200)
        answer_text(rs, c.status, "<!doctype html>\n<title>403 Forbidden</title>\n<h1>Forbidden</h1>\n");
    else
        answer_json(rs, rq, result ? "result" : "error", result ? result : c.error);
}

static void rpc_parsed(struct erp *e, const json_t *rq, const struct http_request *raw, struct http_reply *rs)
{
    const char *method = json_string_value(json_object_get(rq, "method"));

    if (!method || !json_is_array(json_object_get(rq, "params")) || !json_object_get(rq, "id")) {
        answer_text(rs, 400, "Unable to read JSON request");
        return;
    }
    if (!strcmp(method, "common.server.version")) {
        answer_json(rs, rq, "result", json_string(version));
        return;
    }
    if (!strcmp(method, "common.db.login")) {
        rpc_login(e, rq, rs);
        return;
    }
    const struct erp_user *u = authorized(e, raw->authorization);
    if (!u)
        answer_unauthorized(rs);
    else
        rpc_dispatch(e, u, rq, raw, rs);
}

/* A change whose caller was hung up on, kept until it is acted on. */
struct late {
    struct erp *erp;
    const struct erp_user *user;
    json_t *call;
    struct http_request raw; /* with a body of its own */
};

static void late_drop(void *arg)
{
    struct late *l = arg;

    json_decref(l->call);
    free((char *)l->raw.body);
    free(l);
}

static void late_act(void *arg)
{
    struct late *l = arg;
    struct http_reply unheard = {.status = 200};

    rpc_dispatch(l->erp, l->user, l->call, &l->raw, &unheard);
    free(unheard.body);
    late_drop(l);
}

/* Only what would be acted on now; whatever becomes of it then, nobody hears. */
static bool put_off(struct erp *e, const struct http_request *rq)
{
    json_t *call = json_loadb(rq->body, rq->len, 0, NULL);
    const char *method = json_string_value(json_object_get(call, "method"));
    const char *last = method ? strrchr(method, '.') : NULL;
    const struct erp_user *u = authorized(e, rq->authorization);
    struct late *l;

    if (!u || !last || strncmp(method, "model.", 6) != 0 || !is_change(last + 1) ||
        !json_is_array(json_object_get(call, "params")) || !erp_chance(e, e->faults.late)) {
        json_decref(call);
        return false;
    }
    l = erp_alloc(sizeof *l);
    *l = (struct late){e, u, call, {.method = "POST", .body = memcpy(erp_alloc(rq->len + 1), rq->body, rq->len)}};
    l->raw.len = rq->len;
    e->counts.late++;
    httpd_later(e->httpd, e->faults.late_ms * 1000, late_act, late_drop, l);
    return true;
}

void rpc_answer(struct erp *e, const struct http_request *rq, struct http_reply *rs)
{
    json_t *call = NULL;

    e->counts.requests++;
    rs->delay_us = e->faults.delay_ms * 1000;
    if (erp_chance(e, e->faults.forget)) {
        e->counts.forgotten++;
        json_object_clear(e->sessions);
    }
    if (e->faults.late > 0 && put_off(e, rq)) {
        rs->drop = true;
        return;
    }
    if (erp_chance(e, e->faults.drop_before)) {
        e->counts.dropped_before++;
        rs->drop = true;
        return;
    }
    if (!strstr(rq->content_type, "json"))
        answer_text(rs, 500, "Not a JSON request");
    else if (!(call = json_loadb(rq->body, rq->len, 0, NULL)))
        answer_text(rs, 400, "Unable to read JSON request");
    else
        rpc_parsed(e, call, rq, rs);
    json_decref(call);
    if (erp_chance(e, e->faults.drop_after)) {
        e->counts.dropped_after++;
        rs->drop = true;
    }
}
