#include "sys/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "kit/test.h"

static enum err load(char **environ_)
{
    return config_load(test_scope(), environ_);
}

TEST(what_is_not_set_has_its_default)
{
    CHECK_OK(load((char *[]){"HOME=/", "PATH=/bin", NULL}));
    CHECK_STR(config_text("ROLES"), "api,worker,clock");
    CHECK_INT(config_int("BODY_MAX"), 1048576);
    CHECK_INT(config_int("SETTLE_MS"), -1);
    CHECK(!config_bool("ALLOW_PRIVATE_ADDRESSES"));
    CHECK(!config_text("DATABASE_API_URL"));
}

TEST(every_default_passes_the_check_of_its_own_key)
{
    unsigned n = 0;

    for (const struct config_key *k = config_keys; k->name; k++, n++)
        if (k->fallback)
            CHECK_OK(config_set(test_scope(), k->name, k->fallback));
    CHECK(n >= 30 && n <= 128);
}

TEST(what_is_set_is_what_is_read)
{
    CHECK_OK(load((char *[]){"TENON_API_THREADS=3", "TENON_HTTPS_LISTEN=", "TENON_REDIS_URL=", "TENON_ROLES=api",
                             "TENON_ALLOW_PRIVATE_ADDRESSES=yes", NULL}));
    CHECK_INT(config_int("API_THREADS"), 3);
    CHECK_STR(config_text("HTTPS_LISTEN"), "");
    CHECK(!config_text("REDIS_URL"));
    CHECK_STR(config_text("ROLES"), "api");
    CHECK(config_bool("ALLOW_PRIVATE_ADDRESSES"));
}

TEST(an_unknown_key_is_named_with_the_nearest_known_one)
{
    CHECK_ERR(load((char *[]){"TENON_API_TREADS=3", NULL}), ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->message, "TENON_API_TREADS is not known; did you mean TENON_API_THREADS");
}

TEST(all_faults_come_in_one_message_without_values_and_change_nothing)
{
    CHECK_OK(config_set(test_scope(), "JOBS_MAX", "7"));
    CHECK_ERR(load((char *[]){"TENON_JOBS_MAX=9", "TENON_API_THREADS=hunter2", "TENON_DRAIN_MS=600001",
                              "TENON_ALLOW_PRIVATE_ADDRESSES=maybe", "TENON_CA_FILE=/nowhere/at/all", NULL}),
              ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->message,
              "TENON_API_THREADS must be a whole number from 1 to 64; "
              "TENON_DRAIN_MS must be a whole number from 0 to 600000; "
              "TENON_ALLOW_PRIVATE_ADDRESSES must be true or false; "
              "TENON_CA_FILE names a file that cannot be read: No such file or directory");
    CHECK_INT(config_int("JOBS_MAX"), 7);
}

TEST(numbers_that_are_not_whole_or_do_not_fit_are_refused)
{
    static const char *const bad[] = {"", " 1", "1 ", "1.5", "0x10", "99999999999999999999", "0", "65"};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_ERR(config_set(test_scope(), "API_THREADS", bad[i]), ERR_INVALID);
    CHECK_OK(config_set(test_scope(), "API_THREADS", "64"));
}

static void write_file(char *path, const char *text, size_t n)
{
    int fd = mkstemp(path);

    CHECK(fd >= 0);
    CHECK(write(fd, text, n) == (ssize_t)n);
    close(fd);
}

TEST(a_text_may_come_from_a_file_without_its_line_end)
{
    char path[] = "/tmp/config-test-XXXXXX";
    char setting[64];

    write_file(path, "redis://:pw@h\n", 14);
    snprintf(setting, sizeof(setting), "TENON_REDIS_URL_FILE=%s", path);
    CHECK_OK(load((char *[]){setting, NULL}));
    CHECK_STR(config_text("REDIS_URL"), "redis://:pw@h");
    CHECK_ERR(load((char *[]){setting, "TENON_REDIS_URL=redis://", NULL}), ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->message, "TENON_REDIS_URL is set twice");
    unlink(path);
    CHECK_ERR(load((char *[]){setting, NULL}), ERR_INVALID);
    CHECK_STR(scope_fault(test_scope())->message, "TENON_REDIS_URL_FILE names a file that cannot be read");
}

TEST(a_number_has_no_file_variant_and_a_file_with_a_nul_is_refused)
{
    char path[] = "/tmp/config-test-XXXXXX";

    write_file(path, "1\0002\n", 4);
    CHECK_ERR(config_set(test_scope(), "API_THREADS_FILE", path), ERR_INVALID);
    CHECK_ERR(config_set(test_scope(), "REDIS_URL_FILE", path), ERR_INVALID);
    CHECK_OK(config_set(test_scope(), "TLS_KEY_FILE", path));
    CHECK_STR(config_text("TLS_KEY_FILE"), path);
    unlink(path);
}

TEST(the_listing_has_a_line_for_every_key)
{
    struct buf b;
    size_t lines = 0, keys = 0;

    buf_init(&b, test_scope()->arena, 65536);
    config_write(&b);
    CHECK(!b.full);
    for (size_t i = 0; i < b.n; i++)
        lines += b.p[i] == '\n';
    while (config_keys[keys].name)
        keys++;
    CHECK_INT(lines, keys);
    CHECK(strstr(buf_cstr(&b), "TENON_LEASE_MS"));
}

static const char *config_file(const char *text)
{
    static char path[] = "/tmp/tenon-config-file-test-XXXXXX";
    static bool made;
    FILE *f;

    if (!made)
        close(mkstemp(path));
    made = true;
    f = fopen(path, "we");
    CHECK(f && fputs(text, f) >= 0);
    fclose(f);
    return path;
}

/* As the programs do: the environment with the file's lines, then its check. */
static enum err load_with_file(const char *text, const char *setting)
{
    struct scope *sc = test_scope();
    const char *path = config_file(text);
    enum err e;
    char **all;

    e = config_environment(
        sc, (char *[]){(char *)arena_f(sc->arena, "TENON_CONFIG_FILE=%s", path), (char *)setting, NULL}, &all);
    if (e == OK)
        e = config_load(sc, all);
    unlink(path);
    return e;
}

TEST(lines_of_a_file_are_settings_like_any_other)
{
    CHECK_OK(load_with_file("# a comment\n\nTENON_BODY_MAX=4096 \r\nTENON_ROLES=a=b", "HOME=/"));
    CHECK_INT(config_int("BODY_MAX"), 4096);
    CHECK_STR(config_text("ROLES"), "a=b");
    CHECK_OK(load_with_file("", "HOME=/"));
}

TEST(a_file_with_anything_else_or_a_setting_given_twice_is_refused)
{
    CHECK_ERR(load_with_file("BODY_MAX=4096\n", "HOME=/"), ERR_INVALID);
    CHECK_ERR(load_with_file("TENON_BODY_MAX\n", "HOME=/"), ERR_INVALID);
    CHECK_ERR(load_with_file("TENON_BODY_MAX=4096\nTENON_BODY_MAX=4096\n", "HOME=/"), ERR_INVALID);
    CHECK_ERR(load_with_file("TENON_BODY_MAX=4096\n", "TENON_BODY_MAX=5000"), ERR_INVALID);
    CHECK_ERR(load_with_file("TENON_CONFIG_FILE=/etc/other\n", "HOME=/"), ERR_INVALID);
    CHECK_ERR(load_with_file("TENON_BODY_MAXX=4096\n", "HOME=/"), ERR_INVALID);
}
