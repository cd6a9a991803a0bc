#include "crypto/crypto.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"
#include "kit/test.h"

#define DIGITS "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"

static void unlink_path(void *path)
{
    unlink(path);
}

static const char *given_file(struct scope *sc, const char *text, mode_t mode)
{
    char *path = arena_strdup(sc->arena, "/tmp/key_file_test_XXXXXX");
    int fd = mkstemp(path);
    size_t n = strlen(text);

    CHECK_OK(crypto_start(sc));
    CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n && fchmod(fd, mode) == 0);
    close(fd);
    arena_defer(sc->arena, unlink_path, path);
    return path;
}

static void check_taken(const char *text, mode_t mode)
{
    struct scope *sc = test_scope();
    CLEANUP(secret_wipe) struct secret *s = NULL;

    CHECK_OK(crypto_key_file(sc, given_file(sc, text, mode), &s));
    CHECK_INT(secret_size(s), 32);
    for (int i = 0; i < 32; i++)
        CHECK_INT(secret_bytes(s)[i], i);
}

static const char *refusal(const char *text, mode_t mode)
{
    struct scope *sc = test_scope();
    const char *path = given_file(sc, text, mode);
    struct secret *s = NULL;

    CHECK_ERR(crypto_key_file(sc, path, &s), ERR_INVALID);
    CHECK(s == NULL);
    CHECK(strstr(scope_fault(sc)->message, path) != NULL);
    return scope_fault(sc)->message + strlen("the key file ") + strlen(path) + 1;
}

TEST(sixty_four_digits_are_a_key)
{
    check_taken(DIGITS, 0600);
    check_taken("\n  " DIGITS "\r\n\n", 0400);
}

TEST(anything_else_is_not)
{
    static const char *const bad[] = {"",
                                      "\n",
                                      "00",
                                      DIGITS "0",
                                      DIGITS "00",
                                      "g" DIGITS,
                                      "00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f",
                                      "0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e",
                                      DIGITS "\n" DIGITS};

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        CHECK_STR(refusal(bad[i], 0600), "must hold 64 hexadecimal digits and nothing else");
    CHECK_STR(refusal(arena_f(test_scope()->arena, "%s%400s", DIGITS, " "), 0600),
              "must hold 64 hexadecimal digits and nothing else");
}

TEST(a_file_that_others_can_reach_is_refused)
{
    static const mode_t open_modes[] = {0640, 0620, 0610, 0604, 0602, 0601, 0644, 0777};

    for (size_t i = 0; i < ARRAY_LEN(open_modes); i++)
        CHECK_STR(refusal(DIGITS, open_modes[i]), "can be reached by its group or by others: its mode must be 0600");
}

TEST(a_refusal_never_repeats_what_the_file_holds)
{
    CHECK(strstr(refusal("hunter2", 0600), "hunter2") == NULL);
}

TEST(a_missing_file_a_folder_and_a_pipe_are_refused)
{
    struct scope *sc = test_scope();
    const char *fifo = arena_f(sc->arena, "/tmp/key_file_test_fifo_%d", (int)getpid());
    struct secret *s = NULL;

    CHECK_OK(crypto_start(sc));
    CHECK_ERR(crypto_key_file(sc, "/tmp/key_file_test_absent", &s), ERR_INVALID);
    CHECK_STR(scope_fault(sc)->message,
              "the key file /tmp/key_file_test_absent cannot be opened: No such file or directory");
    CHECK_ERR(crypto_key_file(sc, "/tmp", &s), ERR_INVALID);
    CHECK(mkfifo(fifo, 0600) == 0);
    CHECK_ERR(crypto_key_file(sc, fifo, &s), ERR_INVALID);
    unlink(fifo);
    CHECK(s == NULL);
}
