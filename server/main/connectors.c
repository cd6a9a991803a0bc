#include <pthread.h>
#include <string.h>

#include "connect/connect.h"
#include "connectors/http/http.h"
#include "connectors/shopify/shopify.h"
#include "connectors/tryton/tryton.h"
#include "files/files.h"
#include "main/main_int.h"
#include "manifest/manifest.h"

/* Which connectors the program has: those in C, and those that are manifests. A manifest of the name of one in C gives
 * that one its operations: what comes in stays as it is. Servers have all of them made at the start; commands have each
 * made when it is asked for, since most ask for none. */
#define CONNECTORS_MAX 80
#define IN_C           6

static const struct connector *const in_c[IN_C] = {&shopify_connector, &tryton_connector, &http_connector,
                                                   &files_connector,   &edi_connector,    &webhook_connector};
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER; /* what follows is changed under it */
static struct connector joined[IN_C];
static bool is_joined[IN_C];
static const struct connector *connectors[CONNECTORS_MAX + 1];

static size_t in_c_find(const char *name)
{
    size_t i = 0;

    while (i < IN_C && strcmp(in_c[i]->name, name) != 0)
        i++;
    return i;
}

/* The one in C, with the operations of the manifest of its name (NULL: there is none). */
static const struct connector *join(size_t i, const struct connector *manifest)
{
    pthread_mutex_lock(&making);
    if (manifest && !is_joined[i]) {
        joined[i] = *in_c[i];
        joined[i].named = manifest->named;
        joined[i].manifest = manifest->manifest;
        if (joined[i].erp)
            joined[i].url = manifest->url;
        is_joined[i] = true;
    }
    pthread_mutex_unlock(&making);
    return manifest ? &joined[i] : in_c[i];
}

static enum err one(struct scope *sc, const char *name, const struct connector **out)
{
    size_t i = in_c_find(name);
    const struct connector *manifest;

    TRY(sc, manifest_shipped_find(sc, name, &manifest));
    *out = i < IN_C ? join(i, manifest) : manifest;
    return OK;
}

static enum err fill(struct scope *sc)
{
    const struct connector *const *shipped;
    size_t n, count = 0;

    TRY(sc, manifest_shipped(sc, &shipped, &n));
    MUST_BE(n + IN_C <= CONNECTORS_MAX);
    for (size_t i = 0; i < IN_C; i++)
        TRY(sc, one(sc, in_c[i]->name, &connectors[count++]));
    for (size_t i = 0; i < n; i++)
        if (in_c_find(shipped[i]->name) == IN_C)
            connectors[count++] = shipped[i];
    return OK;
}

/* What comes with the program has no fault: a test looks at all of it, and so does each server that starts. */
static void must(struct scope *sc, enum err e)
{
    if (e != OK)
        main_complain(sc, e);
    MUST_BE(e == OK);
    scope_free(sc);
}

static const struct connector *later_find(const char *name)
{
    struct scope *sc = scope_new();
    const struct connector *found = NULL;

    must(sc, one(sc, name, &found));
    return found;
}

static pthread_once_t filled = PTHREAD_ONCE_INIT;

static void later_fill(void)
{
    struct scope *sc = scope_new();

    must(sc, fill(sc));
}

static const struct connector *const *later_all(void)
{
    pthread_once(&filled, later_fill);
    return connectors;
}

enum err main_connectors(struct scope *sc, bool later)
{
    static const struct connect_later by = {later_find, later_all};

    connect_later_set(&by);
    if (later)
        return OK;
    TRY(sc, fill(sc));
    connect_registry = connectors;
    return OK;
}
