#include "base/crc.h"
#include "kit/test.h"

TEST(crc32_has_its_check_value)
{
    CHECK_INT(crc32_of("123456789", 9), 0xcbf43926);
    CHECK_INT(crc32_of("", 0), 0);
    CHECK_INT(crc32_of("a", 1), 0xe8b7be43);
}
