#include "access/callers.h"
#include "kit/test.h"

static bool in(const char *net, const char *address)
{
    struct access_net n;

    CHECK(access_net_parse(net, &n));
    return access_net_has(&n, 1, address);
}

TEST(an_address_is_in_its_network_and_in_no_other)
{
    CHECK(in("192.0.2.0/24", "192.0.2.255"));
    CHECK(!in("192.0.2.0/24", "192.0.3.0"));
    CHECK(in("192.0.2.7", "192.0.2.7"));
    CHECK(!in("192.0.2.7", "192.0.2.8"));
    CHECK(in("192.0.2.0/31", "192.0.2.1"));
    CHECK(!in("192.0.2.0/31", "192.0.2.2"));
    CHECK(in("2001:db8::/33", "2001:db8:7fff::1"));
    CHECK(!in("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(in("2001:db8::1", "2001:db8::1"));
    CHECK(in("0.0.0.0/0", "10.1.2.3"));
    CHECK(in("::/0", "2001:db8::1"));
}

TEST(an_ipv4_address_in_ipv6_clothes_is_one_of_ipv4)
{
    CHECK(in("192.0.2.0/24", "::ffff:192.0.2.9"));
    CHECK(!in("::/0", "::ffff:192.0.2.9"));
    CHECK(!in("::/0", "192.0.2.9"));
    CHECK(!in("0.0.0.0/0", "2001:db8::1"));
}

TEST(what_is_no_network_is_refused)
{
    static const char *const bad[] = {"",
                                      "localhost",
                                      "192.0.2.1/24",
                                      "192.0.2.0/33",
                                      "192.0.2.0/",
                                      "192.0.2.0/-1",
                                      "192.0.2.0/024",
                                      "2001:db8::1/64",
                                      "2001:db8::/129",
                                      "::ffff:1.2.3.4",
                                      "1.2.3",
                                      "192.0.2.0/24 ",
                                      " 192.0.2.0",
                                      "192.0.2.0/2x",
                                      "0300.0.2.0"};
    struct access_net n;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (access_net_parse(bad[i], &n))
            test_failed(__FILE__, __LINE__, "\"%s\" is taken", bad[i]);
}

TEST(no_list_lets_all_in_and_an_unknown_address_is_in_none)
{
    struct access_net n;

    CHECK(access_net_has(NULL, 0, NULL));
    CHECK(access_net_has(NULL, 0, "192.0.2.1"));
    CHECK(access_net_parse("0.0.0.0/0", &n));
    CHECK(!access_net_has(&n, 1, NULL));
    CHECK(!access_net_has(&n, 1, "unix"));
}
