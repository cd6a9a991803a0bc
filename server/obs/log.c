#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "base/timefmt.h"
#include "obs/log_int.h"
#include "obs/obs.h"

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static atomic_int level_most = LOG_INFO;

void log_level_set(enum log_level level)
{
    atomic_store_explicit(&level_most, (int)level, memory_order_relaxed);
}

bool log_level_parse(const char *text, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (strcmp(text, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

static bool is_wanted(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&level_most, memory_order_relaxed);
}

static void put_id(struct log_text *t, const char *key, const char *prefix, const struct uuid *id)
{
    char text[TYPEID_TEXT_MAX + 1];

    typeid_format(prefix, id, text);
    log_text_string(t, key, text);
}

static void put_scope(struct log_text *t, const struct scope *sc)
{
    if (!uuid_is_nil(&sc->request_id))
        put_id(t, "request_id", "req", &sc->request_id);
    if (sc->trace_id)
        log_text_string(t, "trace_id", sc->trace_id);
    if (sc->tenant.has_partner)
        put_id(t, "partner", "prt", &sc->tenant.partner_id);
    if (sc->tenant.has_customer)
        put_id(t, "customer", "cus", &sc->tenant.customer_id);
}

/* Always with its microseconds, so that lines sort as text. */
static void put_time(struct log_text *t)
{
    char text[TIME_TEXT_MAX], whole[TIME_TEXT_MAX + 8];
    int64_t now = time_now_us();

    time_format(now - now % 1000000, text);
    snprintf(whole, sizeof(whole), "%.19s.%06dZ", text, (int)(now % 1000000));
    log_text_string(t, "ts", whole);
}

static void begin(struct log_text *t, enum log_level level, const char *room, const struct scope *sc, const char *msg)
{
    log_text_begin(t);
    put_time(t);
    log_text_string(t, "level", level_names[level]);
    log_text_string(t, "room", room);
    log_text_string(t, "msg", msg);
    if (sc)
        put_scope(t, sc);
}

/* One write, so that lines of threads and processes do not mix; a log that cannot be written stops nobody. */
static void end(struct log_text *t)
{
    int kept = errno;
    ssize_t n;

    log_text_end(t);
    do
        n = write(STDERR_FILENO, t->p, t->n);
    while (n < 0 && errno == EINTR);
    errno = kept;
}

void log_line(enum log_level level, const char *room, const struct scope *sc, const char *msg,
              const struct log_field *fields)
{
    struct log_text t;

    if (!is_wanted(level))
        return;
    begin(&t, level, room, sc, msg);
    for (const struct log_field *f = fields; f && f->key; f++) {
        if (f->text)
            log_text_string(&t, f->key, f->text);
        else
            log_text_number(&t, f->key, f->number);
    }
    end(&t);
}

/* From the top folder on: where it was built is nobody's business. */
static const char *short_path(const char *file)
{
    const char *best = file;

    for (const char *at = strchr(file, '/'); at; at = strchr(at + 1, '/'))
        if (strncmp(at, "/server/", 8) == 0 || strncmp(at, "/tenants/", 9) == 0)
            best = at + 1;
    return best;
}

static void put_trail(struct log_text *t, const struct fault *f)
{
    if (!f->trail_len || !log_text_list_begin(t, "trail"))
        return;
    for (unsigned i = 0; i < f->trail_len; i++) {
        char place[192];

        snprintf(place, sizeof(place), "%s:%d", short_path(f->trail[i].file), f->trail[i].line);
        log_text_item(t, place);
    }
    log_text_list_end(t);
}

/* Names and codes of the input's faults; their texts could quote it. */
static void put_items(struct log_text *t, const struct fault *f)
{
    if (!f->item_count || !log_text_list_begin(t, "items"))
        return;
    for (const struct fault_item *i = f->items; i; i = i->next) {
        char text[192];

        snprintf(text, sizeof(text), "%s %s", i->pointer, i->code);
        log_text_item(t, text);
    }
    log_text_list_end(t);
}

static log_words *shown_by;

void log_words_set(log_words *shown)
{
    shown_by = shown;
}

/* The scope's arena is its own to write in, whoever looks at it. */
static void put_words(struct log_text *t, const struct scope *sc, const char *key, const char *said)
{
    if (said)
        log_text_string(t, key, shown_by ? shown_by((struct scope *)(uintptr_t)sc, said) : said);
}

void log_fault(enum log_level level, const char *room, const struct scope *sc, const char *msg)
{
    const struct fault *f = scope_fault(sc);
    struct log_text t;

    if (!is_wanted(level))
        return;
    begin(&t, level, room, sc, msg);
    log_text_string(&t, "err", err_info(f->code)->name);
    put_words(&t, sc, "message", f->message);
    put_words(&t, sc, "detail", f->detail);
    put_trail(&t, f);
    put_items(&t, f);
    end(&t);
}
