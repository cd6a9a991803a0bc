#include "conform/conform_int.h"

#include "base/must.h"
#include "base/timefmt.h"
#include "sign/sign.h"

/* Deliveries: known to be the vendor's and nobody else's, what each is about, and which delivery it is. They are signed
 * as the vendor signs them, by the check that the manifest declares. */

#define HEADERS_MAX 16
#define URL         "https://hooks.example/hooks/t"
#define PATH        "/hooks/t"

/* One as it arrives. */
struct delivery {
    struct sign_header v[HEADERS_MAX];
    size_t n;
    struct str body;
};

struct secrets {
    struct secret *v[2];
    size_t n;
};

static const struct hook_rules *rules(const struct trial *t)
{
    return &t->c->source->hook;
}

static struct str header(void *arg, const char *name, size_t *count)
{
    const struct delivery *d = arg;
    struct str found = {NULL, 0};

    *count = 0;
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->v[i].name, name) == 0 && ++*count == 1)
            found = str_of(d->v[i].value);
    return found;
}

static void header_add(struct delivery *d, const char *name, const char *value)
{
    MUST_BE(d->n < HEADERS_MAX);
    d->v[d->n++] = (struct sign_header){name, value};
}

static struct secret *secret_named(struct trial *t, const char *member)
{
    struct str v = {NULL, 0};

    if (strcmp(member, "right") == 0) {
        if (t->c->secrets_check(t->sc, t->c, t->secrets, &v) != OK)
            conform_fails(t, "the plan's secrets are not what a connection is asked for: %s",
                          scope_fault(t->sc)->message);
        scope_clear(t->sc);
    } else
        v = doc_text(doc_get(doc_get(t->document, "hooks"), member));
    if (v.n == 0)
        conform_fails(t, "the plan has no secret of webhooks (%s)", member);
    return secret_copy(v.n ? v.p : "-", v.n ? v.n : 1);
}

static void secrets_end(struct secrets *s)
{
    for (size_t i = 0; i < s->n; i++)
        secret_free(s->v[i]);
}

static struct secrets secrets_of(struct trial *t, const char *first, const char *second)
{
    struct secrets s = {.v = {secret_named(t, first)}, .n = 1};

    if (second)
        s.v[s.n++] = secret_named(t, second);
    return s;
}

static struct str written(struct trial *t, const struct doc *d)
{
    struct buf b;

    buf_init(&b, t->sc->arena, CONFORM_FORMAT_MAX);
    doc_write(&b, d);
    return buf_str(&b);
}

/* What a sender sends of a body: the topic and the id where its headers say them. */
static struct delivery unsigned_of(struct trial *t, struct str body, const char *id)
{
    struct delivery d = {.body = body};
    const struct doc *more = conform_plan(t, "headers");

    if (rules(t)->topic_headers[0])
        header_add(&d, rules(t)->topic_headers[0], doc_cstr(t->sc->arena, conform_plan(t, "topic")));
    if (rules(t)->id_headers[0])
        header_add(&d, rules(t)->id_headers[0], id);
    for (size_t i = 0; i < doc_count(more); i++)
        header_add(&d, str_dup(t->sc->arena, doc_key(more, i)), doc_cstr(t->sc->arena, doc_at(more, i)));
    return d;
}

static void sign_with(struct trial *t, struct delivery *d, const char *member, int64_t age_s)
{
    struct secret *secret = secret_named(t, member);
    struct sign_sender by = {.secret = secret, .now_us = time_now_us() - age_s * 1000000};
    struct sign_delivery sd = {
        .method = STR("POST"), .url = STR(URL), .path = STR(PATH), .body = d->body, .header = header, .arg = d};
    struct sign_made made = {.n = 0};

    if (sign_check_make(t->sc, rules(t)->check, &sd, &by, &made) != OK) {
        conform_fails(t, "it cannot be signed: %s", scope_fault(t->sc)->message);
        scope_clear(t->sc);
    }
    for (size_t i = 0; i < made.n; i++)
        header_add(d, made.headers[i].name, made.headers[i].value);
    if (made.body.n)
        d->body = made.body;
    secret_free(secret);
}

static struct delivery signed_by(struct trial *t, const char *member, int64_t age_s)
{
    struct delivery d = unsigned_of(t, written(t, conform_plan(t, "body")), "delivery-1");

    sign_with(t, &d, member, age_s);
    return d;
}

/* What the door makes of it. *v is good until the scenario ends. */
static enum err judged(struct trial *t, struct delivery *d, const struct secrets *s, struct hook_verdict *v)
{
    struct hook_delivery arrives = {
        .method = STR("POST"), .url = STR(URL), .path = STR(PATH), .body = d->body, .header = header, .arg = d};

    scope_clear(t->sc);
    return hook_judge_bare(t->sc, t->c, s->v, s->n, NULL, &arrives, v);
}

static void ends(struct trial *t, enum err e, enum err wanted)
{
    if (e != wanted)
        conform_fails(t, "it ended %s, not %s: %s", conform_err(e), conform_err(wanted),
                      e == OK ? "" : scope_fault(t->sc)->message);
    scope_clear(t->sc);
}

/* It is judged with the right secret alone. */
static enum err arrives(struct trial *t, struct delivery *d, struct hook_verdict *v)
{
    struct secrets s = secrets_of(t, "right", NULL);
    enum err e = judged(t, d, &s, v);

    secrets_end(&s);
    return e;
}

static void refuses(struct trial *t, struct delivery *d)
{
    struct hook_verdict v;

    ends(t, arrives(t, d, &v), ERR_UNAUTHENTICATED);
}

/* ---- scenarios ---- */

static void same_text(struct trial *t, const char *what, const char *is, const char *member)
{
    const char *wanted = doc_cstr(t->sc->arena, conform_plan(t, member));

    if (strcmp(is ? is : "", wanted ? wanted : "") != 0)
        conform_fails(t, "%s is \"%s\", not \"%s\"", what, is ? is : "", wanted ? wanted : "");
}

static void same_time(struct trial *t, int64_t us)
{
    const char *wanted = doc_cstr(t->sc->arena, conform_plan(t, "changed"));
    int64_t wanted_us = 0;

    if (wanted && !time_parse(str_of(wanted), &wanted_us))
        conform_fails(t, "the plan's \"changed\" is no time");
    if (us != wanted_us)
        conform_fails(t, "it changed at %lld us, not at %lld", (long long)us, (long long)wanted_us);
}

/* "order:101, order:102", or "order" where the plan names no key. */
static const char *hinted(struct trial *t, const struct hook_facts *f)
{
    struct str wanted = doc_text(doc_get(t->plan, "fetch"));
    struct buf b;

    if (f->hint_count == 0)
        return NULL;
    if (!memchr(wanted.p, ':', wanted.n))
        return f->hints[0].object;
    buf_init(&b, t->sc->arena, CONFORM_FORMAT_MAX);
    for (size_t i = 0; i < f->hint_count; i++)
        buf_f(&b, "%s%s:%s", i ? ", " : "", f->hints[i].object, f->hints[i].key ? f->hints[i].key : "");
    return buf_cstr(&b);
}

static void taken(struct trial *t)
{
    struct delivery d = signed_by(t, "right", 0);
    struct hook_verdict v;
    enum err e = arrives(t, &d, &v);

    ends(t, e, OK);
    if (e != OK)
        return;
    same_text(t, "its topic", v.topic, "topic");
    same_text(t, "what it is about", v.facts.business_key, "about");
    same_text(t, "what is asked for then", hinted(t, &v.facts), "fetch");
    same_time(t, v.facts.changed_us);
}

/* One octet more is the same JSON, and another message. */
static void another_body(struct trial *t)
{
    struct delivery d = signed_by(t, "right", 0);

    d.body = str_of(arena_f(t->sc->arena, "%.*s ", (int)d.body.n, d.body.p));
    refuses(t, &d);
}

static void another_secret(struct trial *t)
{
    struct delivery d = signed_by(t, "other", 0);

    refuses(t, &d);
}

static void no_signature(struct trial *t)
{
    struct delivery d = unsigned_of(t, written(t, conform_plan(t, "body")), "delivery-1");

    refuses(t, &d);
}

/* Which of two would count is a guess. What is signed in the body has no header to come twice. */
static void two_signatures(struct trial *t)
{
    struct delivery d = signed_by(t, "right", 0);

    if (d.n == unsigned_of(t, d.body, "delivery-1").n)
        return;
    header_add(&d, d.v[d.n - 1].name, d.v[d.n - 1].value);
    refuses(t, &d);
}

static int64_t tolerance_s(const struct trial *t)
{
    int64_t s = 0;

    (void)doc_int(doc_pointer(manifest_document(manifest_of(t->c)), "/hooks/check/time/tolerance_s"), &s);
    return s;
}

static void too_old(struct trial *t)
{
    struct delivery d = signed_by(t, "right", tolerance_s(t) + 60);

    refuses(t, &d);
}

static void not_yet(struct trial *t)
{
    struct delivery d = signed_by(t, "right", -tolerance_s(t) - 60);

    refuses(t, &d);
}

static void old_enough(struct trial *t)
{
    struct delivery d = signed_by(t, "right", tolerance_s(t) / 2);
    struct hook_verdict v;

    ends(t, arrives(t, &d, &v), OK);
}

/* Both count until the vendor signs with the new one alone; a third never does. */
static void during_a_roll(struct trial *t)
{
    static const char *const names[] = {"right", "other", "third"};
    struct secrets s = secrets_of(t, "other", "right");

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct delivery d = signed_by(t, names[i], 0);
        struct hook_verdict v;

        ends(t, judged(t, &d, &s, &v), i < 2 ? OK : ERR_UNAUTHENTICATED);
    }
    secrets_end(&s);
}

static const char *name_of(struct trial *t, struct delivery *d)
{
    struct hook_verdict v;
    enum err e = arrives(t, d, &v);

    ends(t, e, OK);
    return e == OK ? v.dedupe_key : "";
}

static void once_more(struct trial *t)
{
    struct delivery first = signed_by(t, "right", 5), again = signed_by(t, "right", 0);
    const char *a = name_of(t, &first), *b = name_of(t, &again);

    if (strcmp(a, b) != 0)
        conform_fails(t, "the same delivery is called %s and %s", a, b);
}

static void another_delivery(struct trial *t)
{
    const struct doc *body = conform_plan(t, rules(t)->id_headers[0] ? "body" : "another");
    struct delivery first = signed_by(t, "right", 0), other;

    if (!body) {
        conform_fails(t, "the plan has no \"another\" body, of another delivery about the same");
        return;
    }
    other = unsigned_of(t, written(t, body), "delivery-2");
    sign_with(t, &other, "right", 0);
    if (strcmp(name_of(t, &first), name_of(t, &other)) == 0)
        conform_fails(t, "two deliveries are called the same");
}

/* Is what shows whose it is within the body? */
static bool is_in_body(const struct trial *t)
{
    struct str kind = doc_text(doc_pointer(manifest_document(manifest_of(t->c)), "/hooks/check/kind"));

    return str_is(kind, "secret_field") || str_is(kind, "hmac_items");
}

/* What has no place for a signature is nobody's. */
static void no_json(struct trial *t)
{
    struct delivery d = unsigned_of(t, STR("no JSON"), "delivery-1");
    struct hook_verdict v;

    if (is_in_body(t)) {
        refuses(t, &d);
        return;
    }
    sign_with(t, &d, "right", 0);
    ends(t, arrives(t, &d, &v), ERR_INVALID);
}

/* What does not say what it is about is refused, and not taken for something else. */
static void about_nothing(struct trial *t)
{
    struct delivery d = unsigned_of(t, written(t, conform_plan(t, "about_nothing")), "delivery-1");
    struct hook_verdict v;

    sign_with(t, &d, "right", 0);
    ends(t, arrives(t, &d, &v), ERR_INVALID);
}

/* ---- the sender asks first ---- */

static void handshake(struct trial *t)
{
    const struct doc *h = doc_pointer(manifest_document(manifest_of(t->c)), "/hooks/handshake");
    const char *name = doc_cstr(t->sc->arena, doc_get(h, "name"));
    struct secrets s = secrets_of(t, "right", NULL);
    struct delivery d = {.n = 0};
    struct hook_delivery asks = {.method = STR("POST"),
                                 .url = STR(URL),
                                 .path = str_of(arena_f(t->sc->arena, "%s?%s=a%%20b", PATH, name ? name : "x")),
                                 .header = header,
                                 .arg = &d};
    struct hook_verdict v;
    enum err e = hook_judge_bare(t->sc, t->c, s.v, s.n, NULL, &asks, &v);

    secrets_end(&s);
    ends(t, e, OK);
    if (e == OK && v.answer_status == 0)
        conform_fails(t, "it is not answered");
    if (e == OK && str_is(doc_text(doc_get(h, "kind")), "echo_query") && !str_is(v.answer, "a b"))
        conform_fails(t, "the answer is \"%.*s\"", (int)v.answer.n, v.answer.p);
}

/* ---- all of them ---- */

static bool is_signed(const struct trial *t)
{
    struct str kind = doc_text(doc_pointer(manifest_document(manifest_of(t->c)), "/hooks/check/kind"));

    return !str_is(kind, "secret_header") && !str_is(kind, "basic") && !str_is(kind, "secret_field");
}

static void one(struct trial *t)
{
    conform_scenario(t, "a delivery is taken, and what it is about is told", taken);
    conform_scenario(t, "with another secret it is refused", another_secret);
    conform_scenario(t, "without a signature it is refused", no_signature);
    conform_scenario(t, "with two signatures it is refused", two_signatures);
    if (is_signed(t))
        conform_scenario(t, "with another body than was signed it is refused", another_body);
    if (tolerance_s(t)) {
        conform_scenario(t, "an old one is refused", too_old);
        conform_scenario(t, "one of a time to come is refused", not_yet);
        conform_scenario(t, "one within the tolerance is taken", old_enough);
    }
    conform_scenario(t, "during a roll both secrets count, and no third", during_a_roll);
    conform_scenario(t, "the same delivery once more is the same", once_more);
    conform_scenario(t, "another delivery is another", another_delivery);
    conform_scenario(t, "what is no JSON is refused", no_json);
    if (conform_plan(t, "about_nothing"))
        conform_scenario(t, "what does not say what it is about is refused", about_nothing);
}

static const struct doc *delivery_of(const struct trial *t, const struct doc *deliveries, size_t event)
{
    for (size_t i = 0; i < doc_count(deliveries); i++) {
        const char *topic = doc_cstr(t->sc->arena, doc_get(doc_at(deliveries, i), "topic"));

        if (topic && manifest_event_find(manifest_of(t->c), topic) == event)
            return doc_at(deliveries, i);
    }
    return NULL;
}

/* Events of one topic are told by one delivery. */
static bool is_tried(const struct doc *events, size_t event)
{
    for (size_t i = 0; i < event; i++)
        if (str_equal(doc_text(doc_get(doc_at(events, i), "topic")), doc_text(doc_get(doc_at(events, event), "topic"))))
            return true;
    return false;
}

static void missing(struct trial *t, const char *what)
{
    t->tell(t->arg, &(struct conform_result){
                        .scenario = "is tried", .operation = t->operation, .capability = t->capability, .fault = what});
}

void conform_hooks(struct trial *t)
{
    const struct doc *m = manifest_document(manifest_of(t->c)), *events = doc_pointer(m, "/hooks/events"),
                     *deliveries = doc_pointer(t->document, "/hooks/deliveries");

    t->capability = "webhooks";
    for (size_t i = 0; i < doc_count(events); i++) {
        if (is_tried(events, i))
            continue;
        t->operation = arena_f(t->sc->arena, "hook %s", doc_cstr(t->sc->arena, doc_get(doc_at(events, i), "topic")));
        t->plan = delivery_of(t, deliveries, i);
        if (t->plan)
            one(t);
        else
            missing(t, "conformance.json has no delivery of this topic");
    }
    t->operation = "hook";
    t->plan = NULL;
    if (doc_pointer(m, "/hooks/handshake"))
        conform_scenario(t, "a sender that asks first is answered", handshake);
}
