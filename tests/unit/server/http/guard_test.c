#include "unit/server/http/serve.h"

TEST(the_librarys_calls_arrive_at_ours)
{
    CHECK(guard_is_reached());
}

TEST(the_library_installed_here_is_one_we_know)
{
    struct scope *sc = test_scope();

    CHECK_OK(http_prove(sc, NULL));
    CHECK_OK(http_prove(sc, "00ff,11ee"));
}

TEST(an_upgrade_to_h2c_is_never_taken)
{
    struct served s;
    const char *reply;

    serve_defaults(&s);
    serve_start(&s);
    reply = ask(&s, "GET /v1/slow HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
                    "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
    CHECK_INT(status_of(reply), 200);
    CHECK(!has(reply, "101"));
    CHECK(has(reply, "hello a"));
    serve_stop(&s);
}
