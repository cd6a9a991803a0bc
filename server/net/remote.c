#include "net/remote.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "net/net_int.h"
#include "obs/obs.h"

#define TOTAL_MS   60000
#define CONNECT_MS 10000
#define ANSWER_S   30L

#define SET(easy, option, value) MUST_BE(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* One call under way, on the calling fiber's stack; its thread's alone until that has told the loop. */
struct visit {
    const struct net_remote *r;
    struct loop *loop;
    struct waitq wait;
    CURL *easy;
    struct curl_slist steps[2]; /* commands beside a transfer */
    bool changes;
    bool address_refused, too_large;
    char *to; /* what comes: of max octets */
    size_t n, max;
    struct str body; /* what goes */
    size_t at;
    bool went;
    int key_fd;
    CURLcode result;
    char fault[CURL_ERROR_SIZE];
};

static curl_socket_t on_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct visit *v = arg;

    (void)purpose;
    if (!v->r->allow_private && net_address_is_private(&to->addr)) {
        v->address_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static size_t on_octets(char *p, size_t size, size_t n, void *arg)
{
    struct visit *v = arg;

    n *= size;
    if (n > v->max - v->n) {
        v->too_large = true;
        return 0;
    }
    memcpy(v->to + v->n, p, n);
    v->n += n;
    return n;
}

static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
    struct visit *v = arg;
    size_t room = size * n, left = v->body.n - v->at, now = left < room ? left : room;

    memcpy(p, v->body.p + v->at, now);
    v->at += now;
    v->went = true;
    return now;
}

static void told(void *arg)
{
    waitq_wake_one(&((struct visit *)arg)->wait);
}

static void *visit_thread(void *arg)
{
    struct visit *v = arg;

    v->result = curl_easy_perform(v->easy);
    curl_easy_cleanup(v->easy);
    loop_post(v->loop, told, v);
    return NULL;
}

/* ---- what is asked of the library ---- */

static bool is_sftp(const struct net_remote *r)
{
    return strcmp(r->protocol, "sftp") == 0;
}

static bool path_fits(const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < n; i++)
        if ((unsigned char)path[i] < ' ' || path[i] == 0x7f)
            return false;
    return n > 0 && n <= NET_REMOTE_PATH_MAX && *path == '/';
}

/* A path of FTP is below the folder one is in after the log-in, but for one that begins with a slash of its own. */
static const char *url_of(struct scope *sc, const struct net_remote *r, const char *path)
{
    struct buf b;

    buf_init(&b, sc->arena, 8 * NET_REMOTE_PATH_MAX);
    buf_f(&b, "%s://%s", is_sftp(r) ? "sftp" : "ftp", r->host);
    if (r->port)
        buf_f(&b, ":%d", r->port);
    buf_s(&b, is_sftp(r) ? "/" : "/%2F");
    for (const char *at = path + 1; *at;) {
        size_t n = strcspn(at, "/");

        buf_percent(&b, (struct str){at, n});
        at += n;
        if (*at == '/') {
            buf_c(&b, '/');
            at++;
        }
    }
    return buf_cstr(&b);
}

/* The library takes a private key from a file only: one in memory, that nobody else can open. */
static enum err key_lend(struct scope *sc, struct visit *v)
{
    struct str key = v->r->private_key;

    if (!key.n)
        return OK;
    v->key_fd = memfd_create("key", MFD_CLOEXEC);
    if (v->key_fd < 0 || write(v->key_fd, key.p, key.n) != (ssize_t)key.n)
        return FAIL(sc, ERR_LIMIT, "no memory for a key");
    SET(v->easy, CURLOPT_SSH_PRIVATE_KEYFILE, arena_f(sc->arena, "/proc/self/fd/%d", v->key_fd));
    return OK;
}

static void key_close(const struct visit *v)
{
    if (v->key_fd >= 0)
        close(v->key_fd);
}

static enum err fill_ssh(struct scope *sc, struct visit *v)
{
    const char *print = v->r->fingerprint;

    if (!print || strncmp(print, "SHA256:", 7) != 0 || strlen(print) < 50)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the fingerprint of the host's key is not set");
    SET(v->easy, CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, print + 7);
    SET(v->easy, CURLOPT_SSH_AUTH_TYPES,
        (long)((v->r->private_key.n ? CURLSSH_AUTH_PUBLICKEY : 0) |
               (v->r->password.n ? CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD : 0)));
    return key_lend(sc, v);
}

static void fill_tls(struct visit *v)
{
    SET(v->easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    SET(v->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(v->easy, CURLOPT_FTP_SKIP_PASV_IP, 1L); /* the second connection leads to the same host */
    SET(v->easy, CURLOPT_FTP_FILEMETHOD, (long)CURLFTPMETHOD_NOCWD);
    SET(v->easy, CURLOPT_FTP_CREATE_MISSING_DIRS, 0L);
    if (v->r->ca_file)
        SET(v->easy, CURLOPT_CAINFO, v->r->ca_file);
}

static enum err fill(struct scope *sc, struct visit *v, const char *path)
{
    const struct net_remote *r = v->r;

    SET(v->easy, CURLOPT_URL, url_of(sc, r, path));
    SET(v->easy, CURLOPT_PROTOCOLS_STR, is_sftp(r) ? "sftp" : "ftp");
    SET(v->easy, CURLOPT_PROXY, "");
    SET(v->easy, CURLOPT_NOSIGNAL, 1L);
    SET(v->easy, CURLOPT_USERNAME, r->user);
    SET(v->easy, CURLOPT_PASSWORD, r->password.n ? str_dup(sc->arena, r->password) : "");
    SET(v->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(v->easy, CURLOPT_TIMEOUT_MS, (long)(r->total_ms > 0 ? r->total_ms : TOTAL_MS));
    SET(v->easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S);
    SET(v->easy, CURLOPT_ERRORBUFFER, v->fault);
    SET(v->easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
    SET(v->easy, CURLOPT_OPENSOCKETDATA, v);
    SET(v->easy, CURLOPT_WRITEFUNCTION, on_octets);
    SET(v->easy, CURLOPT_WRITEDATA, v);
    if (is_sftp(r))
        return fill_ssh(sc, v);
    fill_tls(v);
    return OK;
}

/* ---- what became of it ---- */

static enum err judge(struct scope *sc, const struct visit *v)
{
    enum err e;

    if (v->result == CURLE_OK)
        return OK;
    if (v->address_refused) {
        e = FAIL(sc, ERR_INVALID, "this address may not be called");
        scope_problem(sc, "endpoint-forbidden", 422);
        return e;
    }
    switch (v->result) {
    case CURLE_OUT_OF_MEMORY:
        out_of_memory();
    case CURLE_PEER_FAILED_VERIFICATION:
        e = FAIL(sc, ERR_UPSTREAM_AUTH, "the host of the files is another than the one whose key is set");
        break;
    case CURLE_LOGIN_DENIED:
        e = FAIL(sc, ERR_UPSTREAM_AUTH, "the host of the files does not accept our log-in");
        break;
    case CURLE_REMOTE_FILE_NOT_FOUND:
    case CURLE_FTP_COULDNT_RETR_FILE: /* a list or a file that the host has refused */
    case CURLE_REMOTE_ACCESS_DENIED:
        e = FAIL(sc, ERR_NOT_FOUND, "the host of the files has no such folder or file, or does not let us reach it");
        break;
    case CURLE_USE_SSL_FAILED:
        e = FAIL(sc, ERR_UNAVAILABLE, "the host of the files offers no TLS");
        break;
    case CURLE_QUOTE_ERROR:
        e = FAIL(sc, ERR_UPSTREAM_NO, "the host of the files refused to rename a file");
        break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        e = FAIL(sc, ERR_UNAVAILABLE, "the host of the files could not be reached");
        break;
    default:
        e = v->too_large ? FAIL(sc, ERR_TOO_LARGE, "what the host of the files sends is larger than %zu octets", v->max)
            : v->changes ? FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the host of the files did not say what became of it")
                         : FAIL(sc, ERR_UNAVAILABLE, "the host of the files broke off");
        break;
    }
    scope_detail(sc, "curl: %s; %s", curl_easy_strerror(v->result), v->fault);
    return e;
}

static enum err perform(struct scope *sc, struct visit *v)
{
    pthread_t thread;
    enum err e;

    if (pthread_create(&thread, NULL, visit_thread, v) != 0) {
        curl_easy_cleanup(v->easy);
        return FAIL(sc, ERR_LIMIT, "no thread could be made for a file");
    }
    pthread_detach(thread);
    waitq_wait(&v->wait, 0);
    e = judge(sc, v);
    metric_add_label(METRIC_NET_CALLS, err_info(e)->name, 1);
    return e;
}

static enum err begin(struct scope *sc, const struct net_remote *r, const char *path, struct visit *v)
{
    enum err e;

    MUST_BE(fiber_self());
    net_library_start();
    *v = (struct visit){.r = r, .loop = loop_here(), .key_fd = -1};
    if (!path_fits(path))
        return FAIL(sc, ERR_INVALID, "a path at the host of the files begins with a slash and has at most %d octets",
                    NET_REMOTE_PATH_MAX);
    v->easy = curl_easy_init();
    if (!v->easy)
        out_of_memory();
    e = fill(sc, v, path);
    if (e != OK) {
        curl_easy_cleanup(v->easy);
        key_close(v);
    }
    return e;
}

static enum err visit(struct scope *sc, struct visit *v)
{
    enum err e = perform(sc, v);

    key_close(v);
    return e;
}

static void room(struct scope *sc, struct visit *v, size_t max)
{
    v->max = max;
    v->to = arena_alloc(sc->arena, max + 1);
}

/* ---- calls ---- */

enum err net_remote_list(struct scope *sc, const struct net_remote *r, const char *folder, bool names_only, size_t max,
                         struct str *out)
{
    struct visit v;

    TRY(sc, begin(sc, r, arena_f(sc->arena, "%s/", folder), &v));
    room(sc, &v, max);
    SET(v.easy, CURLOPT_DIRLISTONLY, (long)names_only);
    TRY(sc, visit(sc, &v));
    *out = (struct str){v.to, v.n};
    return OK;
}

enum err net_remote_get(struct scope *sc, const struct net_remote *r, const char *path, size_t max, struct str *out)
{
    struct visit v;

    TRY(sc, begin(sc, r, path, &v));
    room(sc, &v, max);
    TRY(sc, visit(sc, &v));
    *out = (struct str){v.to, v.n};
    return OK;
}

enum err net_remote_put(struct scope *sc, const struct net_remote *r, const char *path, struct str body)
{
    struct visit v;

    TRY(sc, begin(sc, r, path, &v));
    v.body = body;
    SET(v.easy, CURLOPT_UPLOAD, 1L);
    SET(v.easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)body.n);
    SET(v.easy, CURLOPT_READFUNCTION, on_read);
    SET(v.easy, CURLOPT_READDATA, &v);
    return visit(sc, &v);
}

/* Within a command of SFTP a path stands in quotes; one of FTP is the rest of its line. */
static const char *quoted(struct scope *sc, const char *path)
{
    struct buf b;

    buf_init(&b, sc->arena, 4 * NET_REMOTE_PATH_MAX);
    buf_c(&b, '"');
    for (; *path; path++) {
        if (*path == '"' || *path == '\\')
            buf_c(&b, '\\');
        buf_c(&b, *path);
    }
    buf_c(&b, '"');
    return buf_cstr(&b);
}

enum err net_remote_move(struct scope *sc, const struct net_remote *r, const char *from, const char *to)
{
    struct visit v;

    if (!path_fits(from) || !path_fits(to))
        return FAIL(sc, ERR_INVALID, "a path at the host of the files begins with a slash and has at most %d octets",
                    NET_REMOTE_PATH_MAX);
    TRY(sc, begin(sc, r, "/", &v));
    v.changes = true;
    if (is_sftp(r)) {
        v.steps[0].data = arena_f(sc->arena, "rename %s %s", quoted(sc, from), quoted(sc, to));
    } else {
        v.steps[0].data = arena_f(sc->arena, "RNFR %s", from);
        v.steps[1].data = arena_f(sc->arena, "RNTO %s", to);
        v.steps[0].next = &v.steps[1];
    }
    SET(v.easy, CURLOPT_QUOTE, &v.steps[0]);
    SET(v.easy, CURLOPT_NOBODY, 1L);
    return visit(sc, &v);
}
