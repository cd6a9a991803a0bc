#include <arpa/inet.h>

#include "http/http_int.h"
#include "kit/test.h"

static struct peer peer_at(const char *text)
{
    struct peer p = {.len = sizeof(struct sockaddr_in)};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&p.sa;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&p.sa;

    v4->sin_family = AF_INET;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1)
        return p;
    p = (struct peer){.len = sizeof(*v6)};
    v6->sin6_family = AF_INET6;
    CHECK_INT(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    return p;
}

static const struct http_conf one_each = {.connections_per_address = 1};

static bool seat_for(const char *text, struct guard_seat *out)
{
    struct peer p = peer_at(text);

    return guard_seat_take(&one_each, -1, &p, out);
}

/* A socket for both families shows IPv4 as a part of IPv6, which begins with the same octets for everybody. */
TEST(ipv4_is_counted_by_its_own_address_however_it_comes)
{
    struct guard_seat a, b, c;

    CHECK(seat_for("::ffff:192.0.2.1", &a));
    CHECK(seat_for("::ffff:192.0.2.2", &b));
    CHECK(!seat_for("192.0.2.1", &c));
    guard_seat_give(&a);
    CHECK(seat_for("192.0.2.1", &c));
    guard_seat_give(&b);
    guard_seat_give(&c);
}

TEST(ipv6_is_counted_by_its_network)
{
    struct guard_seat a, b, c;

    CHECK(seat_for("2001:db8:0:1::1", &a));
    CHECK(!seat_for("2001:db8:0:1::2", &b));
    CHECK(seat_for("2001:db8:0:2::1", &c));
    guard_seat_give(&a);
    guard_seat_give(&c);
}
