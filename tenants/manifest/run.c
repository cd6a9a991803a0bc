#include "manifest/manifest_int.h"

#include "crypto/crypto.h"
#include "mapping/mapping.h"

/* Expressions on what is sent and what comes back. */

#define BINDINGS_MAX 13

const struct doc *manifest_setting(const struct manifest *m, const struct doc *settings, const char *name)
{
    const struct doc *v = doc_get(settings, name);

    for (size_t i = 0; !v && i < m->setting_count; i++)
        if (strcmp(m->settings[i].name, name) == 0)
            v = m->settings[i].otherwise;
    return v;
}

/* The settings with what stands for those that are not given. */
static struct doc settings_of(struct scope *sc, struct manifest_run *run)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * run->m->setting_count + 2);
    size_t n = 0;

    for (size_t i = 0; i < run->m->setting_count; i++) {
        const struct doc *d = manifest_setting(run->m, run->settings, run->m->settings[i].name);

        if (!d)
            continue;
        v[2 * n] = doc_make_text(str_of(run->m->settings[i].name));
        v[2 * n++ + 1] = *d;
    }
    return doc_make_object(v, n);
}

static struct doc headers_of(struct scope *sc, const struct http_reply *reply)
{
    struct doc *v = ARENA_ARRAY(sc->arena, struct doc, 2 * reply->header_count + 2);

    for (size_t i = 0; i < reply->header_count; i++) {
        v[2 * i] = doc_make_text(str_of(reply->headers[i].name));
        v[2 * i + 1] = doc_make_text(str_of(reply->headers[i].value));
    }
    return doc_make_object(v, reply->header_count);
}

/* A UUID (RFC 9562, version 8) that stands for a key where a vendor wants one: the same key has the same. */
static struct doc key_uuid(struct scope *sc, const char *key)
{
    uint8_t hash[CRYPTO_HASH_BYTES];
    char *text = arena_alloc(sc->arena, UUID_TEXT_LEN + 1);
    struct uuid id;

    crypto_hash(key, strlen(key), hash);
    memcpy(id.b, hash, sizeof(id.b));
    id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x80);
    id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
    uuid_format(&id, text);
    return doc_make_text(str_of(text));
}

static struct doc time_of(struct scope *sc, int64_t us)
{
    char *text = arena_alloc(sc->arena, TIME_TEXT_MAX);

    time_format(us - us % 1000000, text);
    return doc_make_text(str_of(text));
}

struct manifest_bound {
    struct expr_binding v[BINDINGS_MAX];
    size_t n;
};

static void bind(struct manifest_bound *b, const char *name, struct doc value)
{
    b->v[b->n++] = (struct expr_binding){name, value};
}

static void bind_all(struct scope *sc, struct manifest_run *run, struct manifest_bound *b)
{
    const struct manifest_operation *o = run->ask ? manifest_operation(run->m, run->ask->operation) : NULL;
    const struct ask *ask = run->ask;

    bind(b, "settings", settings_of(sc, run));
    bind(b, "texts", run->m->texts ? *run->m->texts : expr_absent());
    bind(b, "key", ask && ask->key ? doc_make_text(str_of(ask->key)) : expr_absent());
    bind(b, "key_uuid", ask && ask->key ? key_uuid(sc, ask->key) : expr_absent());
    bind(b, "with", ask && ask->with ? *ask->with : expr_absent());
    bind(b, "place", ask && ask->place ? *ask->place : expr_absent());
    bind(b, "after", ask && ask->after && *ask->after ? doc_make_text(str_of(ask->after)) : expr_absent());
    bind(b, "most", o && o->pages.most ? doc_make_int(o->pages.most) : expr_absent());
    bind(b, "status", run->reply ? doc_make_int(run->reply->status) : expr_absent());
    bind(b, "headers", run->reply ? headers_of(sc, run->reply) : expr_absent());
    bind(b, "from", run->window ? time_of(sc, run->window->from_us) : expr_absent());
    bind(b, "until", run->window ? time_of(sc, run->window->until_us) : expr_absent());
}

void manifest_bound_set(struct manifest *m)
{
    m->bounded = true;
}

/* One of them alone ends within about the time that all of them have. */
static const struct expr_limits brief_limits = {.steps = 25000, .depth = 500, .memory = (size_t)2 << 20};

static bool is_spent(const struct manifest_run *run)
{
    if (run->budget)
        return connector_budget_spent(run->budget);
    return run->spent_us > (run->brief ? MANIFEST_BRIEF_US : MANIFEST_BOUND_US);
}

bool manifest_overspent(const struct manifest_run *run)
{
    return run->m->bounded && (run->stopped || is_spent(run));
}

static void spend(struct manifest_run *run, int64_t us, size_t octets)
{
    run->spent_us += us;
    if (!run->budget)
        return;
    run->budget->us -= us;
    run->budget->octets -= (int64_t)octets;
}

static bool is_limit(const struct expr_fault *f)
{
    return strcmp(f->code, "D1012") == 0 || strcmp(f->code, "X1015") == 0;
}

static bool evaluated(struct scope *sc, struct manifest_run *run, const struct expr *e, struct expr_run *how,
                      const struct doc *input, struct doc *out, struct expr_fault *fault)
{
    size_t octets = arena_used(sc->arena);
    int64_t began_us;
    bool good;

    if (!run->m->bounded)
        return expr_eval(sc->arena, e, how, input ? *input : expr_absent(), out, fault);
    if (manifest_overspent(run)) {
        *fault = (struct expr_fault){.code = "X0107", .message = "the connector's expressions take too long together"};
        return false;
    }
    if (run->brief)
        how->limits = &brief_limits;
    began_us = time_thread_us();
    good = expr_eval(sc->arena, e, how, input ? *input : expr_absent(), out, fault);
    spend(run, time_thread_us() - began_us, arena_used(sc->arena) - octets);
    run->stopped |= run->brief && !good && is_limit(fault);
    return good;
}

bool manifest_eval(struct scope *sc, struct manifest_run *run, const struct expr *e, const struct doc *input,
                   struct doc *out, const char **out_why)
{
    struct mapping_numbers_user user = {sc->arena};
    struct expr_run how = {.user = &user, .limits = run->limits};
    struct expr_fault fault;

    if (!run->bound) {
        run->bound = ARENA_NEW(sc->arena, struct manifest_bound);
        bind_all(sc, run, run->bound);
    }
    how.bindings = run->bound->v;
    how.n_bindings = run->bound->n;
    if (evaluated(sc, run, e, &how, input, out, &fault))
        return true;
    *out_why = arena_f(sc->arena, "%s: %s", fault.code, fault.message);
    return false;
}

const char *manifest_text_of(struct scope *sc, const struct doc *v)
{
    struct buf b;

    if (doc_kind(v) == DOC_TEXT)
        return str_dup(sc->arena, doc_text(v));
    if (doc_kind(v) != DOC_INT && doc_kind(v) != DOC_NUMBER && doc_kind(v) != DOC_TRUE && doc_kind(v) != DOC_FALSE)
        return NULL;
    buf_init(&b, sc->arena, 400);
    doc_write(&b, v);
    return buf_cstr(&b);
}
