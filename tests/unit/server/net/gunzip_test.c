#include <string.h>

#include "kit/test.h"
#include "net/net.h"

/* "hello, world\n", as gzip(1) writes it. */
static const unsigned char hello[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xff, 0xcb,
                                      0x48, 0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0x28, 0xcf, 0x2f, 0xca, 0x49,
                                      0xe1, 0x02, 0x00, 0x53, 0x74, 0x24, 0xf4, 0x0d, 0x00, 0x00, 0x00};

static enum err undone(const void *p, size_t n, size_t most, struct str *out)
{
    scope_clear(test_scope());
    return net_gunzip(test_scope(), (struct str){p, n}, most, out);
}

TEST(a_document_is_unpacked_whole_or_not_at_all)
{
    unsigned char two[2 * sizeof(hello)], broken[sizeof(hello)];
    struct str out = {NULL, 0};

    CHECK_OK(undone(hello, sizeof(hello), 100, &out));
    CHECK_STR(out.p, "hello, world\n");
    CHECK_OK(undone(hello, sizeof(hello), 13, &out));
    CHECK_ERR(undone(hello, sizeof(hello), 12, &out), ERR_TOO_LARGE);
    memcpy(two, hello, sizeof(hello));
    memcpy(two + sizeof(hello), hello, sizeof(hello));
    CHECK_OK(undone(two, sizeof(two), 100, &out));
    CHECK_STR(out.p, "hello, world\nhello, world\n");
    for (size_t n = 0; n < sizeof(hello); n++) /* broken off anywhere */
        CHECK_ERR(undone(hello, n, 100, &out), ERR_INVALID);
    memcpy(broken, hello, sizeof(hello));
    broken[12] ^= 1;
    CHECK_ERR(undone(broken, sizeof(broken), 100, &out), ERR_INVALID);
    CHECK_ERR(undone("hello", 5, 100, &out), ERR_INVALID);
}
