#include "sys/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/must.h"
#include "base/nearest.h"

#define PREFIX          "TENON_"
#define FILE_SUFFIX     "_FILE"
#define CONFIG_KEYS_MAX 128
#define SECRET_FILE_MAX 65536
#define FAULTS_MAX      16384

/* Written before there are threads, by config_load, and by tests. NULL: not set. */
static char *values[CONFIG_KEYS_MAX];

static int key_find(struct str name)
{
    for (int i = 0; config_keys[i].name; i++)
        if (str_is(name, config_keys[i].name))
            return i;
    return -1;
}

/* "REDIS_URL_FILE" names a file that holds REDIS_URL. */
static int key_find_by_file(struct str name)
{
    size_t n = strlen(FILE_SUFFIX);
    int key;

    if (name.n <= n || memcmp(name.p + name.n - n, FILE_SUFFIX, n) != 0)
        return -1;
    key = key_find((struct str){name.p, name.n - n});
    return key >= 0 && config_keys[key].kind == CONFIG_TEXT ? key : -1;
}

/* However far it is. */
static const char *nearest(struct str name)
{
    struct str cut = {name.p, name.n < NEAREST_TEXT_MAX ? name.n : NEAREST_TEXT_MAX};
    size_t least = SIZE_MAX;
    const char *best = NULL;

    for (int i = 0; config_keys[i].name; i++) {
        size_t d = text_distance(cut, str_of(config_keys[i].name), NEAREST_TEXT_MAX);

        if (d < least) {
            least = d;
            best = config_keys[i].name;
        }
    }
    return best;
}

static bool int_parse(const char *text, int64_t *out)
{
    char *end;
    long long v;

    errno = 0;
    v = strtoll(text, &end, 10);
    if (end == text || *end || errno || text[0] == ' ')
        return false;
    *out = v;
    return true;
}

static bool bool_parse(const char *text, bool *out)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static void fault_start(struct buf *faults)
{
    if (faults->n)
        buf_s(faults, "; ");
}

/* Never repeats a value: it may be a secret that stands in the wrong place. */
static bool value_check(const struct config_key *k, const char *value, struct buf *faults)
{
    size_t at = faults->n;
    int64_t number;
    bool truth;

    fault_start(faults);
    if (k->kind == CONFIG_INT && (!int_parse(value, &number) || number < k->min || number > k->max))
        buf_f(faults, PREFIX "%s must be a whole number from %lld to %lld", k->name, (long long)k->min,
              (long long)k->max);
    else if (k->kind == CONFIG_BOOL && !bool_parse(value, &truth))
        buf_f(faults, PREFIX "%s must be true or false", k->name);
    else if (k->kind == CONFIG_TEXT && *value && (int64_t)strlen(value) > k->max)
        buf_f(faults, PREFIX "%s is longer than %lld characters", k->name, (long long)k->max);
    else if (k->kind == CONFIG_FILE && *value && access(value, R_OK) != 0)
        buf_f(faults, PREFIX "%s names a file that cannot be read: %s", k->name, strerror(errno));
    else {
        faults->n = at;
        return true;
    }
    return false;
}

/* The file's octets without the line's end; NULL when it cannot be read, is empty, or is no short text. */
static char *secret_read(struct arena *a, const char *path)
{
    char *text = arena_alloc(a, SECRET_FILE_MAX + 1);
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f)
        return NULL;
    n = fread(text, 1, SECRET_FILE_MAX + 1, f);
    if (ferror(f) || n > SECRET_FILE_MAX || memchr(text, 0, n))
        n = 0;
    fclose(f);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    text[n] = 0;
    return n ? text : NULL;
}

static void take_one(struct arena *a, struct str name, const char *value, const char **found, struct buf *faults)
{
    int key = key_find(name);
    bool from_file = false;

    if (key < 0) {
        key = key_find_by_file(name);
        from_file = key >= 0;
    }
    if (key < 0) {
        fault_start(faults);
        buf_f(faults, PREFIX "%.*s is not known; did you mean " PREFIX "%s", (int)name.n, name.p, nearest(name));
        return;
    }
    if (from_file && !(value = secret_read(a, value))) {
        fault_start(faults);
        buf_f(faults, PREFIX "%.*s names a file that cannot be read", (int)name.n, name.p);
        return;
    }
    if (found[key]) {
        fault_start(faults);
        buf_f(faults, PREFIX "%s is set twice", config_keys[key].name);
        return;
    }
    if (value_check(&config_keys[key], value, faults))
        found[key] = value;
}

static void value_keep(int key, const char *value)
{
    free(values[key]);
    values[key] = value ? strdup(value) : NULL;
    if (value && !values[key])
        out_of_memory();
}

enum err config_load(struct scope *sc, char **environ_)
{
    const char *found[CONFIG_KEYS_MAX] = {0};
    struct buf faults;

    buf_init(&faults, sc->arena, FAULTS_MAX);
    for (char **e = environ_; *e; e++) {
        const char *equals = strchr(*e, '=');
        const char *name = *e + strlen(PREFIX);

        if (equals && strncmp(*e, PREFIX, strlen(PREFIX)) == 0)
            take_one(sc->arena, (struct str){name, (size_t)(equals - name)}, equals + 1, found, &faults);
    }
    if (faults.n || faults.full)
        return FAIL(sc, ERR_INVALID, "%.*s", (int)faults.n, faults.p);
    for (int i = 0; config_keys[i].name; i++)
        value_keep(i, found[i]);
    return OK;
}

void config_forget(const char *name)
{
    int key = key_find(str_of(name));

    MUST_BE(key >= 0);
    if (values[key])
        explicit_bzero(values[key], strlen(values[key]));
    value_keep(key, NULL);
}

enum err config_set(struct scope *sc, const char *name, const char *value)
{
    const char *found[CONFIG_KEYS_MAX] = {0};
    struct buf faults;

    buf_init(&faults, sc->arena, FAULTS_MAX);
    take_one(sc->arena, str_of(name), value, found, &faults);
    if (faults.n || faults.full)
        return FAIL(sc, ERR_INVALID, "%.*s", (int)faults.n, faults.p);
    for (int i = 0; config_keys[i].name; i++)
        if (found[i])
            value_keep(i, found[i]);
    return OK;
}

static const char *value_of(const char *name, unsigned kinds)
{
    int key = key_find(str_of(name));

    MUST_BE(key >= 0 && key < CONFIG_KEYS_MAX && (kinds >> config_keys[key].kind & 1));
    if (!values[key])
        return config_keys[key].fallback;
    return *values[key] || config_keys[key].fallback ? values[key] : NULL;
}

const char *config_text(const char *name)
{
    return value_of(name, 1u << CONFIG_TEXT | 1u << CONFIG_FILE);
}

int64_t config_int(const char *name)
{
    int64_t v = 0;

    MUST_BE(int_parse(value_of(name, 1u << CONFIG_INT), &v));
    return v;
}

bool config_bool(const char *name)
{
    bool v = false;

    MUST_BE(bool_parse(value_of(name, 1u << CONFIG_BOOL), &v));
    return v;
}

void config_write(struct buf *out)
{
    static const char *const kinds[] = {"text", "number", "true/false", "file"};

    for (const struct config_key *k = config_keys; k->name; k++)
        buf_f(out, PREFIX "%-24s %-10s  %-18s  %s\n", k->name, kinds[k->kind],
              !k->fallback   ? "-"
              : *k->fallback ? k->fallback
                             : "(empty)",
              k->meaning);
}
