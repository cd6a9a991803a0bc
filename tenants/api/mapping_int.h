#pragma once

#include "api/api_int.h"
#include "maps/maps.h"

/* What the files about mappings share. */
#define PAGE_DEFAULT 50
#define PAGE_MAX     200

enum err api_mapping_id(struct scope *sc, const struct rq *rq, struct uuid *out);
enum err api_mapping_named(struct scope *sc, const struct rq *rq, struct maps_mapping *out);
enum err api_mapping_number(struct scope *sc, const struct rq *rq, int32_t *out);
/* A mapping is the customer's: whoever speaks for one store brand reads it and changes nothing. */
enum err api_mapping_writer(struct scope *sc);
enum err api_mapping_answer(struct scope *sc, struct rs *rs, int status, const struct uuid *id);
/* after: what it became, in a few words; NULL: the action says it. */
void api_mapping_note(struct scope *sc, const char *action, const struct maps_mapping *m, const char *detail);
extern const struct wire api_mapping_wire;

struct mapping_fault_view {
    const char *pointer, *rule, *code, *detail;
    int64_t line, column;
};
extern const struct wire api_mapping_fault_wire;
struct wire_list api_mapping_faults(struct scope *sc, const struct mapping_faults *faults);

struct mapping_change_view {
    const char *part, *name, *change;
    struct str before, after;
};
extern const struct wire api_mapping_change_wire;
struct wire_list api_mapping_changes(struct scope *sc, const struct maps_changes *changes);

/* JSON of a value, or nothing for none. */
struct str api_doc_text(struct scope *sc, const struct doc *d);

/* One version with its document; its faults are looked for by who shows them. */
struct mapping_version_view {
    int64_t number;
    const char *status, *hash, *note, *author, *reviewer;
    int64_t replaces, created_at, changed_at, submitted_at, reviewed_at, published_at;
    struct uuid backtest_id;
    struct str document, base;
    struct wire_list faults;
};
extern const struct wire api_mapping_version_wire;
enum err api_mapping_version(struct scope *sc, const struct maps_mapping *m, int32_t number,
                             struct mapping_version_view *out, int64_t *out_row_version);
