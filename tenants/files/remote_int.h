#pragma once

#include "files/files_int.h"
#include "net/remote.h"

/* A connection's host, with its secrets, for the calls of net. Ends the transaction. */
enum err files_remote_open(struct scope *sc, const struct uuid *connection_id, const struct files_remote *s,
                           struct net_remote *out);
