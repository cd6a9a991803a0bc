#pragma once

#include "files/files_int.h"
#include "net/remote.h"

/* A connection's host, with its secrets, for the calls of net. Ends the transaction. */
enum err files_remote_open(struct scope *sc, const struct uuid *connection_id, const struct files_remote *s,
                           struct net_remote *out);

#define FILES_LISTED_MAX      2000 /* files of a folder that are looked at */
#define FILES_LISTED_NAME_MAX (NET_REMOTE_NAME_MAX - 40)

struct files_listed {
    const char *name;
    struct str line; /* what the host says of it */
};
struct files_listing {
    struct files_listed *v; /* by their names, each once */
    size_t n;
    unsigned unfit; /* files whose names cannot be taken */
};
/* The files of a folder that the settings take, of a list of names and a long one. Names with a NUL end before it. */
void files_listing_read(struct scope *sc, const struct files_settings *s, struct str names, struct str list,
                        struct files_listing *out);

/* The names of a list, to be looked among. */
struct files_names {
    struct str *v; /* by their octets */
    size_t n;
    bool whole; /* false: there are more */
};
void files_names_read(struct arena *a, struct str names, struct files_names *out);
bool files_names_has(const struct files_names *names, const char *name);
