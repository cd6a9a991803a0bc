#pragma once

#include "files/files_int.h"
#include "q_files.h"

#define FILES_PAGE_ROWS 200 /* of one transaction */

/* What one transaction stores, in columns. */
struct files_page {
    size_t n, refused_n, refused_all;
    struct uuid messages[FILES_PAGE_ROWS];
    const char *topics[FILES_PAGE_ROWS], *dedupes[FILES_PAGE_ROWS], *keys[FILES_PAGE_ROWS], *objects[FILES_PAGE_ROWS],
        *kinds[FILES_PAGE_ROWS];
    bool keyeds[FILES_PAGE_ROWS];
    int32_t lanes[FILES_PAGE_ROWS];
    int64_t spans[FILES_PAGE_ROWS];
    struct bytes bodies[FILES_PAGE_ROWS], hashes[FILES_PAGE_ROWS];
    int64_t numbers[FILES_PAGE_ROWS], lines[FILES_PAGE_ROWS];
    const char *fields[FILES_PAGE_ROWS], *reasons[FILES_PAGE_ROWS];
};

/* What becomes a message. */
struct files_taken {
    const char *topic, *key, *dedupe;
    struct str json;
    const struct doc *body; /* of the json */
};
/* Outside of a transaction. flow NULL: it is kept, and nothing follows. The page has room. */
enum err files_page_take(struct scope *sc, const struct q_file_flow_row *flow, const struct files_taken *t,
                         struct files_page *p);
/* *so_far: how many of the file were refused before; beyond FILES_ROWS_KEPT they are counted only. */
void files_page_refuse(struct scope *sc, struct files_page *p, int64_t *so_far, const struct files_refused *r);
/* In the transaction that is open. */
enum err files_page_store(struct scope *sc, const struct files_due *of, const struct q_file_flow_row *flow,
                          const struct files_page *p, struct q_file_store_rows *out);
enum err files_page_store_refused(struct scope *sc, const struct files_due *of, const struct files_page *p);
void files_page_announce(struct scope *sc, const struct q_file_store_rows *jobs, files_notify *notify, void *arg);

/* A file of EDI, from the interchange on that its row says. */
enum err files_edi_run(struct scope *sc, const struct files_due *of, const struct q_file_claim_row *file,
                       const struct files_settings *s, files_notify *notify, void *arg);
