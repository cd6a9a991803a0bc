#include "main/ctl_connector_int.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* What somebody who writes a connector begins with: documents that hold together and pass, of a vendor called acme. */

#define TEXT_MAX ((size_t)1 << 20)

static bool name_fits(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

    return n > 0 && n <= 40 && name[n] == '\0' && isalpha((unsigned char)*name);
}

/* The template's name, and with a capital its title, are those of the new one. */
static const char *named(struct scope *sc, const char *text, const char *name)
{
    char *title = arena_strdup(sc->arena, name);
    struct buf b;

    title[0] = (char)toupper((unsigned char)title[0]);
    buf_init(&b, sc->arena, TEXT_MAX);
    while (*text) {
        bool small = strncmp(text, "\"acme\"", 6) == 0, big = strncmp(text, "\"Acme\"", 6) == 0;

        if (small || big) {
            buf_f(&b, "\"%s\"", small ? name : title);
            text += 6;
        } else
            buf_c(&b, *text++);
    }
    return buf_cstr(&b);
}

static enum err written(struct scope *sc, const char *path, const char *text)
{
    FILE *f = fopen(path, "wx");
    bool good;

    if (!f && errno == EEXIST)
        return FAIL(sc, ERR_CONFLICT, "%s is there already", path);
    if (!f)
        return FAIL(sc, ERR_INVALID, "%s cannot be made: %s", path, strerror(errno));
    good = fputs(text, f) >= 0;
    good = fclose(f) == 0 && good;
    return good ? OK : FAIL(sc, ERR_INVALID, "%s cannot be written", path);
}

enum err ctl_connector_new(struct scope *sc, const struct ctl_args *a)
{
    const char *into = ctl_option(a, "into");

    if (!a->word || !name_fits(a->word))
        return FAIL(sc, ERR_INVALID, "a connector's name has small letters, digits and _, and begins with a letter");
    if (!into)
        into = arena_f(sc->arena, "tenants/connectors/%s", a->word);
    if (mkdir(into, 0777) != 0 && errno != EEXIST)
        return FAIL(sc, ERR_INVALID, "%s cannot be made: %s", into, strerror(errno));
    for (const struct ctl_template *t = ctl_connector_templates; t->name; t++) {
        const char *path = arena_f(sc->arena, "%s/%s", into, t->name);

        TRY(sc, written(sc, path, named(sc, t->text, a->word)));
        printf("%s\n", path);
    }
    fprintf(stderr,
            "try it: tenonctl connector test %s/manifest.json --standin %s/standin.json --plan %s/conformance.json\n",
            into, into, into);
    return OK;
}
