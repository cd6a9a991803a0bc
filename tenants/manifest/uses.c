#include "manifest/manifest_int.h"

size_t manifest_uses(const struct manifest *m, size_t i, struct manifest_use *out)
{
    if (i < m->operation_count) {
        const struct manifest_operation *o = &m->operations[i];

        *out = (struct manifest_use){o->name, o->title, o->object, o->direction, o->act, o->kind};
    }
    return m->operation_count;
}
