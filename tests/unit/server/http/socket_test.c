#include "http/http.h"
#include "kit/test.h"

TEST(who_reaches_a_listener_is_read_from_its_address)
{
    CHECK_INT(http_address_of("127.0.0.1:8098"), HTTP_ADDRESS_LOOPBACK);
    CHECK_INT(http_address_of("127.9.0.1:1"), HTTP_ADDRESS_LOOPBACK);
    CHECK_INT(http_address_of("[::1]:8098"), HTTP_ADDRESS_LOOPBACK);
    CHECK_INT(http_address_of("unix:/run/x"), HTTP_ADDRESS_UNIX);
    CHECK_INT(http_address_of("0.0.0.0:8098"), HTTP_ADDRESS_ALL);
    CHECK_INT(http_address_of("[::]:8098"), HTTP_ADDRESS_ALL);
    CHECK_INT(http_address_of("10.0.0.1:8098"), HTTP_ADDRESS_ONE);
    CHECK_INT(http_address_of("128.0.0.1:8098"), HTTP_ADDRESS_ONE);
    CHECK_INT(http_address_of("[fe80::1]:8098"), HTTP_ADDRESS_ONE);
    CHECK_INT(http_address_of("[::ffff:127.0.0.1]:8098"), HTTP_ADDRESS_ONE); /* a socket of IPv6 alone never has it */
    CHECK_INT(http_address_of("localhost:8098"), HTTP_ADDRESS_NONE);
    CHECK_INT(http_address_of("127.0.0.1"), HTTP_ADDRESS_NONE);
    CHECK_INT(http_address_of(""), HTTP_ADDRESS_NONE);
    CHECK_INT(http_address_of("127.0.0.1.127.0.0.1.127.0.0.1.127.0.0.1.127.0.0.1.127.0.0.1:1"), HTTP_ADDRESS_NONE);
}
