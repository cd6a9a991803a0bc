#include "api/api.h"
#include "main/ctl_int.h"

#define OPENAPI_MAX ((size_t)8 << 20)

/* In nobody's name; a committed copy of it shows what a change of the API changes for its callers. */
static enum err openapi_print(struct scope *sc, const struct ctl_args *a)
{
    struct buf b;

    (void)a;
    buf_init(&b, sc->arena, OPENAPI_MAX);
    api_describe(sc, "API", "https://api.example.com", &b);
    printf("%.*s\n", (int)b.n, b.p);
    return OK;
}

const struct ctl_command ctl_openapi_commands[] = {
    {"openapi", "print", "", "Prints the description of the API (OpenAPI 3.1), in nobody's name.", NULL, openapi_print,
     CTL_ALONE},
    {},
};
