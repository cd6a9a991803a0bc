#include <string.h>

#include "api/manners_int.h"
#include "org/org.h"
#include "q_api.h"
#include "json/doc.h"

/* A repeated request has one effect and one answer. The answer is kept in the transaction of the effect, so that there
 * is never one without the other; while the first is under way an advisory lock of that transaction tells the others.
 * What failed is not kept: its transaction is rolled back, so the same key may come again with a better body. Of an
 * answer are kept the status, the body and the fields the handler set, but never a cookie. */
#define KEY_MAX     255
#define CONTENT_MAX ((size_t)9 << 20)
#define KEPT_MAX    ((size_t)1 << 20)
#define KEPT_FIELDS 24
#define SORTED_MAX  ((size_t)64 * 1024)

static void put_part(struct buf *b, struct str s)
{
    uint64_t length = s.n;

    buf_add(b, &length, sizeof(length));
    buf_add(b, s.p, s.n);
}

static void put_uuid(struct buf *b, bool is, const struct uuid *id)
{
    put_part(b, (struct str){(const char *)id->b, is ? sizeof(id->b) : 0});
}

/* Of JSON the members' order says nothing. What is no JSON the handler will refuse, whatever it is like. A large body
 * is compared as it came: to read it a second time would keep the loop from others. */
static void put_body(struct scope *sc, struct buf *b, struct str body)
{
    struct fault before = sc->fault;
    const struct doc *d;
    struct buf sorted;

    if (body.n == 0 || body.n > SORTED_MAX || doc_parse(sc, body, &d) != OK) {
        sc->fault = before;
        put_part(b, body);
        return;
    }
    buf_init(&sorted, sc->arena, CONTENT_MAX);
    doc_write_sorted(sc->arena, &sorted, d);
    put_part(b, buf_str(&sorted));
}

struct bytes repeat_content(struct scope *sc, const struct rq *rq)
{
    struct buf b;

    buf_init(&b, sc->arena, 2 * CONTENT_MAX);
    put_part(&b, rq->path);
    for (size_t i = 0; i < rq->query_count; i++) {
        put_part(&b, rq->query[i].name);
        put_part(&b, rq->query[i].value);
    }
    put_body(sc, &b, rq->body);
    return (struct bytes){b.p, b.n};
}

/* Who asks what under which key: another caller, customer or route has a key of the same name for itself. */
static void ask_hash(struct scope *sc, const struct rq *rq, struct str key, uint8_t out[CRYPTO_HASH_BYTES])
{
    const struct tenant *t = &sc->tenant;
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    put_part(&b, str_of(actor_kind_name(sc->actor)));
    put_uuid(&b, true, &sc->actor_id);
    put_uuid(&b, t->has_customer, &t->customer_id);
    put_uuid(&b, t->has_brand, &t->brand_id);
    put_part(&b, str_of(http_method_name(rq->method)));
    put_part(&b, str_of(rq->route->path));
    put_part(&b, key);
    MUST_BE(!b.full);
    crypto_hash(b.p, b.n, out);
}

static enum err refuse(struct scope *sc, enum err code, const char *problem, int status, const char *why)
{
    enum err e = FAIL(sc, code, "%s", why);

    scope_problem(sc, problem, status);
    return e;
}

static bool key_is_valid(struct str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] < 0x21 || key.p[i] > 0x7e)
            return false;
    return key.n > 0 && key.n <= KEY_MAX;
}

/* An empty key: none was sent, and none is needed. */
static enum err key_read(struct scope *sc, const struct rq *rq, struct str *out)
{
    struct str key = rq_header(rq, "idempotency-key");

    *out = (struct str){NULL, 0};
    if (rq_header_count(rq, "idempotency-key") == 0 && !rq->route->idempotent)
        return OK;
    if (rq_header_count(rq, "idempotency-key") == 0)
        return refuse(sc, ERR_INVALID, "idempotency-key-missing", 400,
                      "send an idempotency-key header, one for each thing that you want done, and the same one again "
                      "when you repeat the request");
    if (rq_header_count(rq, "idempotency-key") != 1 || !key_is_valid(key))
        return refuse(sc, ERR_INVALID, "idempotency-key-invalid", 400,
                      "idempotency-key takes one key of 1 to 255 visible ASCII characters");
    *out = key;
    return OK;
}

/* What the sealed answer is bound to, so that no row's answer can be put into another's place. */
static struct str associated(struct scope *sc, const struct repeatable *r, int status)
{
    struct buf b;

    buf_init(&b, sc->arena, 512);
    buf_f(&b, "idempotency/%d/", status);
    buf_hex(&b, r->ask, sizeof(r->ask));
    buf_hex(&b, r->mark, sizeof(r->mark));
    return buf_str(&b);
}

static bool take_u32(struct bytes *from, uint32_t *out)
{
    if (from->n < sizeof(*out))
        return false;
    memcpy(out, from->p, sizeof(*out));
    from->p = (const char *)from->p + sizeof(*out);
    from->n -= sizeof(*out);
    return true;
}

static bool take_text(struct scope *sc, struct bytes *from, const char **out)
{
    uint32_t n;

    if (!take_u32(from, &n) || from->n < n)
        return false;
    *out = arena_strndup(sc->arena, from->p, n);
    from->p = (const char *)from->p + n;
    from->n -= n;
    return true;
}

static void give_text(struct buf *b, struct str s)
{
    uint32_t n = (uint32_t)s.n;

    buf_add(b, &n, sizeof(n));
    buf_add(b, s.p, s.n);
}

static enum err broken(struct scope *sc)
{
    return FAIL(sc, ERR_INTERNAL, "an answer that was kept is damaged");
}

/* Fields by pairs, an empty name behind the last; the type, empty without a body; then the body. */
static enum err replay(struct scope *sc, struct rs *rs, int status, struct bytes kept)
{
    const char *name, *value, *type;

    for (size_t i = 0; i <= KEPT_FIELDS; i++) {
        if (!take_text(sc, &kept, &name))
            return broken(sc);
        if (!*name)
            break;
        if (!take_text(sc, &kept, &value))
            return broken(sc);
        rs_header(sc, rs, name, value);
    }
    if (!take_text(sc, &kept, &type))
        return broken(sc);
    rs_header(sc, rs, "idempotency-replayed", "true");
    if (!*type)
        return rs_empty(sc, rs, status);
    return rs_bytes(sc, rs, status, type, (struct str){kept.p, kept.n});
}

static enum err again(struct scope *sc, struct rs *rs, const struct repeatable *r,
                      const struct q_idempotency_find_row *before)
{
    struct bytes kept;

    if (before->mark.n != sizeof(r->mark) || !crypto_equal(before->mark.p, r->mark, sizeof(r->mark)))
        return refuse(sc, ERR_INVALID, "idempotency-key-reused", 422,
                      "this idempotency-key was used for another request; send a new one");
    TRY(sc, org_kept(sc, associated(sc, r, before->status), before->kept, &kept));
    return replay(sc, rs, before->status, kept);
}

static enum err in_flight(struct scope *sc)
{
    enum err e = refuse(sc, ERR_CONFLICT, "idempotency-in-progress", 409,
                        "the first request with this idempotency-key is still under way; repeat it in a moment");

    scope_retry_after(sc, 1);
    return e;
}

/* Answers are kept with their customer. Somebody of several customers who named none may change their own account only,
 * and has nowhere to keep an answer. */
static bool is_nowhere(const struct scope *sc)
{
    return sc->tenant.has_customer && uuid_is_nil(&sc->tenant.customer_id);
}

static bool is_repeatable(const struct scope *sc, const struct rq *rq)
{
    return sc->caller && !is_nowhere(sc) && rq->method != HTTP_GET && rq->method != HTTP_HEAD && !rq->route->public_ &&
           !rq->route->raw;
}

/* The look-up is a statement of its own: it must see what was committed before the lock was free. */
enum err repeat_begin(struct scope *sc, const struct rq *rq, struct rs *rs, struct repeatable *out)
{
    struct q_idempotency_lock_row lock;
    const struct q_idempotency_find_row *before;
    int64_t lock_id;
    struct str key;

    if (!is_repeatable(sc, rq))
        return OK;
    TRY(sc, key_read(sc, rq, &key));
    if (key.n == 0)
        return OK;
    ask_hash(sc, rq, key, out->ask);
    TRY(sc, org_mark(sc, repeat_content(sc, rq), out->mark));
    memcpy(&lock_id, out->ask, sizeof(lock_id));
    TRY(sc, q_idempotency_lock(sc, &(struct q_idempotency_lock_in){.lock_id = lock_id}, &lock));
    if (!lock.taken)
        return in_flight(sc);
    TRY(sc, q_idempotency_find(sc, &(struct q_idempotency_find_in){.ask_hash = {out->ask, sizeof(out->ask)}}, &before));
    if (before)
        return again(sc, rs, out, before);
    out->begun = true;
    return OK;
}

static void give_fields(struct buf *b, const struct http_answer *a)
{
    for (size_t i = 0; i < a->header_count; i++) {
        if (str_is(a->headers[i].name, "set-cookie"))
            continue;
        give_text(b, a->headers[i].name);
        give_text(b, a->headers[i].value);
    }
    give_text(b, (struct str){NULL, 0});
}

/* Ends with ERR_CONFLICT, and so without an effect, when another one has come first in spite of the lock (a handler may
 * end its transaction early). */
enum err repeat_keep(struct scope *sc, const struct rs *rs, const struct repeatable *r)
{
    struct http_answer a = rs_answer(rs);
    struct bytes kept;
    struct buf b;

    buf_init(&b, sc->arena, KEPT_MAX);
    give_fields(&b, &a);
    give_text(&b, str_of(a.content_type));
    buf_add(&b, a.body.p, a.body.n);
    if (b.full)
        return FAIL(sc, ERR_INTERNAL, "the answer is too large to be kept");
    TRY(sc, org_keep(sc, associated(sc, r, a.status), (struct bytes){b.p, b.n}, &kept));
    TRY(sc, q_idempotency_add(sc,
                              &(struct q_idempotency_add_in){.partner_id = sc->tenant.partner_id,
                                                             .customer_id = sc->tenant.customer_id,
                                                             .has_customer_id = sc->tenant.has_customer,
                                                             .ask_hash = {r->ask, sizeof(r->ask)},
                                                             .mark = {r->mark, sizeof(r->mark)},
                                                             .status = a.status,
                                                             .kept = kept},
                              NULL));
    return OK;
}
