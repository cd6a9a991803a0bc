#include "json/doc_value.h"

#include <float.h>

#include "kit/test.h"

static const char *formatted(double v)
{
    static char text[DOC_REAL_MAX];

    CHECK_INT(doc_real_format(v, text), strlen(text));
    return text;
}

/* The examples of RFC 8785, appendix B, among them. */
TEST(a_real_is_written_as_ecmascript_writes_it)
{
    CHECK_STR(formatted(0.0), "0");
    CHECK_STR(formatted(-0.0), "0");
    CHECK_STR(formatted(4.9406564584124654e-324), "5e-324");
    CHECK_STR(formatted(-DBL_MAX), "-1.7976931348623157e+308");
    CHECK_STR(formatted(9007199254740992.0), "9007199254740992");
    CHECK_STR(formatted(295147905179352830000.0), "295147905179352830000");
    CHECK_STR(formatted(9.999999999999997e22), "9.999999999999997e+22");
    CHECK_STR(formatted(1e21), "1e+21");
    CHECK_STR(formatted(0.000001), "0.000001");
    CHECK_STR(formatted(1e-7), "1e-7");
    CHECK_STR(formatted(333333333.33333329), "333333333.3333333");
    CHECK_STR(formatted(0.1 + 0.2), "0.30000000000000004");
    CHECK_STR(formatted(-12.5), "-12.5");
    CHECK_STR(formatted(1424953923781206.2), "1424953923781206.2");
}
