#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sys/config.h"

#define PREFIX       "TENON_"
#define FILE_SETTING PREFIX "CONFIG_FILE="
#define FILE_MAX     (256 * 1024)
#define LINES_MAX    256

static const char *file_of(char **environ_)
{
    for (char **e = environ_; *e; e++)
        if (strncmp(*e, FILE_SETTING, strlen(FILE_SETTING)) == 0)
            return *e + strlen(FILE_SETTING);
    return NULL;
}

static enum err file_read(struct scope *sc, const char *path, char **out)
{
    char *text = arena_alloc(sc->arena, FILE_MAX + 1);
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f)
        return FAIL(sc, ERR_INVALID, "the configuration file %s cannot be read: %s", path, strerror(errno));
    n = fread(text, 1, FILE_MAX + 1, f);
    fclose(f);
    if (n > FILE_MAX || memchr(text, 0, n))
        return FAIL(sc, ERR_INVALID, "the configuration file %s is too large or no text", path);
    text[n] = 0;
    *out = text;
    return OK;
}

/* The line is not repeated: it may hold a secret. */
static enum err line_check(struct scope *sc, const char *path, int number, const char *line)
{
    if (strncmp(line, PREFIX, strlen(PREFIX)) == 0 && strchr(line, '=') &&
        strncmp(line, FILE_SETTING, strlen(FILE_SETTING)) != 0)
        return OK;
    return FAIL(sc, ERR_INVALID, "line %d of %s is not a setting of the form " PREFIX "KEY=value", number, path);
}

static void trim_end(char *line)
{
    size_t n = strlen(line);

    while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t' || line[n - 1] == '\r'))
        line[--n] = 0;
}

enum err config_environment(struct scope *sc, char **environ_, char ***out)
{
    const char *path = file_of(environ_);
    size_t n = 0;
    int number = 0;
    char *rest = NULL;
    char **all;

    while (environ_[n])
        n++;
    all = ARENA_ARRAY(sc->arena, char *, n + LINES_MAX + 1);
    memcpy(all, environ_, n * sizeof(*all));
    if (path && *path)
        TRY(sc, file_read(sc, path, &rest));
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        number++;
        trim_end(line);
        if (!*line || *line == '#')
            continue;
        TRY(sc, line_check(sc, path, number, line));
        if (number > LINES_MAX)
            return FAIL(sc, ERR_INVALID, "%s has more than %d lines", path, LINES_MAX);
        all[n++] = line;
    }
    all[n] = NULL;
    *out = all;
    return OK;
}
