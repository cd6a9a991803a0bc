#pragma once

#include <string.h>

#include "files/files.h"
#include "rows/rows.h"

#define FILES_OBJECT_MAX 64

/* A folder at another host. */
struct files_remote {
    const char *protocol; /* "sftp", "ftps"; NULL: there is none */
    const char *host, *user, *fingerprint;
    int64_t port;                       /* 0: the usual one */
    const char *out;                    /* where flows write to; NULL: nowhere */
    const char *folder, *done, *failed; /* done NULL: what was read is left where it is */
    int64_t every_s;
};

/* Who writes to whom by X12. */
struct files_edi {
    const char *us_qualifier, *us, *partner_qualifier, *partner; /* us NULL: it is no connection of EDI */
    bool test;
    int64_t late_s; /* until a document that the partner does not acknowledge is told */
};

/* What a connection's settings say. */
struct files_settings {
    struct files_edi edi;
    struct files_remote remote;
    struct rows_format format;
    const char *object;
    bool once;         /* a row whose key came before is not taken again */
    bool folder;       /* there is a folder that is looked at */
    const char *match; /* of the names of files that are taken from there; NULL: any */
};
/* Faults by scope_item. */
enum err files_settings_read(struct scope *sc, const struct doc *settings, struct files_settings *out);
enum err files_settings_of(struct scope *sc, const char *connector, const char *text, struct files_settings *out);
/* Likewise, of a connection of EDI. */
enum err files_edi_settings_read(struct scope *sc, const struct doc *settings, struct files_settings *out);
bool files_name_fits(const struct files_settings *s, const char *name);

bool files_remote_read(struct scope *sc, const struct doc *remote, struct files_remote *out);

/* A file at another place, kept like any: see folder.c. */
enum err files_remote_look(struct scope *sc, const struct files_due *of, const struct files_settings *s,
                           const struct connection *c, const char **io_seen);

enum err files_root(struct scope *sc, const char **out); /* ERR_CONFLICT: there is none */
/* Writes a file under a name, or looks for it; as HTTP would answer. Parks. */
enum err files_leave(struct scope *sc, const struct connection *c, const struct http_call *call, int64_t leave_by_us,
                     struct http_reply *out);
bool files_writes(const struct doc *settings);
/* Sends what acknowledges interchanges; those that cannot leave stay. */
enum err files_edi_answer(struct scope *sc, const struct files_due *of, const struct connection *c);
/* edi_sent.c: documents that were sent, and what the partner says of them. Before one leaves, and when it is there: */
enum err files_sent_leaves(struct scope *sc, const struct connection *c, const char *name, struct str octets);
enum err files_sent_left(struct scope *sc, const struct connection *c, const char *name);
/* In the transaction that takes it. *out_stranger: what it says that is about nothing of ours; NULL: nothing. */
struct x12_set;
struct x12_interchange;
enum err files_sent_acked(struct scope *sc, const struct uuid *connection_id, const struct x12_set *set,
                          const char **out_stranger);
enum err files_sent_refused(struct scope *sc, const struct uuid *connection_id, const struct x12_interchange *in,
                            const char **out_stranger);
/* Says at their jobs what was rejected, and what was not acknowledged in time. In transactions of its own. */
enum err files_sent_tell(struct scope *sc, const struct uuid *connection_id, const struct files_edi *s);
/* What flows send: {"control", "at", "sets"}. ERR_HOLD: it is not right. */
enum err files_edi_write(struct scope *sc, const struct doc *settings, const struct doc *with, struct buf *out);
enum err files_edi_look(struct scope *sc, struct str body);
/* What flows do with it. */
extern const struct connector_named files_named;

/* The folder of a connection; each call moves on the side pool. */
enum err files_folder_look(struct scope *sc, const struct files_due *of, const char *root,
                           const struct files_settings *s, const struct connection *c);
