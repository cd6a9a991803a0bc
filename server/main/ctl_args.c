#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/money.h"
#include "db/db.h"
#include "main/ctl_int.h"
#include "org/org.h"
#include "json/doc.h"

const char *ctl_option(const struct ctl_args *a, const char *name)
{
    for (unsigned i = a->count; i > 0; i--)
        if (strcmp(a->options[i - 1].name, name) == 0)
            return a->options[i - 1].value;
    return NULL;
}

enum err ctl_need(struct scope *sc, const struct ctl_args *a, const char *name, const char **out)
{
    *out = ctl_option(a, name);
    return *out && **out ? OK : FAIL(sc, ERR_INVALID, "--%s is needed", name);
}

enum err ctl_number(struct scope *sc, const struct ctl_args *a, const char *name, int64_t fallback, int64_t *out)
{
    const char *text = ctl_option(a, name);
    struct decimal d;

    *out = fallback;
    if (!text)
        return OK;
    if (!decimal_parse_plain(str_of(text), &d) || d.scale != 0 || d.digits < 0 || d.digits > INT32_MAX)
        return FAIL(sc, ERR_INVALID, "--%s takes a whole number", name);
    *out = (int64_t)d.digits;
    return OK;
}

enum err ctl_read_file(struct scope *sc, const char *path, size_t max, struct str *out)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    char *text = arena_alloc(sc->arena, max + 1);
    int why;
    size_t n;

    if (!f)
        return FAIL(sc, ERR_NOT_FOUND, "%s cannot be read", path);
    errno = 0;
    n = fread(text, 1, max + 1, f);
    why = ferror(f) ? errno : 0;
    if (f != stdin)
        fclose(f);
    if (why)
        return FAIL(sc, ERR_INVALID, "%s cannot be read: %s", path, why == EISDIR ? "it is a folder" : strerror(why));
    if (n > max)
        return FAIL(sc, ERR_TOO_LARGE, "%s is larger than %zu octets", path, max);
    if (n && text[n - 1] == '\n')
        n--;
    *out = (struct str){text, n};
    return OK;
}

enum err ctl_read_json(struct scope *sc, const char *path, size_t max, const struct doc **out)
{
    struct str text;
    enum err e;

    TRY(sc, ctl_read_file(sc, path, max, &text));
    e = doc_parse(sc, text, out);
    return e == OK ? OK : FAIL(sc, e, "%s: %s", path, scope_fault(sc)->message);
}

enum err ctl_id(struct scope *sc, const struct ctl_args *a, const char *name, const char *prefix, struct uuid *out,
                bool *out_given)
{
    const char *text = ctl_option(a, name);

    *out_given = text && *text;
    if (*out_given && !typeid_parse(prefix, text, strlen(text), out))
        return FAIL(sc, ERR_INVALID, "--%s takes an id like %s_…", name, prefix);
    return OK;
}

enum err ctl_partner(struct scope *sc, const struct ctl_args *a)
{
    const char *slug;

    TRY(sc, ctl_need(sc, a, "partner", &slug));
    return org_partner_use(sc, slug);
}

enum err ctl_confirm(struct scope *sc, const struct ctl_args *a, const char *name)
{
    const char *said = ctl_option(a, "confirm");

    if (said && strcmp(said, name) == 0)
        return OK;
    return FAIL(sc, ERR_FORBIDDEN, "this cannot be undone: repeat it with --confirm \"%s\"", name);
}

enum err ctl_commit(struct scope *sc, const struct ctl_args *a)
{
    if (!a->dry_run)
        return db_commit(sc);
    db_rollback(sc);
    fputs("dry run: nothing was changed\n", stderr);
    return OK;
}
