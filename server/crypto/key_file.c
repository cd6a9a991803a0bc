#include "crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/utils.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/must.h"

#define KEY_FILE_MAX 256

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* All of the file, at most KEY_FILE_MAX octets; -1 with errno set. */
static ssize_t read_whole(int fd, uint8_t *out)
{
    size_t n = 0;

    while (n < KEY_FILE_MAX) {
        ssize_t got = read(fd, out + n, KEY_FILE_MAX - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        n += (size_t)got;
    }
    return (ssize_t)n;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool key_of_text(const uint8_t *text, size_t n, uint8_t *key)
{
    size_t key_n;

    while (n && is_blank(text[n - 1]))
        n--;
    while (n && is_blank(*text)) {
        text++;
        n--;
    }
    return n == 2 * CRYPTO_KEY_BYTES &&
           sodium_hex2bin(key, CRYPTO_KEY_BYTES, (const char *)text, n, NULL, &key_n, NULL) == 0 &&
           key_n == CRYPTO_KEY_BYTES;
}

bool crypto_key_text(const void *text, size_t n, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *key = secret_new(CRYPTO_KEY_BYTES);

    if (!key_of_text(text, n, secret_fill(key)))
        return false;
    *out = key;
    key = NULL;
    return true;
}

enum err crypto_key_file(struct scope *sc, const char *path, struct secret **out)
{
    CLEANUP(secret_wipe) struct secret *text = secret_new(KEY_FILE_MAX);
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    ssize_t n;

    if (fd < 0 || fstat(fd, &st) != 0)
        return FAIL(sc, ERR_INVALID, "the key file %s cannot be opened: %s", path, strerrordesc_np(errno));
    if (!S_ISREG(st.st_mode))
        return FAIL(sc, ERR_INVALID, "the key file %s is not a regular file", path);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return FAIL(sc, ERR_INVALID, "the key file %s can be reached by its group or by others: its mode must be 0600",
                    path);
    n = read_whole(fd, secret_fill(text));
    if (n < 0)
        return FAIL(sc, ERR_INVALID, "the key file %s cannot be read: %s", path, strerrordesc_np(errno));
    if (n == KEY_FILE_MAX || !crypto_key_text(secret_bytes(text), (size_t)n, out))
        return FAIL(sc, ERR_INVALID, "the key file %s must hold 64 hexadecimal digits and nothing else", path);
    return OK;
}
