#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/scope.h"

/* config: TENON_* environment variables, described in one table (config.c). An unknown TENON_ key is a start
 * error that names it and the nearest known one. KEY_FILE variants read secrets from a file.
 */
enum config_kind { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_FILE };

struct config_key {
    const char *name; /* without the TENON_ prefix */
    enum config_kind kind;
    const char *fallback; /* NULL: no value unless set */
    int64_t min, max;
    const char *meaning;
};

extern const struct config_key config_keys[]; /* ends with a NULL name */

/* Reads and checks the whole environment; every fault is named in one message. */
enum err config_load(struct scope *sc, char **environ_);
const char *config_text(const char *name); /* NULL when not set and no default; unknown name aborts */
int64_t config_int(const char *name);
bool config_bool(const char *name);
/* For tests: sets one value as if it stood in the environment. */
enum err config_set(struct scope *sc, const char *name, const char *value);
