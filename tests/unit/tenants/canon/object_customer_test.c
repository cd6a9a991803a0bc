#include <stdlib.h>

#include "canon_kit.h"

TEST(something_must_say_who_a_customer_is)
{
    struct canon_faults all =
        kit_faults("customer", kit_read("{\"schema\":\"customer/1\",\"natural_key\":\"1\","
                                        "\"updated_at\":\"2026-11-23T10:00:00Z\",\"name\":\"\",\"email\":null}"));

    CHECK_STR(kit_told(&all),
              "/name required is missing, and so are company, email and phone: one of them must say who it is");
    all = kit_faults("customer", kit_read("{\"schema\":\"customer/1\",\"natural_key\":\"1\","
                                          "\"updated_at\":\"2026-11-23T10:00:00Z\",\"phone\":\"1\"}"));
    CHECK_STR(kit_told(&all), "");
}
