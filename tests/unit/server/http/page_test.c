#include "crypto/crypto.h"
#include "http/http_int.h"
#include "kit/test.h"

static struct scope *given_key(uint8_t first)
{
    struct scope *sc = test_scope();
    uint8_t key[32] = {first};

    CHECK_OK(crypto_start(sc));
    http_cursor_key(key);
    return sc;
}

TEST(a_cursor_brings_its_position_back)
{
    struct scope *sc = given_key(1);
    const char *cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"2026-01-01\0x", 12});
    struct bytes position;

    CHECK_OK(http_cursor_read(sc, STR("orders"), str_of(cursor), &position));
    CHECK_INT(position.n, 12);
    CHECK(memcmp(position.p, "2026-01-01\0x", 12) == 0);
    CHECK(strspn(cursor, "0123456789abcdef") == strlen(cursor)); /* fits an address as it is */
    cursor = http_cursor_make(sc, STR("orders"), (struct bytes){NULL, 0});
    CHECK_OK(http_cursor_read(sc, STR("orders"), str_of(cursor), &position));
    CHECK_INT(position.n, 0);
}

TEST(any_change_of_a_cursor_is_noticed)
{
    struct scope *sc = given_key(1);
    const char *cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"position", 8});
    struct bytes position = {NULL, 0};

    for (size_t i = 0; i < strlen(cursor); i++) {
        char *bad = arena_strdup(sc->arena, cursor);

        bad[i] = bad[i] == '0' ? '1' : '0';
        CHECK_ERR(http_cursor_read(sc, STR("orders"), str_of(bad), &position), ERR_INVALID);
        CHECK_ERR(http_cursor_read(sc, STR("orders"), (struct str){cursor, i}, &position), ERR_INVALID);
    }
    CHECK(position.p == NULL);
    CHECK_ERR(http_cursor_read(sc, STR("orders"), str_of("nonsense"), &position), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->problem, "validation");
    CHECK_STR(scope_fault(sc)->items->pointer, "cursor");
}

TEST(a_cursor_of_another_list_or_key_is_refused)
{
    struct scope *sc = given_key(1);
    const char *cursor = http_cursor_make(sc, STR("orders"), (struct bytes){"position", 8});
    const char *shifted = http_cursor_make(sc, STR("order"), (struct bytes){"sposition", 9});
    struct bytes position;

    CHECK_ERR(http_cursor_read(sc, STR("messages"), str_of(cursor), &position), ERR_INVALID);
    CHECK(strncmp(cursor, shifted, 32) != 0);
    given_key(2);
    CHECK_ERR(http_cursor_read(sc, STR("orders"), str_of(cursor), &position), ERR_INVALID);
}
