#include <arpa/inet.h>
#include <string.h>

#include "access/callers.h"

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool address_parse(const char *text, uint8_t out[16], bool *out_v4)
{
    struct in_addr four;

    *out_v4 = inet_pton(AF_INET, text, &four) == 1;
    if (*out_v4) {
        memcpy(out, mapped, sizeof(mapped));
        memcpy(out + sizeof(mapped), &four, 4);
        return true;
    }
    if (inet_pton(AF_INET6, text, out) != 1)
        return false;
    *out_v4 = memcmp(out, mapped, sizeof(mapped)) == 0;
    return true;
}

size_t access_net_shared(struct str address, uint8_t out[16])
{
    char text[INET6_ADDRSTRLEN];
    bool v4;

    if (address.n >= sizeof(text))
        return 0;
    memcpy(text, address.p ? address.p : "", address.n);
    text[address.n] = '\0';
    if (!address_parse(text, out, &v4))
        return 0;
    return v4 ? 16 : 8;
}

static bool bits_parse(const char *text, unsigned most, unsigned *out)
{
    unsigned v = 0;
    size_t n = strlen(text);

    if (n < 1 || n > 3 || (n > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        v = v * 10 + (unsigned)(text[i] - '0');
    }
    *out = v;
    return v <= most;
}

static bool bit_of(const uint8_t a[16], unsigned i)
{
    return a[i / 8] >> (7 - i % 8) & 1;
}

static bool host_part_is_zero(const struct access_net *net)
{
    for (unsigned i = net->bits; i < 128; i++)
        if (bit_of(net->address, i))
            return false;
    return true;
}

/* An IPv4 address in the clothes of IPv6 is one of IPv4 all the same, but a network of such is written as IPv4. */
bool access_net_parse(const char *text, struct access_net *out)
{
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);
    struct access_net net = {.bits = 128};
    char address[INET6_ADDRSTRLEN];
    bool v4;

    if (n >= sizeof(address))
        return false;
    memcpy(address, text, n);
    address[n] = '\0';
    if (!address_parse(address, net.address, &v4) || (v4 && strchr(address, ':')))
        return false;
    if (slash && !bits_parse(slash + 1, v4 ? 32 : 128, &net.bits))
        return false;
    if (slash && v4)
        net.bits += 96;
    if (!host_part_is_zero(&net))
        return false;
    *out = net;
    return true;
}

static bool has(const struct access_net *net, const uint8_t a[16])
{
    unsigned whole = net->bits / 8, rest = net->bits % 8;

    if (memcmp(net->address, a, whole) != 0)
        return false;
    return rest == 0 || (net->address[whole] ^ a[whole]) >> (8 - rest) == 0;
}

bool access_net_has(const struct access_net *nets, size_t n, const char *address)
{
    uint8_t a[16];
    bool v4;

    if (n == 0)
        return true;
    if (!address || !address_parse(address, a, &v4))
        return false;
    for (size_t i = 0; i < n; i++)
        if (v4 == (nets[i].bits >= 96 && memcmp(nets[i].address, mapped, sizeof(mapped)) == 0) && has(&nets[i], a))
            return true;
    return false;
}
