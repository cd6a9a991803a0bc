#pragma once

#include <string.h>

#include "base/must.h"
#include "maps/maps.h"

/* Inside the room. */
enum err maps_lock(struct scope *sc, const struct uuid *mapping_id,
                   struct maps_mapping *out); /* for this transaction */
const char *maps_actor(struct scope *sc);     /* "usr_…" */
void maps_fault(struct arena *a, struct mapping_faults *faults, const char *pointer, const char *code, const char *why);
/* Adds a fault for each cross reference that is not there, and for more of them than one record can have. */
enum err maps_tables_check(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                           const struct doc *document, struct mapping_faults *faults);
/* Adds the names that the customer has not: cross references, and fields that no delivery has had. */
enum err maps_names_check(struct scope *sc, const struct maps_mapping *m, const struct mapping *compiled,
                          struct str document, struct mapping_faults *faults);
/* Where its versions look into cross references, told to those. number 0: none. */
enum err maps_uses_tell(struct scope *sc, const struct maps_mapping *m, int32_t current, int32_t rolling);
/* What its source is known to send; n 0: too little was received to tell. */
enum err maps_source(struct scope *sc, const struct maps_mapping *m, struct mapping_source *out);
/* Ends with a problem of its own. */
enum err maps_problem(struct scope *sc, enum err code, const char *problem, int status, const char *message);

struct maps_part {
    enum maps_part_kind kind;
    const char *name;
    const struct doc *value;
    uint32_t hash;  /* of the name, which may be long */
    unsigned again; /* the number that the last part was given of those that would have the same name */
};
uint32_t maps_name_hash(const char *name);
bool maps_part_same(const struct maps_part *a, const struct maps_part *b); /* by kind and name */
struct maps_parts {
    struct maps_part *v;
    size_t n;
};
enum err maps_parts(struct scope *sc, const struct doc *document, struct maps_parts *out);
/* NULL, or what there is too much of, and where. */
const char *maps_parts_fault(struct arena *a, const struct doc *document, const char **out_pointer);
const struct maps_part *maps_part_of(const struct maps_parts *parts, const struct maps_part *like); /* or NULL */
