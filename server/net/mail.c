#include "net/mail.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/must.h"
#include "net/net_int.h"
#include "obs/obs.h"

#define TOTAL_MS   60000
#define CONNECT_MS 10000
#define ANSWER_S   60L

#define SET(easy, option, value) MUST_BE(curl_easy_setopt((easy), (option), (value)) == CURLE_OK)

/* One mail on its way, on the calling fiber's stack; its thread's alone until that has told the loop. */
struct post {
    const struct net_mail *mail;
    struct net_mail_reply *reply;
    struct loop *loop;
    struct waitq wait;
    CURL *easy;
    const char *url;
    struct curl_slist to;
    size_t at;
    bool went;  /* the whole text was given to the library: its end may have left */
    bool ended; /* the last line of a reply has been seen */
    CURLcode result;
    long code;
    char fault[CURL_ERROR_SIZE];
};

static size_t on_read(char *p, size_t size, size_t n, void *arg)
{
    struct post *post = arg;
    struct str text = post->mail->text;
    size_t room = size * n, left = text.n - post->at;
    size_t now = left < room ? left : room;

    memcpy(p, text.p + post->at, now);
    post->at += now;
    post->went = post->at == text.n;
    return now;
}

/* Lines of a reply, "550-5.1.1 …" until "550 5.1.1 …": all of it, kept as far as there is room. The farewell of 221 is
 * not about the mail. */
static size_t on_line(char *p, size_t size, size_t n, void *arg)
{
    struct post *post = arg;
    char *text = post->reply->text;
    size_t had;

    n *= size;
    if (n > 3 && memcmp(p, "221", 3) == 0)
        return n;
    if (post->ended)
        text[0] = '\0';
    post->ended = n > 3 && p[3] != '-';
    had = strlen(text);
    for (size_t i = 0; i < n && had + 1 < sizeof(post->reply->text); i++)
        text[had++] = p[i] >= ' ' && p[i] <= '~' ? p[i] : ' ';
    text[had] = '\0';
    return n;
}

static void told(void *arg)
{
    waitq_wake_one(&((struct post *)arg)->wait);
}

/* The library says goodbye to the relay within clean-up, which may take as long as an answer may. */
static void *post_thread(void *arg)
{
    struct post *post = arg;

    post->result = curl_easy_perform(post->easy);
    curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &post->code);
    SET(post->easy, CURLOPT_HEADERFUNCTION, NULL);
    SET(post->easy, CURLOPT_HEADERDATA, NULL);
    curl_easy_cleanup(post->easy);
    loop_post(post->loop, told, post);
    return NULL;
}

/* ---- what is asked of the library ---- */

static bool is_here(const char *host)
{
    struct in_addr in;

    if (inet_pton(AF_INET, host, &in) == 1)
        return ntohl(in.s_addr) >> 24 == 127;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

static enum err bad_relay(struct scope *sc, CURLU *url)
{
    curl_url_cleanup(url);
    return FAIL(sc, ERR_UNAVAILABLE, "the way to the mail relay is not smtp://host:port or smtps://host:port");
}

/* The path of the URL is the name that the library says it is. */
static enum err relay_url(struct scope *sc, const struct net_mail *mail, const char **out, bool *out_here)
{
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL, *whole = NULL;
    bool ours;

    if (!url)
        out_of_memory();
    if (curl_url_set(url, CURLUPART_URL, mail->url, CURLU_DISALLOW_USER) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return bad_relay(sc, url);
    ours = strcmp(scheme, "smtp") == 0 || strcmp(scheme, "smtps") == 0;
    curl_free(scheme);
    if (!ours || curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        return bad_relay(sc, url);
    *out_here = is_here(host);
    curl_free(host);
    MUST_BE(curl_url_set(url, CURLUPART_PATH, arena_f(sc->arena, "/%s", mail->hello), 0) == CURLUE_OK);
    MUST_BE(curl_url_get(url, CURLUPART_URL, &whole, 0) == CURLUE_OK);
    *out = arena_strdup(sc->arena, whole);
    curl_free(whole);
    curl_url_cleanup(url);
    return OK;
}

static void fill_text(struct post *post)
{
    const struct net_mail *mail = post->mail;
    CURL *easy = post->easy;

    post->to.data = (char *)(uintptr_t)mail->to;
    SET(easy, CURLOPT_MAIL_FROM, mail->from);
    SET(easy, CURLOPT_MAIL_RCPT, &post->to);
    SET(easy, CURLOPT_UPLOAD, 1L);
    SET(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)mail->text.n);
    SET(easy, CURLOPT_READFUNCTION, on_read);
    SET(easy, CURLOPT_READDATA, post);
    SET(easy, CURLOPT_HEADERFUNCTION, on_line);
    SET(easy, CURLOPT_HEADERDATA, post);
    SET(easy, CURLOPT_ERRORBUFFER, post->fault);
    if (mail->user && *mail->user) {
        SET(easy, CURLOPT_USERNAME, mail->user);
        SET(easy, CURLOPT_PASSWORD, mail->password ? mail->password : "");
    }
}

static void fill(struct post *post, bool here)
{
    const struct net_mail *mail = post->mail;
    CURL *easy = post->easy;

    SET(easy, CURLOPT_URL, post->url);
    SET(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(easy, CURLOPT_PROXY, "");
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    SET(easy, CURLOPT_USE_SSL, (long)(here || mail->clear ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(easy, CURLOPT_TIMEOUT_MS, (long)(mail->total_ms > 0 ? mail->total_ms : TOTAL_MS));
    SET(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, ANSWER_S);
    if (mail->ca_file)
        SET(easy, CURLOPT_CAINFO, mail->ca_file);
    fill_text(post);
}

/* ---- what became of it ---- */

/* "550 5.1.1 no such user": the number after the number. */
static void read_enhanced(struct net_mail_reply *r)
{
    size_t n = strlen(r->text) > 4 ? strspn(r->text + 4, "0123456789.") : 0;

    r->enhanced[0] = '\0';
    if (n >= 5 && n < sizeof(r->enhanced) && (r->text[4] == '4' || r->text[4] == '5') && r->text[5] == '.')
        snprintf(r->enhanced, sizeof(r->enhanced), "%.*s", (int)n, r->text + 4);
}

/* Before the text: an answer 5xx is about this mail only when it came to a sender or recipient. */
static enum err fail_before(struct scope *sc, const struct post *post)
{
    if (post->result == CURLE_SEND_ERROR && post->code / 100 == 5)
        return FAIL(sc, ERR_UPSTREAM_NO, "the mail relay refused it with %ld", post->code);
    if (post->result == CURLE_LOGIN_DENIED)
        return FAIL(sc, ERR_UPSTREAM_AUTH, "the mail relay does not accept our login");
    if (post->result == CURLE_USE_SSL_FAILED)
        return FAIL(sc, ERR_UNAVAILABLE, "the mail relay offers no TLS");
    if (post->code / 100 == 4)
        return FAIL(sc, ERR_UPSTREAM_BUSY, "the mail relay asks to come back later (%ld)", post->code);
    if (post->result == CURLE_PEER_FAILED_VERIFICATION)
        return FAIL(sc, ERR_UNAVAILABLE, "the mail relay could not prove who it is");
    return FAIL(sc, ERR_UNAVAILABLE, "the mail relay could not be reached");
}

static enum err judge(struct scope *sc, const struct post *post)
{
    enum err e;

    if (post->result == CURLE_OUT_OF_MEMORY)
        out_of_memory();
    if (post->result == CURLE_OK)
        return OK;
    if (!post->went)
        e = fail_before(sc, post);
    else if (post->code / 100 == 5)
        e = FAIL(sc, ERR_UPSTREAM_NO, "the mail relay refused it with %ld", post->code);
    else if (post->code / 100 == 4)
        e = FAIL(sc, ERR_UPSTREAM_BUSY, "the mail relay asks to come back later (%ld)", post->code);
    else
        e = FAIL(sc, ERR_UPSTREAM_UNKNOWN, "the whole mail left, and no answer came: it may have been taken");
    scope_detail(sc, "curl: %s; %s; relay: %s", curl_easy_strerror(post->result), post->fault, post->reply->text);
    return e;
}

static enum err run(struct scope *sc, struct post *post)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, post_thread, post) != 0) {
        curl_easy_cleanup(post->easy);
        return FAIL(sc, ERR_LIMIT, "no thread could be made for a mail");
    }
    pthread_detach(thread);
    waitq_wait(&post->wait, 0);
    post->reply->code = (int)post->code;
    read_enhanced(post->reply);
    return judge(sc, post);
}

enum err net_mail(struct scope *sc, const struct net_mail *mail, struct net_mail_reply *reply)
{
    struct post post = {.mail = mail, .reply = reply, .loop = loop_here()};
    bool here;
    enum err e;

    MUST_BE(fiber_self());
    net_library_start();
    *reply = (struct net_mail_reply){0};
    TRY(sc, relay_url(sc, mail, &post.url, &here));
    post.easy = curl_easy_init();
    if (!post.easy)
        out_of_memory();
    fill(&post, here);
    e = run(sc, &post);
    metric_add_label(METRIC_NET_CALLS, err_info(e)->name, 1);
    return e;
}
