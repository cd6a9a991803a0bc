#include "kit/test.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/timefmt.h"
#include "base/uuid.h"

static uint64_t ms_of(const struct uuid *id)
{
    uint64_t ms = 0;

    for (int i = 0; i < 6; i++)
        ms = ms << 8 | id->b[i];
    return ms;
}

TEST(ids_of_one_thread_only_grow)
{
    struct uuid last = uuid_new();

    for (int i = 0; i < 200000; i++) {
        struct uuid next = uuid_new();

        if (uuid_compare(&last, &next) >= 0)
            test_failed(__FILE__, __LINE__, "id %d does not follow its predecessor", i);
        last = next;
    }
}

TEST(ids_carry_version_variant_and_time)
{
    for (int i = 0; i < 1000; i++) {
        struct uuid id = uuid_new();
        uint64_t ms = (uint64_t)time(NULL) * 1000;

        CHECK_INT(id.b[6] >> 4, 7);
        CHECK_INT(id.b[8] >> 6, 2);
        CHECK(ms_of(&id) + 2000 > ms && ms_of(&id) < ms + 5000);
    }
}

TEST(the_tail_is_random)
{
    unsigned seen[256] = {0};

    for (int i = 0; i < 25600; i++)
        seen[uuid_new().b[15]]++;
    for (int i = 0; i < 256; i++) /* 100 expected; 10 deviations away is no accident */
        CHECK(seen[i] > 0 && seen[i] < 200);
}

TEST(a_forked_child_does_not_repeat_its_parent)
{
    struct uuid *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct uuid mine;
    pid_t pid;

    uuid_new(); /* random octets are left over */
    pid = fork();
    if (pid == 0) {
        *shared = uuid_new();
        _exit(0);
    }
    mine = uuid_new();
    waitpid(pid, NULL, 0);
    CHECK(!uuid_is_nil(shared));
    CHECK(memcmp(mine.b + 9, shared->b + 9, 7) != 0);
    munmap(shared, sizeof(*shared));
}

TEST(text_is_read_as_it_was_written)
{
    for (int i = 0; i < 1000; i++) {
        struct uuid id = uuid_new(), back;
        char text[UUID_TEXT_LEN + 1];

        uuid_format(&id, text);
        CHECK(uuid_parse(text, strlen(text), &back) && uuid_equal(&id, &back));
    }
}

TEST(uuid_text_of_another_form_is_refused)
{
    static const char *const bad[] = {
        "",
        "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577",
        "01890a5dac96774bbcceb302099a8057",
        "01890a5dxac96-774b-bcce-b302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a805g",
        "{1890a5d-ac96-774b-bcce-b302099a805}",
        "01890a5-dac96-774b-bcce-b302099a8057",
        " 1890a5d-ac96-774b-bcce-b302099a8057",
    };
    struct uuid id = {{1}};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (uuid_parse(bad[i], strlen(bad[i]), &id))
            test_failed(__FILE__, __LINE__, "\"%s\" was taken", bad[i]);
    CHECK_INT(id.b[0], 1);
    CHECK(uuid_parse("01890A5D-AC96-774b-bcce-b302099a8057", 36, &id));
    CHECK_INT(id.b[1], 0x89);
}

/* The vectors of the public TypeID specification 0.3.0. */
static const struct {
    const char *text, *prefix, *uuid;
} valid[] = {
    {"00000000000000000000000000", "", "00000000-0000-0000-0000-000000000000"},
    {"00000000000000000000000001", "", "00000000-0000-0000-0000-000000000001"},
    {"0000000000000000000000000a", "", "00000000-0000-0000-0000-00000000000a"},
    {"0000000000000000000000000g", "", "00000000-0000-0000-0000-000000000010"},
    {"00000000000000000000000010", "", "00000000-0000-0000-0000-000000000020"},
    {"7zzzzzzzzzzzzzzzzzzzzzzzzz", "", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
    {"prefix_0123456789abcdefghjkmnpqrs", "prefix", "0110c853-1d09-52d8-d73e-1194e95b5f19"},
    {"prefix_01h455vb4pex5vsknk084sn02q", "prefix", "01890a5d-ac96-774b-bcce-b302099a8057"},
    {"pre_fix_00000000000000000000000000", "pre_fix", "00000000-0000-0000-0000-000000000000"},
};

static const char *const invalid[] = {
    "PREFIX_00000000000000000000000000",
    "12345_00000000000000000000000000",
    "pre.fix_00000000000000000000000000",
    "pr\xc3\xa9"
    "fix_00000000000000000000000000",
    "  prefix_00000000000000000000000000",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl_00000000000000000000000000",
    "_00000000000000000000000000",
    "_",
    "prefix_1234567890123456789012345",
    "prefix_123456789012345678901234567",
    "prefix_1234567890123456789012345 ",
    "prefix_0123456789ABCDEFGHJKMNPQRS",
    "prefix_123456789-123456789-123456",
    "prefix_ooooooiiiiiiuuuuuuulllllll",
    "prefix_i23456789ol23456789oi23456",
    "prefix_123456789-0123456789-0123456",
    "prefix_8zzzzzzzzzzzzzzzzzzzzzzzzz",
    "_prefix_00000000000000000000000000",
    "prefix__00000000000000000000000000",
    "",
    "prefix",
    "prefix_",
    "prefix-00000000000000000000000000",
    "x00000000000000000000000000",
};

TEST(valid_typeids_are_read_and_written)
{
    for (size_t i = 0; i < ARRAY_LEN(valid); i++) {
        char prefix[TYPEID_PREFIX_MAX + 1] = "?", uuid[UUID_TEXT_LEN + 1], text[TYPEID_TEXT_MAX + 1];
        struct uuid id;

        CHECK(typeid_parse_any(valid[i].text, strlen(valid[i].text), prefix, &id));
        CHECK_STR(prefix, valid[i].prefix);
        uuid_format(&id, uuid);
        CHECK_STR(uuid, valid[i].uuid);
        typeid_format(prefix, &id, text);
        CHECK_STR(text, valid[i].text);
        CHECK_INT(typeid_parse(valid[i].prefix, text, strlen(text), &(struct uuid){{0}}), !uuid_is_nil(&id));
    }
}

TEST(invalid_typeids_are_refused_and_leave_the_output_alone)
{
    struct uuid id = {{7}};

    for (size_t i = 0; i < ARRAY_LEN(invalid); i++)
        if (typeid_parse_any(invalid[i], strlen(invalid[i]), NULL, &id))
            test_failed(__FILE__, __LINE__, "\"%s\" was taken", invalid[i]);
    CHECK(!typeid_parse_any("0000000000000\0000000000000", 26, NULL, &id));
    CHECK_INT(id.b[0], 7);
}

TEST(the_longest_prefix_fits)
{
    char text[TYPEID_TEXT_MAX + 1], prefix[TYPEID_PREFIX_MAX + 1], back[TYPEID_PREFIX_MAX + 1];
    struct uuid id = uuid_new(), got;

    memset(prefix, 'p', TYPEID_PREFIX_MAX);
    prefix[TYPEID_PREFIX_MAX] = '\0';
    typeid_format(prefix, &id, text);
    CHECK_INT(strlen(text), TYPEID_TEXT_MAX);
    CHECK(typeid_parse_any(text, strlen(text), back, &got) && uuid_equal(&id, &got));
    CHECK_STR(back, prefix);
}

TEST(another_objects_id_is_not_taken)
{
    char text[TYPEID_TEXT_MAX + 1];
    struct uuid id = uuid_new();

    typeid_format("ord", &id, text);
    CHECK(typeid_parse("ord", text, strlen(text), &id));
    CHECK(!typeid_parse("or", text, strlen(text), &id));
    CHECK(!typeid_parse("order", text, strlen(text), &id));
    CHECK(!typeid_parse("", text, strlen(text), &id));
}

TEST(text_order_is_id_order)
{
    struct uuid a = uuid_new(), b = uuid_new();
    char x[TYPEID_TEXT_MAX + 1], y[TYPEID_TEXT_MAX + 1];

    typeid_format("ord", &a, x);
    typeid_format("ord", &b, y);
    CHECK(strcmp(x, y) < 0);
}

TEST(an_id_of_a_time_is_the_least_of_it)
{
    struct uuid made = uuid_new(), now = uuid_at(time_now_us() + 1000), before = uuid_at(time_now_us() - 1000000);
    struct uuid early = uuid_at(-1);

    CHECK(uuid_compare(&before, &made) < 0 && uuid_compare(&made, &now) < 0);
    CHECK(uuid_is_nil(&early));
}
