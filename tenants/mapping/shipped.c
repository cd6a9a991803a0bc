#include "mapping/mapping_int.h"

const struct mapping_shipped *mapping_shipped_all(size_t *out_n)
{
    *out_n = mapping_shipped_count;
    return mapping_shipped_table;
}

const struct mapping_shipped *mapping_shipped(const char *system, const char *object)
{
    for (size_t i = 0; i < mapping_shipped_count; i++)
        if (strcmp(mapping_shipped_table[i].system, system) == 0 &&
            strcmp(mapping_shipped_table[i].object, object) == 0)
            return &mapping_shipped_table[i];
    return NULL;
}
