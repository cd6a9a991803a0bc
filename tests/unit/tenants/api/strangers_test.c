#include <stdio.h>

#include "api/api_int.h"
#include "kit/loop.h"
#include "kit/test.h"
#include "sys/config.h"

TEST_IN_LOOP(who_has_a_network_of_addresses_has_one_budget_of_wrong_names)
{
    static char *none[] = {NULL};
    char address[64];

    CHECK_OK(config_load(test_scope(), none));
    for (int i = 1; i <= 200; i++) {
        snprintf(address, sizeof(address), "2001:db8:1:2::%x", i);
        stranger_was_wrong(str_of(address));
        stranger_was_wrong(STR("192.0.2.1"));
    }
    CHECK(!stranger_may_ask(STR("2001:db8:1:2:ffff:1:2:3")));
    CHECK(stranger_may_ask(STR("2001:db8:1:3::1")));
    CHECK(!stranger_may_ask(STR("192.0.2.1")));
    CHECK(!stranger_may_ask(STR("::ffff:192.0.2.1")));
    CHECK(stranger_may_ask(STR("192.0.2.2")));
    CHECK(stranger_may_ask(STR("unknown")));
}
