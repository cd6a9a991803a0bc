#include <string.h>

#include "access/access.h"

static const struct {
    const char *name, *meaning;
    enum permission_level level;
} all[PERMISSION_COUNT] = {
#define PERMISSION(id, name, level, meaning) [PERMISSION_##id] = {name, meaning, PERMISSION_LEVEL_##level},
#include "access/permission.def"
#undef PERMISSION
};

const char *permission_name(enum permission p)
{
    return p < PERMISSION_COUNT && all[p].name ? all[p].name : "";
}

const char *permission_meaning(enum permission p)
{
    return p < PERMISSION_COUNT && all[p].meaning ? all[p].meaning : "";
}

enum permission_level permission_level_of(enum permission p)
{
    return p < PERMISSION_COUNT ? all[p].level : PERMISSION_LEVEL_PARTNER;
}

enum permission permission_find(struct str name)
{
    for (enum permission p = PERMISSION_NONE + 1; p < PERMISSION_COUNT; p++)
        if (str_is(name, all[p].name))
            return p;
    return PERMISSION_NONE;
}

uint64_t permission_set(const char *comma_names)
{
    uint64_t set = 0;

    for (const char *at = comma_names; *at;) {
        size_t n = strcspn(at, ",");
        enum permission p = permission_find((struct str){at, n});

        if (p != PERMISSION_NONE)
            set |= PERMISSION_BIT(p);
        at += n + (at[n] == ',');
    }
    return set;
}

bool caller_may(const struct caller *c, enum permission p)
{
    return c->may & PERMISSION_BIT(p);
}
