#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/scope.h"

/* config: TENON_* environment variables, described in one table (config.c). An unknown TENON_ key is a start
 * error that names it and the nearest known one. Every text KEY has a variant KEY_FILE that names a file to read the
 * value from, for secrets. What is set twice, by a file or by the environment and a file, is an error. An empty value
 * means none, even where there is a default. Read once, before threads start; looking a value up compares names, so
 * keep it where it is needed often.
 */
enum config_kind { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_FILE };

struct config_key {
    const char *name; /* without the TENON_ prefix */
    enum config_kind kind;
    const char *fallback; /* NULL: no value unless set */
    int64_t min, max;     /* of a number, or of a text's length */
    const char *meaning;
};

extern const struct config_key config_keys[]; /* ends with a NULL name */

/* The environment and the lines of the file that TENON_CONFIG_FILE names, which may hold TENON_ keys only, one
 * KEY=value a line, without quotes; blank lines and those that begin with # are skipped. The result lives as long as
 * the scope. */
enum err config_environment(struct scope *sc, char **environ_, char ***out);
/* Reads and checks the whole environment; every fault is named in one message. */
enum err config_load(struct scope *sc, char **environ_);
const char *config_text(const char *name); /* NULL when not set and no default; unknown name or wrong kind aborts */
int64_t config_int(const char *name);
bool config_bool(const char *name);
/* Wipes a value that is a secret, which then counts as not set. Before there are threads. */
void config_forget(const char *name);
/* For tests: sets one value as if it stood in the environment. */
enum err config_set(struct scope *sc, const char *name, const char *value);
/* One line a key: name, kind, default, meaning. */
struct buf;
void config_write(struct buf *out);
