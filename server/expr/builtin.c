#include "expr/builtin_int.h"

#include <pthread.h>
#include <stdlib.h>

/* Which names the language has, and which the host adds. */

#define BUILTIN_ROW(name_, signature_, arity_)                                                                         \
    {.name = #name_, .signature_text = (signature_), .fn = fn_##name_, .arity = (arity_)},

static struct builtin builtins[] = {BUILTINS(BUILTIN_ROW)};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct arena *kept; /* of the signatures; lives as long as the process */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct builtin *)a)->name, ((const struct builtin *)b)->name);
}

static void drop(void)
{
    arena_free(kept);
}

static const struct function *value_of(struct arena *a, const struct builtin *b)
{
    struct function *f = ARENA_NEW(a, struct function);

    *f = (struct function){.kind = FUNCTION_BUILTIN, .builtin = b, .signature = b->signature, .n_params = b->arity};
    return f;
}

static void prepare(void)
{
    kept = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(builtins); i++) {
        const char *code = NULL;
        uint32_t offset;

        builtins[i].signature = signature_parse(kept, str_of(builtins[i].signature_text), &code, &offset);
        MUST_BE(builtins[i].signature);
    }
    qsort(builtins, ARRAY_LEN(builtins), sizeof(*builtins), by_name);
    for (size_t i = 0; i < ARRAY_LEN(builtins); i++)
        builtins[i].value = value_of(kept, &builtins[i]);
    atexit(drop);
}

static const struct builtin *hosted(struct arena *a, const struct expr_function *f)
{
    struct builtin *b = ARENA_NEW(a, struct builtin);
    const char *code = NULL;
    uint32_t offset;

    *b = (struct builtin){.name = f->name, .signature_text = f->signature, .arity = f->arity, .host = f};
    if (f->signature) {
        b->signature = signature_parse(a, str_of(f->signature), &code, &offset);
        MUST_BE(b->signature);
    }
    b->value = value_of(a, b);
    return b;
}

const struct builtin *builtin_find(struct arena *a, const struct expr_host *host, struct str name)
{
    size_t low = 0, high = ARRAY_LEN(builtins);

    pthread_once(&once, prepare);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = text_compare(str_of(builtins[middle].name), name);

        if (order == 0)
            return &builtins[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = 0; host && i < host->n; i++)
        if (str_is(name, host->functions[i].name))
            return hosted(a, &host->functions[i]);
    return NULL;
}
