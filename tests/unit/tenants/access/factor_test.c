#include "access/people.h"
#include "kit/test.h"

/* RFC 4226, appendix D: the last six digits for counters 0 to 9. */
TEST(codes_are_those_of_the_standard)
{
    static const uint32_t want[] = {755224, 287082, 359152, 969429, 338314, 254676, 287922, 162583, 399871, 520489};

    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        CHECK_INT(totp_code((const uint8_t *)"12345678901234567890", 20, i), want[i]);
}

/* RFC 6238, appendix B, SHA-1, cut to six digits. */
TEST(codes_by_time_are_those_of_the_standard)
{
    CHECK_INT(totp_code((const uint8_t *)"12345678901234567890", 20, 59 / 30), 287082);
    CHECK_INT(totp_code((const uint8_t *)"12345678901234567890", 20, 1111111109 / 30), 81804);
    CHECK_INT(totp_code((const uint8_t *)"12345678901234567890", 20, 20000000000 / 30), 353130);
}
