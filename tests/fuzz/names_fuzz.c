#include "fuzz/fuzz.h"

/* Whatever names a tenant's thing: the authority, ids of every kind, cursors. The first octet says which. An id that is
 * taken is written back as it was, and no cursor is good but the one that was made. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const uint8_t key[32] = {1};

    (void)argc, (void)argv;
    fuzz_start();
    http_cursor_key(key);
    return 0;
}

static void authority(struct scope *sc, struct str text)
{
    struct str host, all;

    if (take_authority(sc, text, &host, &all) != OK)
        return;
    MUST_BE(host.n > 0 && host.n <= 255 && all.n == text.n && all.n >= host.n && memcmp(all.p, host.p, host.n) == 0);
    MUST_BE(all.n == host.n || all.p[host.n] == ':');
    for (size_t i = 0; i < host.n; i++)
        MUST_BE(host.p[i] > ' ' && !(host.p[i] >= 'A' && host.p[i] <= 'Z') && host.p[i] != '/' && host.p[i] != '@');
}

static void id(struct str text)
{
    char prefix[TYPEID_PREFIX_MAX + 1], again[TYPEID_TEXT_MAX + 1];
    struct uuid any, same;

    if (!typeid_parse_any(text.p, text.n, prefix, &any))
        return;
    typeid_format(prefix, &any, again);
    MUST_BE(strlen(again) == text.n && memcmp(again, text.p, text.n) == 0);
    MUST_BE(typeid_parse(prefix, text.p, text.n, &same) && uuid_equal(&any, &same));
    MUST_BE(typeid_parse("cus", text.p, text.n, &same) == (strcmp(prefix, "cus") == 0));
}

/* Half of the input is the position, the rest a cursor that somebody made up, or the true one with a change. */
static void cursor(struct scope *sc, struct str text)
{
    struct bytes at = {text.p, text.n / 2 < 200 ? text.n / 2 : 200}, got;
    struct str made_up = {text.p + at.n, text.n - at.n};
    const char *made = http_cursor_make(sc, STR("orders"), at);

    MUST_BE(http_cursor_read(sc, STR("orders"), str_of(made), &got) == OK && got.n == at.n);
    MUST_BE(http_cursor_read(sc, STR("connections"), str_of(made), &got) != OK);
    MUST_BE(http_cursor_read(sc, STR("orders"), made_up, &got) != OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct str text;

    if (size > 0) {
        text = fuzz_copy(sc, data + 1, size - 1);
        if (data[0] % 3 == 0)
            authority(sc, text);
        else if (data[0] % 3 == 1)
            id(text);
        else
            cursor(sc, text);
    }
    scope_free(sc);
    return 0;
}
