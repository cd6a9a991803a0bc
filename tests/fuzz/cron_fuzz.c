#include "cron/cron_int.h"
#include "fuzz/fuzz.h"

/* Cron expressions, files of time zones and their footers. The first octet says which. What an expression gives comes
 * up at times that it names or after a gap, each later than the one before; a zone's spans hold whatever lies in them.
 */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    fuzz_start();
    zone_load();
    return 0;
}

static void expression(struct scope *sc, struct str text)
{
    static const char *const zones[] = {"Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"};
    const struct zone *z = zone_find(str_of(zones[text.n % 3]));
    int64_t us = 1300000000000000, before, at;
    const char *why = NULL;
    struct cron c;

    MUST_BE(z);
    if (!cron_parse(sc->arena, text, &c, &why)) {
        MUST_BE(why && *why);
        return;
    }
    MUST_BE(*cron_words(sc->arena, &c, z) && *cron_change_words(sc->arena, &c, z, us, &at));
    for (int i = 0; i < 20; i++) {
        before = us;
        if (!cron_next(&c, z, us, &us))
            return;
        MUST_BE(us > before && us % 1000000 == 0);
        MUST_BE(!cron_next(&c, z, us - 1, &at) || at == us);
    }
}

static void spans(const struct zone *z)
{
    int64_t at_s = -3000000000;

    for (int i = 0; i < 300; i++) {
        struct zone_span span = zone_at(z, at_s);

        MUST_BE(span.from_s <= at_s && at_s < span.until_s);
        MUST_BE(span.offset_s > -ZONE_OFFSET_MAX && span.offset_s < ZONE_OFFSET_MAX);
        if (span.until_s > 9000000000)
            return;
        MUST_BE(zone_at(z, span.until_s).from_s == span.until_s);
        at_s = span.until_s;
    }
}

static void file(struct scope *sc, struct str text)
{
    struct zone z = {0};

    if (tzif_read(sc->arena, text, &z))
        spans(&z);
}

static void footer(struct str text)
{
    struct zone z = {0};

    if (forever_parse(text, &z.forever)) {
        z.first_s = z.forever.standard_s;
        spans(&z);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scope *sc = scope_new();
    struct str text;

    if (size > 0) {
        text = fuzz_copy(sc, data + 1, size - 1);
        if (data[0] % 3 == 0)
            expression(sc, text);
        else if (data[0] % 3 == 1)
            file(sc, text);
        else
            footer(text);
    }
    scope_free(sc);
    return 0;
}
