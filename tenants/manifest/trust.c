#include "manifest/manifest_int.h"

/* What a connection's people have trusted a connector with, to tell whether another version of it asks for more. The
 * addresses are functions of the settings alone: expressions know no time and no chance here, and all paths are below
 * the one that calls go to. */

const char *manifest_kind(const struct manifest *m, size_t i)
{
    for (size_t k = 0; k < m->operation_count; k++) {
        const char *kind = m->operations[k].kind;
        bool before = !kind;

        for (size_t b = 0; b < k && !before; b++)
            before = m->operations[b].kind && strcmp(m->operations[b].kind, kind) == 0;
        if (!before && i-- == 0)
            return kind;
    }
    return NULL;
}

static const char *sign_in_of(struct scope *sc, const struct manifest *m, const struct doc *settings)
{
    struct manifest_run run = {.m = m, .settings = settings, .brief = true};
    const char *said = doc_cstr(sc->arena, doc_get(settings, "token_url")), *why;
    struct doc url;

    if (!m->auth_url || said)
        return said;
    return manifest_eval(sc, &run, m->auth_url, settings, &url, &why) ? manifest_text_of(sc, &url) : NULL;
}

void manifest_trust_of(struct scope *sc, const struct connector *c, const struct doc *settings,
                       struct manifest_trust *out)
{
    *out = (struct manifest_trust){.url = manifest_url(sc, c, settings),
                                   .sign_in = sign_in_of(sc, c->manifest, settings),
                                   .auth = c->manifest->auth_doc};
}

static bool asks_for(const struct manifest *m, const char *secret)
{
    for (size_t i = 0; i < m->secret_count; i++)
        if (strcmp(m->secrets[i].name, secret) == 0)
            return true;
    return false;
}

const char *const *manifest_more_secrets(struct scope *sc, const struct manifest *m, const struct manifest *than)
{
    const char **names = ARENA_ARRAY(sc->arena, const char *, m->secret_count + 1);
    size_t n = 0;

    for (size_t i = 0; i < m->secret_count; i++)
        if (m->secrets[i].needed && !asks_for(than, m->secrets[i].name))
            names[n++] = m->secrets[i].name;
    names[n] = NULL;
    return names;
}

static bool is_asked(const struct doc *list, struct str name)
{
    for (size_t i = 0; i < doc_count(list); i++) {
        struct str other = doc_text(doc_get(doc_at(list, i), "name"));

        if (other.n == name.n && memcmp(other.p, name.p, name.n) == 0)
            return true;
    }
    return false;
}

const char *const *manifest_more_permissions(struct scope *sc, const struct manifest *m, const struct manifest *than)
{
    const struct doc *list = doc_get(m->document, "permissions"), *before = doc_get(than->document, "permissions");
    const char **names = ARENA_ARRAY(sc->arena, const char *, doc_count(list) + 1);
    size_t n = 0;

    for (size_t i = 0; i < doc_count(list); i++) {
        struct str name = doc_text(doc_get(doc_at(list, i), "name"));

        if (!is_asked(before, name))
            names[n++] = str_dup(sc->arena, name);
    }
    names[n] = NULL;
    return names;
}
