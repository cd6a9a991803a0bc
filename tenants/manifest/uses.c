#include "manifest/manifest_int.h"

size_t manifest_uses(const struct manifest *m, size_t i, struct manifest_use *out)
{
    if (i < m->operation_count) {
        const struct manifest_operation *o = &m->operations[i];

        *out = (struct manifest_use){o->name, o->title, o->object, o->direction, o->act, o->kind};
    }
    return m->operation_count;
}

int64_t manifest_page_size(const struct manifest *m, const char *operation)
{
    const struct manifest_operation *o = manifest_operation(m, operation);

    return o ? o->pages.most : 0;
}
