#include <string.h>

#include "main/ctl_int.h"

/* What a command takes, read from what its help says of it: what stands in no brackets must be given, " | " parts the
 * ways in which it is used, and "|--" options of which one will do.
 */
struct way {
    const struct ctl_args *args;
    const char *at, *end;
    const char *wanted; /* the first option or word that must be there and is not; NULL: none so far */
    size_t wanted_n;
    bool begun; /* one of its options was given */
};

bool ctl_option_known(const struct ctl_command *c, const char *name, size_t n)
{
    for (const char *at = strstr(c->takes, "--"); at; at = strstr(at + 2, "--"))
        if (strncmp(at + 2, name, n) == 0 && strchr(" ]=)|", at[2 + n]))
            return true;
    return false;
}

static size_t word_length(const struct way *w)
{
    size_t n = 0;

    while (w->at + n < w->end && w->at[n] != ' ')
        n++;
    return n;
}

static void want(struct way *w, const char *what, size_t n)
{
    if (w->wanted)
        return;
    w->wanted = what;
    w->wanted_n = n;
}

static bool given(struct way *w, const char *name, size_t n)
{
    for (unsigned i = 0; i < w->args->count; i++)
        if (strlen(w->args->options[i].name) == n - 2 && strncmp(w->args->options[i].name, name + 2, n - 2) == 0)
            return w->begun = true;
    return false;
}

/* An option and its value, and those that will do in its place. */
static void take_option(struct way *w)
{
    const char *first = w->at;
    size_t first_n = word_length(w);
    bool met = false;

    for (bool more = true; more;) {
        const char *other;
        size_t n = word_length(w);

        met |= given(w, w->at, n);
        w->at += n + (w->at + n < w->end);
        n = word_length(w);
        other = memmem(w->at, n, "|--", 3);
        w->at = other ? other + 1 : w->at + n;
        more = other != NULL;
    }
    if (!met)
        want(w, first, first_n);
}

static void take_way(struct way *w)
{
    while (w->at < w->end) {
        if (*w->at == ' ') {
            w->at++;
        } else if (*w->at == '[') {
            w->at = memchr(w->at, ']', (size_t)(w->end - w->at));
            w->at = w->at ? w->at + 1 : w->end;
        } else if (*w->at == '-') {
            take_option(w);
        } else {
            if (!w->args->word)
                want(w, w->at, word_length(w));
            w->at += word_length(w);
        }
    }
}

bool ctl_complete(const struct ctl_command *c, const struct ctl_args *a)
{
    struct way best = {0};

    for (const char *at = c->takes; at;) {
        const char *next = strstr(at, " | ");
        struct way w = {.args = a, .at = at, .end = next ? next : at + strlen(at)};

        take_way(&w);
        if (!w.wanted)
            return true;
        if (!best.wanted || (w.begun && !best.begun))
            best = w;
        at = next ? next + 3 : NULL;
    }
    fprintf(stderr, "%.*s is needed; the command takes\n  %s\n", (int)best.wanted_n, best.wanted, c->takes);
    return false;
}
