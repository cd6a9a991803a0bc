#include "manifest/manifest_int.h"

/* What an answer means. Only an answer that says for certain that nothing was done is told as one. */

#define SAID_MAX 300 /* octets of the other side's own words */
#define REF_MAX  200

/* What a refusal says of itself, where no rule knows better: the usual members, or nothing. */
static const char *usual_words(struct scope *sc, const struct doc *body)
{
    static const char *const at[] = {"/detail",          "/message",
                                     "/error/message",   "/errors/0/message",
                                     "/errors/0/detail", "/error_description",
                                     "/title",           "/error",
                                     "/0/message",       NULL};

    for (size_t i = 0; at[i]; i++) {
        const char *text = doc_cstr(sc->arena, doc_pointer(body, at[i]));

        if (text && *text)
            return text;
    }
    return NULL;
}

static const char *words(struct scope *sc, struct manifest_run *run, const struct manifest_rule *rule,
                         const struct doc *body)
{
    const char *text = NULL, *why;
    struct doc v;

    if (rule && rule->says && manifest_eval(sc, run, rule->says, body, &v, &why))
        text = manifest_text_of(sc, &v);
    if (!text || !*text)
        text = usual_words(sc, body);
    return text && *text ? arena_cut(sc->arena, text, SAID_MAX) : NULL;
}

static const struct manifest_rule *rule_in(struct scope *sc, struct manifest_run *run,
                                           const struct manifest_rules *rules, const struct doc *body)
{
    const char *why;
    struct doc v;

    for (size_t i = 0; i < rules->n; i++)
        if (manifest_eval(sc, run, rules->v[i].when, body, &v, &why) && doc_kind(&v) == DOC_TRUE)
            return &rules->v[i];
    return NULL;
}

/* Where no rule says: only 401 and 429 say for certain that nothing was done and may be later. */
static enum manifest_means by_status(int status)
{
    if (status >= 200 && status <= 299)
        return MEANS_OK;
    switch (status) {
    case 401:
        return MEANS_AUTH;
    case 425:
    case 429:
        return MEANS_LATER;
    case 408:
        return MEANS_UNKNOWN;
    default:
        return status >= 400 && status < 500 ? MEANS_NO : MEANS_UNKNOWN;
    }
}

static enum err refused(struct scope *sc, struct manifest_run *run, enum manifest_means means, const char *said)
{
    static const enum err codes[] = {[MEANS_LATER] = ERR_UPSTREAM_BUSY,
                                     [MEANS_CONFLICT] = ERR_UPSTREAM_BUSY,
                                     [MEANS_AUTH] = ERR_UPSTREAM_AUTH,
                                     [MEANS_NO] = ERR_UPSTREAM_NO,
                                     [MEANS_UNKNOWN] = ERR_UPSTREAM_UNKNOWN};

    if (said)
        return FAIL(sc, codes[means], "answered %d: %s", run->reply->status, said);
    return FAIL(sc, codes[means], "answered %d", run->reply->status);
}

/* The answer breaks what the manifest says of it. A question's is shown to a person; what a change did is not known. */
static enum err broken(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o, const char *how)
{
    return FAIL(sc, o->asks_only ? ERR_HOLD : ERR_UPSTREAM_UNKNOWN,
                "the answer to %s (%d) is not what \"%s\" promises: %s", o->name, run->reply->status, run->m->title,
                how);
}

static enum err kept(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                     const struct doc *body)
{
    const char *why;
    struct doc v;

    if (!o->must)
        return OK;
    if (!manifest_eval(sc, run, o->must, body, &v, &why))
        return broken(sc, run, o, why);
    return doc_kind(&v) == DOC_TRUE ? OK : broken(sc, run, o, "what it must hold does not hold");
}

/* The value at an expression, or otherwise where the manifest has none. */
static enum err value_at(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                         const struct expr *e, const struct doc *body, const struct doc **out)
{
    struct doc *v = ARENA_NEW(sc->arena, struct doc);
    const char *why;

    if (!manifest_eval(sc, run, e, body, v, &why))
        return broken(sc, run, o, why);
    *out = expr_is_absent(*v) ? NULL : v;
    return OK;
}

/* ---- pages ---- */

/* The address behind rel="next" (RFC 8288), as most write it. */
static const char *link_next(struct scope *sc, const struct http_reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        const char *v = reply->headers[i].value, *end;

        if (strcmp(reply->headers[i].name, "link") != 0)
            continue;
        for (const char *p = strchr(v, '<'); p; p = strchr(end, '<')) {
            const char *next, *rel;

            end = strchr(p, '>');
            if (!end)
                return NULL;
            next = strchr(end, '<');
            rel = strstr(end, "rel=");
            if (rel && (!next || rel < next) &&
                (strncmp(rel + 4, "\"next\"", 6) == 0 || strncmp(rel + 4, "next", 4) == 0))
                return arena_strndup(sc->arena, p + 1, (size_t)(end - p) - 1);
        }
    }
    return NULL;
}

static const char *counted_on(struct scope *sc, struct manifest_run *run, const struct manifest_pages *p, size_t items)
{
    long long at = run->ask->after && *run->ask->after ? strtoll(run->ask->after, NULL, 10) : 0;

    if ((int64_t)items < p->most)
        return NULL;
    if (p->kind == PAGING_OFFSET)
        return arena_f(sc->arena, "%lld", at + (long long)items);
    return arena_f(sc->arena, "%lld", (at ? at : 1) + 1);
}

static enum err next_page(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                          const struct doc *body, size_t items, const char **out)
{
    const struct doc *v = NULL;

    *out = NULL;
    if (o->pages.kind == PAGING_NONE)
        return OK;
    if (o->pages.next) {
        TRY(sc, value_at(sc, run, o, o->pages.next, body, &v));
        *out = v && doc_kind(v) != DOC_NULL ? manifest_text_of(sc, v) : NULL;
    } else if (o->pages.kind == PAGING_LINK)
        *out = link_next(sc, run->reply);
    else
        *out = counted_on(sc, run, &o->pages, items);
    if (*out && !**out)
        *out = NULL;
    if (*out && run->ask->after && strcmp(*out, run->ask->after) == 0)
        return broken(sc, run, o, "its next page is the same one");
    return OK;
}

static enum err paged(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                      const struct doc *body, struct told *out)
{
    const struct doc *items = NULL;
    struct doc *list;

    TRY(sc, value_at(sc, run, o, o->items, body, &items));
    if (items && doc_kind(items) != DOC_ARRAY) { /* one item stands for itself in expressions */
        list = ARENA_NEW(sc->arena, struct doc);
        *list = doc_make_array(items, doc_kind(items) == DOC_NULL ? 0 : 1);
        items = list;
    }
    if (!items) {
        list = ARENA_NEW(sc->arena, struct doc);
        *list = doc_make_array(NULL, 0);
        items = list;
    }
    out->value = items;
    return next_page(sc, run, o, body, doc_count(items), &out->after);
}

/* ---- the whole ---- */

static enum err body_of(struct scope *sc, const struct http_reply *reply, const struct doc **out, bool *out_json)
{
    *out = NULL;
    *out_json = true;
    if (reply->body.n == 0 || doc_parse(sc, reply->body, out) == OK)
        return OK;
    scope_clear(sc);
    *out = NULL;
    *out_json = false;
    return OK;
}

static enum err succeeded(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                          const struct doc *body, bool json, struct told *out)
{
    if (!json && o->asks_only)
        return broken(sc, run, o, "it is no JSON");
    return o->document.url ? manifest_elsewhere(sc, run, o, body, out) : manifest_told(sc, run, o, body, out);
}

enum err manifest_told(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                       const struct doc *body, struct told *out)
{
    const struct doc *ref = NULL;
    const char *text;

    TRY(sc, kept(sc, run, o, body));
    out->found = true;
    out->value = body;
    if (o->ref)
        TRY(sc, value_at(sc, run, o, o->ref, body, &ref));
    text = ref ? manifest_text_of(sc, ref) : NULL;
    if (text)
        out->ref = arena_cut(sc->arena, text, REF_MAX);
    if (o->items)
        return paged(sc, run, o, body, out);
    if (o->value)
        return value_at(sc, run, o, o->value, body, &out->value);
    return OK;
}

static enum err read_answer(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                            struct told *out)
{
    const struct manifest_rule *rule;
    const struct doc *body;
    enum manifest_means means;
    bool json;

    *out = (struct told){.ref = ""};
    TRY(sc, body_of(sc, run->reply, &body, &json));
    rule = rule_in(sc, run, &o->errors, body);
    if (!rule)
        rule = rule_in(sc, run, &run->m->errors, body);
    means = rule ? rule->means : by_status(run->reply->status);
    if (!rule && run->reply->status == 404 && o->asks_only)
        means = MEANS_ABSENT;
    if (means == MEANS_ABSENT && !o->asks_only) /* what was to be changed is not there: nothing was done */
        means = MEANS_NO;
    switch (means) {
    case MEANS_OK:
        return succeeded(sc, run, o, body, json, out);
    case MEANS_DONE: /* there already: as good as done now */
        out->found = true;
        out->value = body;
        return OK;
    case MEANS_ABSENT:
        return OK;
    default:
        return refused(sc, run, means, words(sc, run, rule, body));
    }
}

/* A probe finds the change by what it would be called there. */
static enum err probed(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o, struct told *out)
{
    const struct doc *ref = NULL;
    const char *text;

    if (!out->found)
        return OK;
    TRY(sc, value_at(sc, run, o, o->probe_ref, out->value, &ref));
    text = ref && doc_kind(ref) != DOC_NULL ? manifest_text_of(sc, ref) : NULL;
    out->found = text && *text;
    out->ref = out->found ? arena_cut(sc->arena, text, REF_MAX) : "";
    return OK;
}

static enum err read_any(struct scope *sc, struct manifest_run *run, const struct manifest_operation *o,
                         struct told *out)
{
    if (!run->ask->probe)
        return read_answer(sc, run, o, out);
    TRY(sc, read_answer(sc, run, manifest_operation(run->m, o->probe), out));
    return probed(sc, run, o, out);
}

enum err manifest_read(struct scope *sc, const struct erp_site *site, const struct ask *ask,
                       const struct http_reply *reply, struct told *out)
{
    struct manifest_run run = {
        .m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask, .reply = reply};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    enum err e = read_any(sc, &run, o, out);

    if (!manifest_overspent(&run))
        return e == OK ? OK : scope_pass(sc, e, __FILE__, __LINE__);
    scope_clear(sc);
    return broken(sc, &run, ask->probe ? manifest_operation(run.m, o->probe) : o,
                  "the connector's expressions take too long together");
}

bool manifest_part_of(struct scope *sc, const struct erp_site *site, const struct ask *ask, const struct doc *value,
                      size_t i, struct ask *out, const char **out_to)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    struct doc *with;
    const char *why;

    if (!o || ask->probe || i >= o->part_count)
        return false;
    with = ARENA_NEW(sc->arena, struct doc);
    if (!manifest_eval(sc, &run, o->parts[i].with, value, with, &why))
        *with = expr_absent();
    *out = (struct ask){.operation = o->parts[i].operation, .with = expr_is_absent(*with) ? NULL : with};
    *out_to = o->parts[i].to;
    return true;
}

bool manifest_part_keys(struct scope *sc, const struct erp_site *site, const struct ask *ask, size_t i,
                        const struct doc *list, bool of_part, const char ***out)
{
    struct manifest_run run = {.m = manifest_at(site), .budget = site->budget, .settings = site->settings, .ask = ask};
    const struct manifest_operation *o = manifest_operation(run.m, ask->operation);
    size_t n = doc_count(list);
    const char **keys = ARENA_ARRAY(sc->arena, const char *, n + 1), *why;
    struct doc v;

    if (!o || i >= o->part_count || !o->parts[i].key)
        return false;
    for (size_t k = 0; k < n; k++)
        if (manifest_eval(sc, &run, of_part ? o->parts[i].by : o->parts[i].key, doc_at(list, k), &v, &why) &&
            !expr_is_absent(v))
            keys[k] = manifest_text_of(sc, &v);
    *out = keys;
    return true;
}
