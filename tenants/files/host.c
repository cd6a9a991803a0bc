#include "files/remote_int.h"
#include "sys/config.h"

/* The host that files lie at: what its settings say, and how it is called. */

#define EVERY_S 60

static const char *const names[] = {"protocol", "host",   "port",  "user", "fingerprint", "folder",
                                    "done",     "failed", "every", "out",  NULL};

static void wrong(struct scope *sc, const char *name, const char *code, const char *what)
{
    scope_item(sc, arena_f(sc->arena, "/settings/remote/%s", name), code, "%s", what);
}

static bool is_known(struct str name)
{
    for (size_t i = 0; names[i]; i++)
        if (str_is(name, names[i]))
            return true;
    return false;
}

static bool is_plain(struct str s, const char *also)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", s.p[i]) &&
                        !strchr(also, s.p[i])))
            return false;
    return s.n > 0;
}

/* A folder from the root on, without steps upwards. */
static const char *folder(struct scope *sc, const struct doc *d, const char *name, bool needed)
{
    const struct doc *v = doc_get(d, name);
    struct str s = doc_text(v);
    bool fits = s.n > 0 && s.n <= 200 && *s.p == '/';

    if (!v && !needed)
        return NULL;
    for (size_t i = 0; i < s.n; i++)
        fits = fits && (unsigned char)s.p[i] >= ' ' && s.p[i] != 0x7f && s.p[i] != '"' && s.p[i] != '\\' &&
               !(s.p[i] == '.' && i + 1 < s.n && s.p[i + 1] == '.');
    while (s.n > 1 && s.p[s.n - 1] == '/')
        s.n--;
    if (fits)
        return s.n == 1 ? "" : str_dup(sc->arena, s);
    wrong(sc, name, v ? "invalid" : "required", "must be a folder from the root on, as \"/out\", without \"..\"");
    return NULL;
}

static int64_t number(struct scope *sc, const struct doc *d, const char *name, int64_t otherwise, int64_t least,
                      int64_t most)
{
    const struct doc *v = doc_get(d, name);
    int64_t n;

    if (!v)
        return otherwise;
    if (doc_int(v, &n) && n >= least && n <= most)
        return n;
    wrong(sc, name, "out_of_range", arena_f(sc->arena, "must be from %lld to %lld", (long long)least, (long long)most));
    return otherwise;
}

static void print_read(struct scope *sc, const struct doc *d, struct files_remote *s)
{
    struct str print = doc_text(doc_get(d, "fingerprint"));

    s->fingerprint = doc_cstr(sc->arena, doc_get(d, "fingerprint"));
    if (s->protocol && strcmp(s->protocol, "ftps") == 0 && !doc_get(d, "fingerprint"))
        return;
    if (!str_starts(print, "SHA256:") || print.n != 50 || !is_plain((struct str){print.p + 7, print.n - 7}, "+/"))
        wrong(sc, "fingerprint", "required",
              "the host's key, as \"SHA256:\" and 43 characters: what ssh-keygen -lf shows of its public key");
}

bool files_remote_read(struct scope *sc, const struct doc *d, struct files_remote *out)
{
    unsigned before = scope_fault(sc)->item_count;
    struct files_remote s = {0};

    for (size_t i = 0; i < doc_count(d); i++)
        if (!is_known(doc_key(d, i)))
            wrong(sc, str_dup(sc->arena, doc_key(d, i)), "unknown_member", "is not known");
    if (str_is(doc_text(doc_get(d, "protocol")), "sftp") || str_is(doc_text(doc_get(d, "protocol")), "ftps"))
        s.protocol = doc_cstr(sc->arena, doc_get(d, "protocol"));
    else
        wrong(sc, "protocol", "not_in_list", "must be \"sftp\" or \"ftps\"");
    if (is_plain(doc_text(doc_get(d, "host")), ".-:[]") && doc_text(doc_get(d, "host")).n <= 253)
        s.host = doc_cstr(sc->arena, doc_get(d, "host"));
    else
        wrong(sc, "host", "required", "must be the name of a host, as files.example.com");
    if (is_plain(doc_text(doc_get(d, "user")), "._-@+") && doc_text(doc_get(d, "user")).n <= 100)
        s.user = doc_cstr(sc->arena, doc_get(d, "user"));
    else
        wrong(sc, "user", "required", "must be the name that is logged in with");
    s.port = number(sc, d, "port", 0, 1, 65535);
    s.every_s = number(sc, d, "every", EVERY_S, 5, 86400);
    s.out = folder(sc, d, "out", false);
    s.folder = folder(sc, d, "folder", !s.out);
    s.done = folder(sc, d, "done", false);
    s.failed = folder(sc, d, "failed", false);
    if (s.failed && !s.done)
        wrong(sc, "failed", "invalid", "needs \"done\" as well");
    print_read(sc, d, &s);
    if (scope_fault(sc)->item_count != before)
        return false;
    *out = s;
    return true;
}

enum err files_remote_open(struct scope *sc, const struct uuid *connection_id, const struct files_remote *s,
                           struct net_remote *out)
{
    const struct doc *secrets;

    TRY(sc, connection_secrets(sc, connection_id, &secrets));
    *out = (struct net_remote){.protocol = s->protocol,
                               .host = s->host,
                               .port = (int)s->port,
                               .user = s->user,
                               .password = doc_text(doc_get(secrets, "password")),
                               .private_key = doc_text(doc_get(secrets, "private_key")),
                               .fingerprint = s->fingerprint,
                               .ca_file = config_text("CA_FILE"),
                               .allow_private = config_bool("ALLOW_PRIVATE_ADDRESSES")};
    return OK;
}
