#include <stdio.h>
#include <string.h>

#include "base/timefmt.h"
#include "why/why_int.h"

/* Sentences: how those of the worker are recognised, and how ours are made. */

#define REASON_SHOWN   300 /* octets */
#define SENTENCE_MAX   2000
#define TEMPLATE_NAMES 26

bool why_matches(const char *pattern, const char *text, struct str *out)
{
    const char *star = strchr(pattern, '*');
    size_t head = star ? (size_t)(star - pattern) : strlen(pattern);
    size_t length = strlen(text);

    if (length < head || memcmp(pattern, text, head) != 0)
        return false;
    if (!star)
        return length == head;
    text += head;
    if (!star[1]) {
        out[0] = str_of(text);
        return true;
    }
    for (size_t n = 0; text[n]; n++)
        if (why_matches(star + 1, text + n, out + 1)) {
            out[0] = (struct str){text, n};
            return true;
        }
    return false;
}

static const char *at(struct arena *a, int64_t us)
{
    char text[TIME_TEXT_MAX];

    if (us == INT64_MIN)
        return "a time that is not known";
    time_format(us - us % 1000000, text);
    return arena_strdup(a, text);
}

/* What somebody else's system is called. */
static const char *system_words(struct arena *a, const struct why_facts *f)
{
    const char *name = f->effect_system ? f->effect_system : f->destination;

    return name ? arena_f(a, "\"%s\"", name) : "the outside system";
}

static const char *more_words(struct arena *a, int64_t all, const char *one, const char *many)
{
    if (all < 2)
        return "";
    return arena_f(a, " (and %lld more %s)", (long long)all - 1, all == 2 ? one : many);
}

static const char *because(struct arena *a, const char *why)
{
    return why && *why ? arena_f(a, ": %s", why) : "";
}

static const char *number(struct arena *a, int64_t n)
{
    return arena_f(a, "%lld", (long long)n);
}

static const char *fact(struct arena *a, const struct why_facts *f, struct str name)
{
    const char *reason = why_reason(f);
    const struct {
        const char *name, *value;
    } all[TEMPLATE_NAMES] = {{"it", f->it},
                             {"reason", reason ? arena_cut(a, reason, REASON_SHOWN) : "nothing was said"},
                             {"customer", f->customer},
                             {"source", f->source},
                             {"source_why", because(a, f->source_reason)},
                             {"destination", f->destination},
                             {"destination_why", because(a, f->destination_reason)},
                             {"paused", f->paused},
                             {"paused_why", because(a, f->paused_reason)},
                             {"system", system_words(a, f)},
                             {"flow", f->flow},
                             {"mapping", f->mapping},
                             {"table", f->table},
                             {"word", f->word},
                             {"words", more_words(a, f->words, "word", "words")},
                             {"path", f->path},
                             {"cases", more_words(a, f->cases, "case", "cases")},
                             {"operation", f->operation},
                             {"tries", number(a, f->attempts)},
                             {"run", at(a, f->run_us)},
                             {"sent", at(a, f->sent_us)},
                             {"heard", at(a, f->heard_us)},
                             {"drained", at(a, f->drained_us)},
                             {"effect_reason", f->effect_reason},
                             {"document", f->document},
                             {"document_said", because(a, f->document_said)}};

    for (size_t i = 0; i < TEMPLATE_NAMES; i++)
        if (str_is(name, all[i].name))
            return all[i].value ? all[i].value : "";
    if (str_is(name, "number"))
        return f->external_number ? f->external_number : "without a number";
    return str_is(name, "crashes") ? number(a, f->crashes) : "";
}

const char *why_words(struct arena *a, const struct why_facts *f, const struct str stars[WHY_STARS_MAX],
                      const char *template)
{
    struct buf b;

    buf_init(&b, a, SENTENCE_MAX);
    for (const char *p = template; *p;) {
        size_t plain = strcspn(p, "{");
        const char *end = strchr(p + plain, '}');

        buf_add(&b, p, plain);
        p += plain;
        if (!end)
            break;
        if (p[1] >= '1' && p[1] < '1' + WHY_STARS_MAX && end == p + 2)
            buf_add(&b, stars[p[1] - '1'].p, stars[p[1] - '1'].n);
        else
            buf_s(&b, fact(a, f, (struct str){p + 1, (size_t)(end - p - 1)}));
        p = end + 1;
    }
    return buf_cstr(&b);
}
