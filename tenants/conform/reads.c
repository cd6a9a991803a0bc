#include "conform/conform_int.h"

#include "base/must.h"

/* Questions: what they answer, whole and with each fault. */

static const struct doc *with(struct trial *t)
{
    return conform_plan(t, "with");
}

static struct outcome asks(struct trial *t)
{
    return conform_ask(t, with(t), NULL, false);
}

static const char *text_of(struct trial *t, const struct doc *d)
{
    struct buf b;

    buf_init(&b, t->sc->arena, (size_t)64 << 20);
    if (d)
        doc_write(&b, d);
    return buf_cstr(&b);
}

static void answers(struct trial *t)
{
    struct outcome o = asks(t);

    conform_ends(t, o, OK);
    if (o.e == OK && (!o.told.found || !o.told.value))
        conform_fails(t, "nothing was found");
}

static void the_same_twice(struct trial *t)
{
    struct outcome a = asks(t), b = asks(t);

    conform_ends(t, a, OK);
    conform_ends(t, b, OK);
    if (strcmp(text_of(t, a.told.value), text_of(t, b.told.value)) != 0)
        conform_fails(t, "two questions had two answers");
}

static void missing(struct trial *t)
{
    struct outcome o = conform_ask(t, conform_plan(t, "missing"), NULL, false);

    conform_ends(t, o, OK);
    if (o.e == OK && o.told.found)
        conform_fails(t, "something was found that is not there");
}

/* A fault of one answer, and whole again after it. */
static void faulty(struct trial *t, const char *fault, enum err wanted)
{
    conform_fault(t, fault);
    conform_ends(t, asks(t), wanted);
    standin_faults_end(t->s);
    conform_ends(t, asks(t), OK);
}

#define STATUS(name_, status_, wanted_)                                                                                \
    static void name_(struct trial *t)                                                                                 \
    {                                                                                                                  \
        faulty(t, "{\"kind\":\"status\",\"status\":" #status_ "}", wanted_);                                           \
    }

STATUS(too_often, 429, ERR_UPSTREAM_BUSY)
STATUS(fails, 500, ERR_UPSTREAM_UNKNOWN)
STATUS(bad_gateway, 502, ERR_UPSTREAM_UNKNOWN)
STATUS(unavailable, 503, ERR_UPSTREAM_UNKNOWN)
STATUS(gateway_late, 504, ERR_UPSTREAM_UNKNOWN)
STATUS(expired, 401, ERR_UPSTREAM_AUTH)

static void lost(struct trial *t)
{
    faulty(t, "{\"kind\":\"lose\"}", ERR_UPSTREAM_UNKNOWN);
}

static void slow(struct trial *t)
{
    conform_fault(t, "{\"kind\":\"delay\",\"ms\":150}");
    conform_ends(t, asks(t), OK);
}

static void one_in_three(struct trial *t)
{
    int well = 0;

    conform_fault(t, "{\"kind\":\"status\",\"status\":503,\"share\":0.33}");
    for (int i = 0; i < 12; i++) {
        struct outcome o = asks(t);

        if (o.e != OK && o.e != ERR_UPSTREAM_UNKNOWN)
            conform_fails(t, "it ended %s: %s", conform_err(o.e), o.words);
        well += o.e == OK;
    }
    if (well == 0)
        conform_fails(t, "none of twelve got through");
}

/* What no contract knows is held, and shown. */
static void drift(struct trial *t)
{
    faulty(t, "{\"kind\":\"break\",\"body\":{\"unexpected\":true}}", ERR_HOLD);
}

static void drift_of_kind(struct trial *t)
{
    faulty(t, "{\"kind\":\"break\",\"body\":42}", ERR_HOLD);
}

static void wrong_secrets(struct trial *t)
{
    const struct doc *right = t->secrets;

    t->secrets = doc_get(t->document, "wrong");
    conform_ends(t, asks(t), ERR_UPSTREAM_AUTH);
    t->secrets = right;
    conform_ends(t, asks(t), OK);
}

/* ---- what lies elsewhere ---- */

static void elsewhere(struct trial *t, const char *fault, enum err wanted)
{
    const char *route = doc_cstr(t->sc->arena, conform_plan(t, "elsewhere"));

    faulty(t, arena_f(t->sc->arena, "{\"route\":\"%s\",%s}", route, fault), wanted);
}

static void document_gone(struct trial *t)
{
    elsewhere(t, "\"kind\":\"status\",\"status\":403", ERR_UPSTREAM_UNKNOWN);
}

static void document_lost(struct trial *t)
{
    elsewhere(t, "\"kind\":\"lose\"", ERR_UPSTREAM_UNKNOWN);
}

static void document_broken(struct trial *t)
{
    elsewhere(t, "\"kind\":\"break\",\"body\":\"<html>\\n<p>expired\"", ERR_HOLD);
}

/* Whoever can name an address could have us call what only we reach, or hand our secrets to somebody. */
static void document_anywhere(struct trial *t)
{
    static const char *const urls[] = {"http://vendor.example/d", "ftp://127.0.0.1/d", "file:///etc/hosts",
                                       "http://127.0.0.1.vendor.example/d"};

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        conform_fault(t, arena_f(t->sc->arena,
                                 "{\"kind\":\"break\",\"body\":{\"feedDocumentId\":\"1\",\"reportDocumentId\":\"1\","
                                 "\"url\":\"%s\"}}",
                                 urls[i]));
        conform_ends(t, asks(t), ERR_HOLD);
        standin_faults_end(t->s);
    }
}

static void documents(struct trial *t)
{
    conform_scenario(t, "a document's address is gone: it is asked for again", document_gone);
    conform_scenario(t, "a document that does not come is asked for again", document_lost);
    conform_scenario(t, "a document that breaks its contract is held", document_broken);
    conform_scenario(t, "a document's address without TLS is not called", document_anywhere);
}

/* ---- lists ---- */

static void all_of_them(struct trial *t)
{
    struct outcome o = asks(t);
    int64_t wanted = conform_count(t, "total");

    conform_ends(t, o, OK);
    if (o.e == OK && (int64_t)doc_count(o.told.value) != wanted)
        conform_fails(t, "%zu items, not %lld", doc_count(o.told.value), (long long)wanted);
}

/* n more things than there are; each is found once. */
static void grown(struct trial *t, size_t n)
{
    int64_t before = conform_count(t, "total"), after;

    for (size_t i = 0; i < n; i++)
        if (standin_grow(t->sc, t->s, str_dup(t->sc->arena, doc_text(conform_plan(t, "of"))),
                         doc_text(conform_plan(t, "grow")), (int64_t)i + 1) != OK) {
            conform_fails(t, "the plan's \"grow\" makes nothing: %s", scope_fault(t->sc)->message);
            return;
        }
    after = conform_count(t, "total");
    if (after != before + (int64_t)n)
        conform_fails(
            t,
            "what \"grow\" makes is not what \"total\" counts: %lld and %zu are %lld; each needs a key of its own "
            "($i or $next), else it takes the other's place",
            (long long)before, n, (long long)after);
    all_of_them(t);
}

/* To the item: one less than so many pages, exactly, and one more. */
static void grown_to(struct trial *t, int pages, int more)
{
    int64_t told = manifest_page_size(manifest_of(t->c), t->operation), now = conform_count(t, "total");
    int64_t most = told > 0 ? told : 50, wanted = most * pages + more;

    if (wanted < now)
        wanted += (now - wanted + most - 1) / most * most;
    grown(t, (size_t)(wanted - now));
}

static void short_of_a_page(struct trial *t)
{
    grown_to(t, 1, -1);
}

static void a_page_exactly(struct trial *t)
{
    grown_to(t, 1, 0);
}

static void one_over_a_page(struct trial *t)
{
    grown_to(t, 1, 1);
}

static void three_pages(struct trial *t)
{
    grown_to(t, 3, 0);
}

static void none_twice(struct trial *t)
{
    struct outcome o;

    grown_to(t, 2, 3);
    o = asks(t);
    for (size_t i = 0; o.e == OK && i < doc_count(o.told.value); i++)
        for (size_t k = 0; k < i; k++)
            if (doc_equal(doc_at(o.told.value, i), doc_at(o.told.value, k))) {
                conform_fails(t, "item %zu is item %zu once more", i, k);
                return;
            }
}

static void broken_off(struct trial *t)
{
    grown_to(t, 2, 1);
    conform_fault(t, "{\"kind\":\"lose\",\"share\":0.5}");
    for (int i = 0; i < 6; i++) {
        struct outcome o = asks(t);

        if (o.e == OK && (int64_t)doc_count(o.told.value) != conform_count(t, "total"))
            conform_fails(t, "a list that broke off was taken for whole");
        if (o.e != OK && o.e != ERR_UPSTREAM_UNKNOWN)
            conform_fails(t, "it ended %s: %s", conform_err(o.e), o.words);
    }
}

static bool is_paged(const struct trial *t)
{
    const struct doc *operations = doc_get(manifest_document(manifest_of(t->c)), "operations");

    return doc_get(doc_get(operations, t->operation), "pages") != NULL;
}

static void lists(struct trial *t)
{
    conform_scenario(t, "a list has all there is", all_of_them);
    if (!conform_plan(t, "grow")) {
        if (is_paged(t)) /* else it comes whole, with what it belongs to */
            conform_skip(t, "pages", "conformance.json does not say how its collection grows");
        return;
    }
    conform_scenario(t, "one less than a page", short_of_a_page);
    conform_scenario(t, "a page exactly", a_page_exactly);
    conform_scenario(t, "one more than a page", one_over_a_page);
    conform_scenario(t, "three pages", three_pages);
    conform_scenario(t, "no item comes twice", none_twice);
    conform_scenario(t, "a list that breaks off is not taken for whole", broken_off);
}

void conform_reads(struct trial *t)
{
    conform_scenario(t, "it answers", answers);
    conform_scenario(t, "the same question has the same answer", the_same_twice);
    conform_scenario(t, "a slow answer is waited for", slow);
    conform_scenario(t, "429 is for later", too_often);
    conform_scenario(t, "500 is no answer", fails);
    conform_scenario(t, "502 is no answer", bad_gateway);
    conform_scenario(t, "503 is no answer", unavailable);
    conform_scenario(t, "504 is no answer", gateway_late);
    conform_scenario(t, "401 renews the credentials", expired);
    conform_scenario(t, "a lost answer is asked for again", lost);
    conform_scenario(t, "one failure in three", one_in_three);
    conform_scenario(t, "an answer that breaks its contract is held", drift);
    conform_scenario(t, "an answer of another kind is held", drift_of_kind);
    if (doc_get(t->document, "wrong"))
        conform_scenario(t, "wrong credentials are told", wrong_secrets);
    if (conform_plan(t, "missing"))
        conform_scenario(t, "what is not there is absent", missing);
    else if (t->one)
        conform_skip(t, "what is not there is absent", "conformance.json does not say what is missing");
    if (conform_plan(t, "elsewhere"))
        documents(t);
    if (conform_plan(t, "total"))
        lists(t);
}
