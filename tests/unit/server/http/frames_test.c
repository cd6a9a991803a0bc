#include "unit/server/http/frames.h"

size_t put_frame(uint8_t *at, uint8_t type, uint8_t flags, uint32_t stream, const void *payload, size_t n)
{
    at[0] = (uint8_t)(n >> 16);
    at[1] = (uint8_t)(n >> 8);
    at[2] = (uint8_t)n;
    at[3] = type;
    at[4] = flags;
    at[5] = (uint8_t)(stream >> 24);
    at[6] = (uint8_t)(stream >> 16);
    at[7] = (uint8_t)(stream >> 8);
    at[8] = (uint8_t)stream;
    memcpy(at + 9, payload, n);
    return n + 9;
}

size_t put_field(uint8_t *at, const char *name, const char *value)
{
    size_t name_n = strlen(name), value_n = strlen(value);

    at[0] = 0;
    at[1] = (uint8_t)name_n;
    memcpy(at + 2, name, name_n);
    at[2 + name_n] = (uint8_t)value_n;
    memcpy(at + 3 + name_n, value, value_n);
    return 3 + name_n + value_n;
}

size_t put_get(uint8_t *at, uint32_t stream, const char *path)
{
    uint8_t block[128] = {0x82, 0x86}; /* GET, http */
    size_t n = 2;

    n += put_field(block + n, ":authority", "a");
    n += put_field(block + n, ":path", path);
    return put_frame(at, 1, 0x5, stream, block, n);
}

int dial_frames(const struct served *s)
{
    int fd = dial(s);
    uint8_t settings[9];

    say(fd, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    say(fd, settings, put_frame(settings, 4, 0, 0, "", 0));
    return fd;
}

static bool take(int fd, uint8_t *to, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t k = recv(fd, to + got, n - got, 0);

        if (k <= 0)
            return false;
        got += (size_t)k;
    }
    return true;
}

static int status_of_index(uint8_t first)
{
    static const int statuses[] = {200, 204, 206, 304, 400, 404, 500};

    return first >= 0x88 && first <= 0x8e ? statuses[first - 0x88] : -2;
}

int status_of_fields(const struct served *s, const uint8_t *block, size_t n)
{
    static uint8_t octets[70000];
    int fd = dial_frames(s), status = -1;

    say(fd, octets, put_frame(octets, 1, 0x5, 1, block, n));
    while (status == -1 && take(fd, octets, 9)) {
        size_t length = (size_t)octets[0] << 16 | (size_t)octets[1] << 8 | octets[2];
        uint8_t type = octets[3];

        if (!take(fd, octets, length) || type == 7)
            break;
        if (type == 1)
            status = status_of_index(octets[0]);
        else if (type == 3)
            status = 0;
    }
    close(fd);
    return status;
}
