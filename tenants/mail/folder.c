#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "mail/mail_int.h"

/* Templates lie in branding/mail/<locale>/<kind>.subject, .txt and .html, around each of the last two a layout.txt and
 * layout.html. They are ours or the operator's, never uploads. */
#define FILE_MAX    ((size_t)64 * 1024)
#define LOCALES_MAX 8
#define KINDS_MAX   16

static struct mail_template templates[LOCALES_MAX][KINDS_MAX];
static bool loaded;

static const char *const layout_words[] = {"content", NULL};

static enum err file_read(struct scope *sc, const char *path, struct str *out)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t n;

    if (!f)
        return FAIL(sc, ERR_NOT_FOUND, "%s cannot be read", path);
    text = malloc(FILE_MAX);
    if (!text)
        out_of_memory();
    n = fread(text, 1, FILE_MAX, f);
    fclose(f);
    if (n == FILE_MAX) {
        free(text);
        return FAIL(sc, ERR_TOO_LARGE, "%s is larger than a template may be", path);
    }
    *out = (struct str){text, n};
    return OK;
}

static enum err template_read(struct scope *sc, const char *folder, const char *name, const char *const *words,
                              struct str *out)
{
    const char *path = arena_f(sc->arena, "%s/%s", folder, name);
    const char *const *const known[] = {words, mail_brand_words, NULL};

    TRY(sc, file_read(sc, path, out));
    return mail_template_check(sc, path, *out, known);
}

static enum err kind_read(struct scope *sc, const char *folder, const struct mail_kind *kind, struct mail_template *out)
{
    const char *name = kind->name;

    TRY(sc, template_read(sc, folder, arena_f(sc->arena, "%s.subject", name), kind->words, &out->subject));
    TRY(sc, template_read(sc, folder, arena_f(sc->arena, "%s.txt", name), kind->words, &out->text));
    TRY(sc, template_read(sc, folder, arena_f(sc->arena, "%s.html", name), kind->words, &out->html));
    TRY(sc, template_read(sc, folder, "layout.txt", layout_words, &out->layout_text));
    TRY(sc, template_read(sc, folder, "layout.html", layout_words, &out->layout_html));
    return OK;
}

enum err mail_templates_load(struct scope *sc, const char *branding_dir)
{
    loaded = true; /* from here on mail_templates_unload frees what is there */
    for (size_t l = 0; mail_locales[l]; l++)
        for (size_t k = 0; mail_kinds[k].name; k++) {
            MUST_BE(l < LOCALES_MAX && k < KINDS_MAX);
            TRY(sc, kind_read(sc, arena_f(sc->arena, "%s/mail/%s", branding_dir, mail_locales[l]), &mail_kinds[k],
                              &templates[l][k]));
        }
    return OK;
}

static void template_free(struct mail_template *t)
{
    free((void *)(uintptr_t)t->subject.p);
    free((void *)(uintptr_t)t->text.p);
    free((void *)(uintptr_t)t->html.p);
    free((void *)(uintptr_t)t->layout_text.p);
    free((void *)(uintptr_t)t->layout_html.p);
    *t = (struct mail_template){0};
}

void mail_templates_unload(void)
{
    for (size_t l = 0; l < LOCALES_MAX; l++)
        for (size_t k = 0; k < KINDS_MAX; k++)
            template_free(&templates[l][k]);
    loaded = false;
}

enum err mail_template_find(struct scope *sc, const char *kind, const char *locale, struct mail_template *out)
{
    const struct mail_kind *k = mail_kind_find(kind);

    if (!loaded)
        return FAIL(sc, ERR_UNAVAILABLE, "mail is not set up in this process");
    if (!k)
        return FAIL(sc, ERR_INVALID, "there is no mail called %s", kind);
    *out = templates[mail_locale_index(locale)][k - mail_kinds];
    return OK;
}
