#include <stdlib.h>

#include "mapping/mapping.h"
#include "own/own_int.h"
#include "sys/loop.h"

/* A document and its mappings, judged before they are kept. */

static const char *nothing[] = {NULL};

bool own_hash(struct arena *a, const struct doc *manifest, const struct doc *mappings, uint8_t out[CRYPTO_HASH_BYTES])
{
    struct doc members[4] = {doc_make_text(STR("manifest")), *manifest, doc_make_text(STR("mappings")), *mappings};
    struct doc both = doc_make_object(members, 2);
    struct buf text;

    buf_init(&text, a, 4 * (size_t)(OWN_MANIFEST_MAX + OWN_BROUGHT_MAX));
    doc_canonical(a, &text, &both);
    if (!text.full)
        crypto_hash(text.p, text.n, out);
    return !text.full;
}

/* "1.12.0" as numbers that compare as versions do. */
static bool version_read(const char *text, int64_t out[3])
{
    for (int i = 0; i < 3; i++) {
        char *end;

        if (*text < '0' || *text > '9' || (*text == '0' && text[1] >= '0' && text[1] <= '9'))
            return false;
        out[i] = strtol(text, &end, 10);
        if (end - text > 6 || *end != (i < 2 ? '.' : '\0'))
            return false;
        text = end + 1;
    }
    return true;
}

bool own_is_newer(const char *version, const char *than)
{
    int64_t a[3] = {0}, b[3] = {0};

    version_read(version, a);
    version_read(than, b);
    for (int i = 0; i < 3; i++)
        if (a[i] != b[i])
            return a[i] > b[i];
    return false;
}

static enum err manifest_judge(struct scope *sc, const struct doc *d, struct manifest **out)
{
    enum err e = manifest_compile_below(sc, sc->arena, d, "/manifest", out);
    const struct connector *c;
    int64_t numbers[3];

    if (e == ERR_INVALID)
        scope_problem(sc, "validation", 422);
    TRY(sc, e);
    c = manifest_connector(*out);
    if (connector_find(c->name))
        return scope_wrong(
            sc, "/manifest/name", "taken",
            arena_f(sc->arena, "a connector \"%s\" is there already for everybody; give yours another name", c->name));
    if (!version_read(manifest_version(*out), numbers))
        return scope_wrong(sc, "/manifest/version", "invalid",
                           "must be three numbers with dots between, as \"1.0.0\", so that a newer one can be told");
    return OK;
}

static void fault_tell(struct scope *sc, const char *below, const struct mapping_fault *f)
{
    const char *where = arena_f(sc->arena, "%s%s", below, f->pointer);

    if (f->line)
        scope_item(sc, where, f->code, "line %u, column %u: %s", f->line, f->column, f->detail);
    else
        scope_item(sc, where, f->code, "%s", f->detail);
}

static enum err mapping_judge(struct scope *sc, const struct manifest *m, const char *kind, const struct doc *d)
{
    const char *below = arena_f(sc->arena, "/mappings/%s", kind);
    struct mapping_faults faults = {0};
    struct mapping *compiled = NULL;
    enum err e;

    if (!mapping_compile(sc->arena, d, NULL, &compiled, &faults)) {
        scope_clear(sc);
        for (size_t i = 0; i < faults.n; i++)
            fault_tell(sc, below, &faults.v[i]);
        e = FAIL(sc, ERR_INVALID, "the mapping of %s has %zu fault%s", kind, faults.n, faults.n == 1 ? "" : "s");
        scope_problem(sc, "validation", 422);
        return e;
    }
    if (strcmp(mapping_source_system(compiled), manifest_connector(m)->name) != 0)
        return scope_wrong(sc, arena_f(sc->arena, "%s/source/system", below), "other_mapping",
                           arena_f(sc->arena, "must be \"%s\", as the manifest's name", manifest_connector(m)->name));
    if (strcmp(mapping_source_object(compiled), kind) != 0)
        return scope_wrong(sc, arena_f(sc->arena, "%s/source/object", below), "other_mapping",
                           arena_f(sc->arena, "must be \"%s\", as the mapping is called here", kind));
    return OK;
}

static enum err mappings_judge(struct scope *sc, const struct manifest *m, const struct doc *mappings)
{
    if (doc_kind(mappings) != DOC_OBJECT || doc_count(mappings) > OWN_MAPPINGS_MAX)
        return scope_wrong(
            sc, "/mappings", "wrong_type",
            arena_f(sc->arena, "must be an object of at most %d mappings, by what they read", OWN_MAPPINGS_MAX));
    for (size_t i = 0; i < doc_count(mappings); i++) {
        const char *kind = str_dup(sc->arena, doc_key(mappings, i)), *known;
        size_t k = 0;

        while ((known = manifest_kind(m, k)) && strcmp(known, kind) != 0)
            k++;
        if (!known)
            return scope_wrong(
                sc, "/mappings", "unknown_member",
                arena_f(sc->arena, "no operation of the manifest reads anything of the kind \"%s\"", kind));
        TRY(sc, mapping_judge(sc, m, kind, doc_at(mappings, i)));
    }
    return OK;
}

static const char *const *unmapped(struct scope *sc, const struct manifest *m, const struct doc *mappings)
{
    size_t n = 0, kept = 0;
    const char **names;

    while (manifest_kind(m, n))
        n++;
    names = ARENA_ARRAY(sc->arena, const char *, n + 1);
    for (size_t i = 0; i < n; i++)
        if (!doc_get(mappings, manifest_kind(m, i)))
            names[kept++] = manifest_kind(m, i);
    names[kept] = NULL;
    return kept ? names : nothing;
}

static enum err parsed(struct scope *sc, const char *pointer, struct str text, size_t most, const struct doc **out)
{
    if (text.n > most)
        return scope_wrong(sc, pointer, "too_long", arena_f(sc->arena, "has at most %zu KiB", most >> 10));
    if (doc_parse(sc, text, out) == OK)
        return OK;
    return scope_wrong(sc, pointer, "invalid", scope_fault(sc)->message);
}

static enum err judge(struct scope *sc, const struct own_new *in, struct own_judged *out)
{
    const struct doc *d, *mappings;
    struct manifest *m;

    TRY(sc, parsed(sc, "/manifest", in->manifest, OWN_MANIFEST_MAX, &d));
    TRY(sc, parsed(sc, "/mappings", in->mappings.p ? in->mappings : STR("{}"), OWN_BROUGHT_MAX, &mappings));
    TRY(sc, manifest_judge(sc, d, &m));
    TRY(sc, mappings_judge(sc, m, mappings));
    *out = (struct own_judged){.name = manifest_connector(m)->name,
                               .version = manifest_version(m),
                               .title = manifest_connector(m)->title,
                               .unmapped = unmapped(sc, m, mappings)};
    if (!own_hash(sc->arena, d, mappings, out->sha256))
        return scope_wrong(sc, "/manifest", "too_long", "the documents together are too large");
    return OK;
}

struct judging {
    struct scope *sc;
    const struct own_new *in;
    struct own_judged *out;
    enum err e;
};

static void run(void *arg)
{
    struct judging *j = arg;

    j->e = judge(j->sc, j->in, j->out);
}

/* Hundreds of expressions of somebody's are compiled: not where others wait for their turn. */
enum err own_judge(struct scope *sc, const struct own_new *in, struct own_judged *out)
{
    struct judging j = {sc, in, out, OK};

    if (offload(run, &j) != OK)
        return own_crowded(sc);
    return j.e;
}
