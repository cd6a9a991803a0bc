#include "conform/conform_int.h"

#include "base/must.h"

/* Changes: made once, whatever happens to the answer. */

static struct outcome makes(struct trial *t)
{
    return conform_ask(t, conform_plan(t, "with"), NULL, false);
}

static void made(struct trial *t, int64_t times)
{
    int64_t n = conform_count(t, "made");

    if (n != times)
        conform_fails(t, "it was made %lld times, not %lld", (long long)n, (long long)times);
}

/* What the ledger does about a change of which it does not know whether it was made. */
static struct outcome settle(struct trial *t)
{
    struct outcome o;

    if (t->op.again == AGAIN_UPSERT || t->op.again == AGAIN_KEY)
        return makes(t);
    o = conform_ask(t, conform_plan(t, "with"), NULL, true);
    if (o.e == OK && !o.told.found)
        return makes(t);
    return o;
}

static bool settles(const struct trial *t)
{
    return t->op.again != AGAIN_NONE;
}

static void made_once(struct trial *t)
{
    struct outcome o;

    made(t, 0);
    o = makes(t);
    conform_ends(t, o, OK);
    made(t, 1);
    if (conform_plan(t, "ref") && o.e == OK && !*o.told.ref)
        conform_fails(t, "what it is called there was not read");
}

static void made_twice(struct trial *t)
{
    conform_ends(t, makes(t), OK);
    conform_ends(t, settle(t), OK);
    made(t, 1);
}

static void probe_before(struct trial *t)
{
    struct outcome o = conform_ask(t, conform_plan(t, "with"), NULL, true);

    conform_ends(t, o, OK);
    if (o.e == OK && o.told.found)
        conform_fails(t, "it was found before it was made");
    made(t, 0);
}

static void probe_after(struct trial *t)
{
    struct outcome first = makes(t), o = conform_ask(t, conform_plan(t, "with"), NULL, true);

    conform_ends(t, o, OK);
    if (o.e == OK && !o.told.found)
        conform_fails(t, "it was not found after it was made");
    else if (*first.told.ref && strcmp(first.told.ref, o.told.ref) != 0)
        conform_fails(t, "it is called %s when it is made and %s when it is found", first.told.ref, o.told.ref);
    made(t, 1);
}

/* Nothing was done, and is done when it is tried again. */
static void refused_for_now(struct trial *t, int status, enum err wanted)
{
    conform_fault(t, arena_f(t->sc->arena, "{\"kind\":\"status\",\"status\":%d}", status));
    conform_ends(t, makes(t), wanted);
    made(t, 0);
    standin_faults_end(t->s);
    conform_ends(t, settles(t) ? settle(t) : makes(t), OK);
    made(t, 1);
}

#define STATUS(name_, status_, wanted_)                                                                                \
    static void name_(struct trial *t)                                                                                 \
    {                                                                                                                  \
        refused_for_now(t, status_, wanted_);                                                                          \
    }

STATUS(too_often, 429, ERR_UPSTREAM_BUSY)
STATUS(fails, 500, ERR_UPSTREAM_UNKNOWN)
STATUS(bad_gateway, 502, ERR_UPSTREAM_UNKNOWN)
STATUS(unavailable, 503, ERR_UPSTREAM_UNKNOWN)
STATUS(gateway_late, 504, ERR_UPSTREAM_UNKNOWN)
STATUS(expired, 401, ERR_UPSTREAM_AUTH)

static void unknown(struct trial *t, const char *fault)
{
    conform_fault(t, fault);
    conform_ends(t, makes(t), ERR_UPSTREAM_UNKNOWN);
    standin_faults_end(t->s);
    made(t, 1);
    if (settles(t))
        conform_ends(t, settle(t), OK);
    made(t, 1);
}

static void lost(struct trial *t)
{
    unknown(t, "{\"kind\":\"lose\"}");
}

static void drift(struct trial *t)
{
    struct outcome o;

    conform_fault(t, "{\"kind\":\"break\",\"body\":{\"unexpected\":true}}");
    o = makes(t);
    if (o.e != ERR_UPSTREAM_UNKNOWN && !(o.e == OK && !conform_plan(t, "ref")))
        conform_fails(t, "it ended %s: %s", conform_err(o.e), o.words);
    standin_faults_end(t->s);
    if (settles(t))
        conform_ends(t, settle(t), OK);
    made(t, 1);
}

static void lost_again_and_again(struct trial *t)
{
    struct outcome o = {.e = ERR_UPSTREAM_UNKNOWN};

    conform_fault(t, "{\"kind\":\"lose\",\"times\":3}");
    for (int i = 0; i < 8 && o.e == ERR_UPSTREAM_UNKNOWN; i++)
        o = i ? settle(t) : makes(t);
    conform_ends(t, o, OK);
    made(t, 1);
}

static void refused(struct trial *t)
{
    struct outcome o = conform_ask(t, conform_plan(t, "refused"), NULL, false);

    conform_ends(t, o, ERR_UPSTREAM_NO);
    if (o.e == ERR_UPSTREAM_NO && strncmp(o.words, "answered ", 9) == 0 && !strchr(o.words, ':'))
        conform_fails(t, "the vendor's own words are not told: %s", o.words);
    made(t, 0);
}

static void wrong_secrets(struct trial *t)
{
    const struct doc *right = t->secrets;

    t->secrets = doc_get(t->document, "wrong");
    conform_ends(t, makes(t), ERR_UPSTREAM_AUTH);
    t->secrets = right;
    made(t, 0);
}

static void slow(struct trial *t)
{
    conform_fault(t, "{\"kind\":\"delay\",\"ms\":150}");
    conform_ends(t, makes(t), OK);
    made(t, 1);
}

/* Its document goes elsewhere before: what happens there leaves nothing done. */
static void not_handed_over(struct trial *t, const char *fault)
{
    const char *route = doc_cstr(t->sc->arena, conform_plan(t, "handed"));

    conform_fault(t, arena_f(t->sc->arena, "{\"route\":\"%s\",%s}", route, fault));
    conform_ends(t, makes(t), ERR_UPSTREAM_BUSY);
    made(t, 0);
    standin_faults_end(t->s);
    conform_ends(t, makes(t), OK);
    made(t, 1);
}

static void place_gone(struct trial *t)
{
    not_handed_over(t, "\"kind\":\"status\",\"status\":403");
}

static void place_fails(struct trial *t)
{
    not_handed_over(t, "\"kind\":\"status\",\"status\":500");
}

static void place_lost(struct trial *t)
{
    not_handed_over(t, "\"kind\":\"lose\"");
}

static void handed_over(struct trial *t)
{
    conform_scenario(t, "the address of its document is gone: nothing is done, and later it is", place_gone);
    conform_scenario(t, "where its document goes fails: nothing is done, and later it is", place_fails);
    conform_scenario(t, "no answer from where its document goes: nothing is done, and later it is", place_lost);
}

void conform_changes(struct trial *t)
{
    conform_scenario(t, "a change is made once", made_once);
    conform_scenario(t, "a slow answer is waited for", slow);
    conform_scenario(t, "429: nothing is done, and later it is", too_often);
    conform_scenario(t, "500: made once in the end", fails);
    conform_scenario(t, "502: made once in the end", bad_gateway);
    conform_scenario(t, "503: made once in the end", unavailable);
    conform_scenario(t, "504: made once in the end", gateway_late);
    conform_scenario(t, "401: nothing is done, and with new credentials it is", expired);
    conform_scenario(t, "a lost answer: made once", lost);
    conform_scenario(t, "an answer that breaks its contract: made once", drift);
    if (settles(t)) {
        conform_scenario(t, "the same change twice: made once", made_twice);
        conform_scenario(t, "answers lost again and again: made once", lost_again_and_again);
    }
    if (t->op.again == AGAIN_PROBE) {
        conform_scenario(t, "what was not made is not found", probe_before);
        conform_scenario(t, "what was made is found, under its name", probe_after);
    }
    if (conform_plan(t, "handed"))
        handed_over(t);
    if (conform_plan(t, "refused"))
        conform_scenario(t, "what is refused is not made, and the vendor's words are told", refused);
    else
        conform_skip(t, "what is refused is not made, and the vendor's words are told",
                     "conformance.json does not say what is refused");
    if (doc_get(t->document, "wrong"))
        conform_scenario(t, "wrong credentials: nothing is made", wrong_secrets);
}
