#include "files/remote_int.h"

#include "base/timefmt.h"
#include "kit/test.h"

#define LINE "-rw-r--r-- 1 a b 12 Nov 30 18:57 "

static const struct files_settings any;

static const char *listed(struct scope *sc, const char *names, const char *list)
{
    struct files_listing l;
    struct buf b;

    files_listing_read(sc, &any, str_of(names), str_of(list), &l);
    buf_init(&b, sc->arena, 4096);
    for (size_t i = 0; i < l.n; i++)
        buf_f(&b, "%s=%zu ", l.v[i].name, l.v[i].line.n);
    buf_f(&b, "%u", l.unfit);
    return buf_cstr(&b);
}

TEST(a_file_is_known_by_the_line_that_ends_with_its_name)
{
    struct scope *sc = test_scope();

    CHECK_STR(listed(sc, "b.csv\r\na b.csv\r\n", LINE "a b.csv\r\n" LINE "b.csv\r\n"), "a b.csv=40 b.csv=38 0");
    CHECK_STR(listed(sc, "/out/x\n/out/y\n.\n..\n", LINE "x\ndrwxr-xr-x 1 a b 12 Nov 30 18:57 y\n"), "x=34 0");
    CHECK_STR(listed(sc, "gone\n", ""), "0");
}

TEST(a_name_that_is_listed_twice_is_one_file)
{
    CHECK_STR(listed(test_scope(), "b\na\nb\nb\n", LINE "b\n" LINE "a\n" LINE "b\n"), "a=34 b=34 0");
}

TEST(a_name_that_is_no_text_is_counted_and_stops_no_other)
{
    CHECK_STR(listed(test_scope(), "a\374b\nx\ty\nc\n", LINE "a\374b\n" LINE "x\ty\n" LINE "c\n"), "c=34 2");
}

/* What a host may send at most, of lines that all end alike: without an order they were looked through for each name.
 */
TEST(a_list_as_long_as_may_be_is_read_at_once)
{
    struct scope *sc = test_scope();
    struct files_listing l;
    struct buf names, list;
    int64_t began;

    buf_init(&names, sc->arena, (size_t)1 << 20);
    buf_init(&list, sc->arena, (size_t)1 << 20);
    for (int i = 0; !names.full && names.n < 1000000; i++)
        buf_f(&names, "%c a a a a a\n", 'A' + i % 26);
    while (list.n < 1000000)
        buf_f(&list, "- a a a a a\n");
    began = time_boot_us();
    files_listing_read(sc, &any, buf_str(&names), buf_str(&list), &l);
    CHECK_INT(l.n, 0);
    CHECK(time_boot_us() - began < 2000000);
}

TEST(names_are_found_among_many)
{
    struct scope *sc = test_scope();
    struct files_names names;
    struct buf b;

    files_names_read(sc->arena, str_of("/done/b\r\na\nab\n"), &names);
    CHECK(names.whole && files_names_has(&names, "a") && files_names_has(&names, "b") && files_names_has(&names, "ab"));
    CHECK(!files_names_has(&names, "c") && !files_names_has(&names, ""));
    files_names_read(sc->arena, str_of(""), &names);
    CHECK(names.whole && !files_names_has(&names, "a"));
    buf_init(&b, sc->arena, (size_t)1 << 20);
    for (int i = 0; i < 10001; i++)
        buf_f(&b, "%d\n", i);
    files_names_read(sc->arena, buf_str(&b), &names);
    CHECK(!names.whole && files_names_has(&names, "9999"));
}
