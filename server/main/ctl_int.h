#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"

/* What a command of tenonctl was given: words, then --name value pairs. */
#define CTL_OPTIONS_MAX 24

struct ctl_args {
    struct {
        const char *name; /* without the dashes */
        const char *value;
    } options[CTL_OPTIONS_MAX];
    unsigned count;
    const char *word; /* the one after noun and verb, or NULL */
};

/* NULL when not given. The last one counts. */
const char *ctl_option(const struct ctl_args *a, const char *name);
enum err ctl_need(struct scope *sc, const struct ctl_args *a, const char *name, const char **out);
enum err ctl_number(struct scope *sc, const struct ctl_args *a, const char *name, int64_t fallback, int64_t *out);
/* A file's octets without a final line feed; "-" is standard input. */
enum err ctl_read_file(struct scope *sc, const char *path, size_t max, struct str *out);

enum err ctl_simulate_order(struct scope *sc, const struct ctl_args *a);
enum err ctl_user_invite(struct scope *sc, const struct ctl_args *a);
