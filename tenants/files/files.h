#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/uuid.h"
#include "connect/connect.h"
#include "flow/flow.h"

/* files: files as they come, whose rows become messages that go through a flow of the customer's. A file is kept whole
 * before a row of it is read; where reading goes on moves in the transaction that stores the rows before, so a worker
 * that dies anywhere has lost no row and doubled none. The fact people get wrong: a file is known by its content and by
 * what the place it lay at calls it, so the same one twice, under whatever name, is once.
 */
extern const struct connector files_connector, edi_connector;

#define FILES_OCTETS_MAX ((size_t)16 << 20)
#define FILES_NAME_MAX   255
#define FILES_ROWS_KEPT  10000 /* refused rows of one file that are told; the rest is counted */

/* Before threads start: the folder below which each connection has its own; NULL: there is none. What flows write
 * leaves by this room from then on. */
void files_start(const char *root);

/* ---- what came ---- */

struct files_new {
    const struct connection *connection;
    const char *name, *origin; /* "upload", "folder", "remote" */
    const char *origin_key;    /* what its place calls this version of it; NULL: nothing does */
    const char *place;         /* where it lies until its end; NULL: nowhere */
    size_t octets;
    struct str body;
    const char *refused; /* why it is not read at all, and its body is not kept; NULL: it is read */
};
/* In the transaction that is open. *out_again: it came before, and nothing follows; *out_id is the one that there is.
 * ERR_UNAVAILABLE: it is being taken by another at this moment. */
enum err files_add(struct scope *sc, const struct files_new *in, struct uuid *out_id, bool *out_again);
/* Whether the rows of what begins so could be read at all. ERR_INVALID, problem "file-invalid". */
enum err files_look(struct scope *sc, const struct connection *c, struct str body);

/* ---- for people ---- */

struct files_file {
    struct uuid file_id, customer_id, connection_id;
    const char *name, *origin, *state, *reason;
    struct bytes content_hash;
    int64_t octets, taken, repeated, refused, came, received_at_us, ended_at_us; /* INT64_MIN: it has not ended */
};
struct files_refused {
    int64_t number, line;
    const char *field, *reason;
};
enum err files_list(struct scope *sc, const struct uuid *connection_id, const struct uuid *before, size_t most,
                    struct files_file **out, size_t *out_n);
enum err files_get(struct scope *sc, const struct uuid *connection_id, const struct uuid *file_id,
                   struct files_file *out);
enum err files_refused_list(struct scope *sc, const struct uuid *file_id, int64_t after, size_t most,
                            struct files_refused **out, size_t *out_n);

/* ---- work, as tenon_worker in transactions of its own ---- */

struct files_due {
    struct uuid partner_id, customer_id, connection_id, file_id;
};
/* As tenon_dispatch: files whose rows are to be read, and places to be looked at. */
enum err files_due(struct scope *sc, size_t most, struct files_due **out, size_t *out_n);
enum err files_watches_due(struct scope *sc, size_t most, struct files_due **out, size_t *out_n);

/* Called after each commit with the jobs that were planned. */
typedef void files_notify(void *arg, const struct flow_ticket *v, size_t n);
/* Reads a file to its end. Parks, for as long as it is. */
enum err files_run(struct scope *sc, const struct files_due *of, files_notify *notify, void *arg);
/* Looks at a connection's place: takes what is whole, and moves away what has ended. Parks. */
enum err files_watch_run(struct scope *sc, const struct files_due *of);
