#include "net/net_int.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* IPv6 stands in brackets. The library has already turned the odd ways to write IPv4 into the plain one. */
static bool is_private_literal(char *host)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    size_t n = strlen(host);

    if (inet_pton(AF_INET, host, &in.sin_addr) == 1)
        return net_address_is_private((const struct sockaddr *)&in);
    if (n < 2 || host[0] != '[')
        return false;
    host[n - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, &in6.sin6_addr) == 1 && net_address_is_private((const struct sockaddr *)&in6);
}

enum err net_url_check(struct scope *sc, const char *text, bool allow_private)
{
    const struct net judge = {.conf.allow_private = allow_private};
    char *host = NULL;
    bool private_;
    CURLU *url;

    TRY(sc, net_url_parse(sc, &judge, text, &url));
    private_ = curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK || is_private_literal(host);
    curl_free(host);
    curl_url_cleanup(url);
    if (private_ && !allow_private)
        return FAIL(sc, ERR_INVALID, "this address may not be called");
    return OK;
}
