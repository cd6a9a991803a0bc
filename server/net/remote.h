#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/scope.h"

/* Files at another host, by SFTP or by FTP within TLS (libcurl). Addresses are judged at the socket like those of HTTP,
 * also that of FTP's second connection. Parks: each call is a thread of its own for as long as it takes, since the
 * library's SSH does not always give its loop back; whoever calls bounds how many.
 * The fact people get wrong: a host of SSH is known by its key's fingerprint alone, and without one nothing is called.
 */
struct net_remote {
    const char *protocol; /* "sftp", "ftps": FTP that begins TLS by itself (RFC 4217) */
    const char *host;     /* a name or an address */
    int port;             /* 0: 22 or 21 */
    const char *user;
    struct str password;     /* empty: none */
    struct str private_key;  /* as ssh-keygen writes it, without a passphrase; empty: none */
    const char *fingerprint; /* of the host's key, "SHA256:" and base64; SFTP only */
    const char *ca_file;     /* NULL: the system's */
    bool allow_private;      /* tests and demo only */
    int total_ms;            /* 0: 60,000 */
};

#define NET_REMOTE_NAME_MAX 255
#define NET_REMOTE_PATH_MAX 500

/* Folders and paths begin with a slash; a folder ends without one, so the root is "". ERR_NOT_FOUND: it is not there;
 * ERR_UPSTREAM_AUTH: the host is another than it should be, or does not let us in; ERR_INVALID, problem
 * "endpoint-forbidden": no address of it may be called; ERR_UNAVAILABLE: nothing was done; ERR_UPSTREAM_UNKNOWN: of a
 * change, it may have been done; ERR_UPSTREAM_NO: of a move, the host says that it was not done; ERR_TOO_LARGE. */
/* The host's own list, a line for each; names_only: names alone. */
enum err net_remote_list(struct scope *sc, const struct net_remote *r, const char *folder, bool names_only, size_t max,
                         struct str *out);
enum err net_remote_get(struct scope *sc, const struct net_remote *r, const char *path, size_t max, struct str *out);
enum err net_remote_put(struct scope *sc, const struct net_remote *r, const char *path, struct str body);
enum err net_remote_move(struct scope *sc, const struct net_remote *r, const char *from, const char *to);
