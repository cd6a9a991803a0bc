#include "unit/tenants/manifest/manifest_kit.h"

/* What is handed over before a change, and what an answer says lies elsewhere. */

#define GET(answer)                                                                                                    \
    "{\"doc.get\":{\"title\":\"d\",\"request\":{\"method\":\"GET\",\"path\":\"d\"},\"answer\":" answer "}}"
#define ROWS "\"kind\":\"rows\",\"rows\":{\"format\":\"csv\",\"delimiter\":\"\\t\",\"quote\":\"\"}"
#define FEED                                                                                                           \
    "{\"place.make\":{\"title\":\"p\",\"request\":{\"method\":\"POST\",\"path\":\"p\"},\"again\":{\"kind\":"           \
    "\"upsert\"}},\"feed.make\":{\"title\":\"f\",\"upload\":{\"operation\":\"place.make\",\"with\":\"{'kind': "        \
    "kind}\","                                                                                                         \
    "\"url\":\"url\",\"type\":\"application/json\",\"body\":\"{'skus': skus}\"},"                                      \
    "\"request\":{\"method\":\"POST\",\"path\":\"f\",\"body\":\"{'document': $place.id}\"},"                           \
    "\"again\":{\"kind\":\"none\"}}}"

static const struct ask asked = {.operation = "doc.get"};

/* Where the document is said to be; the error's problem and its words otherwise. */
static const char *told_at(const struct erp_site *s, const char *body)
{
    struct http_reply reply = {.status = 200, .body = str_of(body)};
    struct told t;
    enum err e;

    scope_clear(test_scope());
    e = s->connector->named->read(test_scope(), s, &asked, &reply, &t);
    if (e != OK)
        return arena_f(test_scope()->arena, "%s: %s", err_info(e)->problem, scope_fault(test_scope())->message);
    return arena_f(test_scope()->arena, "%s%s", t.elsewhere ? t.elsewhere : "here", t.packed ? " packed" : "");
}

/* As it comes with a Content-Type, if any. */
static const char *typed(const struct erp_site *s, const char *type, struct str text)
{
    struct http_header header = {"content-type", type};
    struct http_reply reply = {.status = 200},
                      whole = {.status = 200, .body = text, .headers = &header, .header_count = type ? 1 : 0};
    struct told t;
    struct buf b;
    enum err e;

    scope_clear(test_scope());
    buf_init(&b, test_scope()->arena, 10000);
    e = s->connector->named->document_read(test_scope(), s, &asked, &reply, &whole, &t);
    if (e != OK)
        return arena_f(test_scope()->arena, "%s: %s", err_info(e)->problem, scope_fault(test_scope())->message);
    doc_write(&b, t.value);
    return t.elsewhere ? "still elsewhere" : buf_cstr(&b);
}

static const char *document(const struct erp_site *s, const char *text)
{
    return typed(s, NULL, str_of(text));
}

TEST(an_answer_says_where_the_document_is)
{
    const struct erp_site *s =
        kit_site(GET("{\"document\":{\"url\":\"url\",\"gzip\":\"packing = 'GZIP'\"},\"must\":\"$exists(a)\"}"));

    CHECK_STR(told_at(s, "{\"url\":\"https://x.example/1\"}"), "https://x.example/1");
    CHECK_STR(told_at(s, "{\"url\":\"https://x.example/1\",\"packing\":\"GZIP\"}"), "https://x.example/1 packed");
    CHECK_STR(told_at(s, "{\"url\":7}"),
              "held: the answer to doc.get does not say where the document is: it is no text");
    CHECK_STR(document(s, "{\"a\":1}"), "{\"a\":1}"); /* what must hold, holds of the document */
    CHECK_STR(document(s, "{\"b\":1}"),
              "held: the answer to doc.get (200) is not what \"Acme\" promises: what it must hold does not hold");
    CHECK(strstr(document(s, "<html>"), "held: the document of doc.get is not what \"Acme\" promises"));
}

TEST(a_table_is_read_row_by_row)
{
    const struct erp_site *s = kit_site(GET("{\"document\":{\"url\":\"url\"," ROWS "},\"items\":\"$.sku\"}"));

    CHECK_STR(document(s, "sku\tname\nA-1\tJacket \"M\"\nA-2\t\n"), "[\"A-1\",\"A-2\"]");
    CHECK_STR(document(s, "sku\tname\n"), "[]");
    CHECK(strstr(document(s, "sku\tname\nA-1\tx\ty\n"), "held: the document of doc.get"));
}

TEST(a_table_is_written_as_its_answer_says)
{
    const struct erp_site *s = kit_site(GET("{\"document\":{\"url\":\"url\"," ROWS "},\"items\":\"$.name\"}"));
    struct str caf = STR("sku\tname\nA\tCaf\xe9 \x80\n"), utf8 = STR("sku\tname\nA\tCaf\xc3\xa9\n");
    static const char le[] = "\xff\xfes\0k\0u\0\t\0n\0a\0m\0e\0\n\0A\0\t\0\xe9\0\n";

    CHECK_STR(typed(s, "text/tab-separated-values; charset=Windows-1252", caf), "[\"Caf\xc3\xa9 \xe2\x82\xac\"]");
    CHECK_STR(typed(s, "text/plain;a=b; charset=\"CP1252\"", caf), "[\"Caf\xc3\xa9 \xe2\x82\xac\"]");
    CHECK_STR(typed(s, "text/plain;charset=ISO-8859-1", caf), "[\"Caf\xc3\xa9 \xc2\x80\"]");
    CHECK_STR(typed(s, "text/plain;charset=UTF-8", utf8), "[\"Caf\xc3\xa9\"]");
    CHECK_STR(typed(s, "text/plain", utf8), "[\"Caf\xc3\xa9\"]");
    CHECK_STR(typed(s, "text/plain; charset=utf-16", (struct str){le, sizeof(le)}), "[\"\xc3\xa9\"]");
    CHECK(strstr(typed(s, "text/plain; charset=utf-8", caf), "held: the document of doc.get")); /* it is none */
    CHECK_STR(typed(s, "text/plain; charset=utf-16", caf),
              "held: the document of doc.get is said to be written in \"utf-16\"; utf-8, iso-8859-1, windows-1252 and "
              "utf-16 are read");
    CHECK_STR(typed(s, "text/plain; charset=Shift_JIS", utf8),
              "held: the document of doc.get is said to be written in \"shift_jis\"; utf-8, iso-8859-1, windows-1252 "
              "and utf-16 are read");
}

TEST(what_its_answer_says_counts_more_than_the_format)
{
    const struct erp_site *s =
        kit_site(GET("{\"document\":{\"url\":\"url\",\"kind\":\"rows\",\"rows\":{\"format\":\"csv\",\"encoding\":"
                     "\"iso-8859-1\"}},\"items\":\"$.n\"}"));

    CHECK_STR(typed(s, "text/csv", STR("n\n\xe9\n")), "[\"\xc3\xa9\"]");
    CHECK_STR(typed(s, "text/csv; charset=utf-8", STR("n\n\xc3\xa9\n")), "[\"\xc3\xa9\"]");
}

TEST(a_table_of_too_many_rows_is_held)
{
    const struct erp_site *s = kit_site(GET("{\"document\":{\"url\":\"url\"," ROWS "},\"items\":\"$\"}"));
    struct buf b;

    buf_init(&b, test_scope()->arena, 100000);
    buf_s(&b, "a\tb\n");
    for (int i = 0; i <= 10000; i++)
        buf_s(&b, "1\t2\n");
    CHECK_STR(document(s, buf_cstr(&b)),
              "held: the document of doc.get is not what \"Acme\" promises: it has more than 10000 rows");
}

TEST(a_document_is_made_of_what_goes_along_and_goes_without_credentials)
{
    struct erp_site *s = kit_site(FEED);
    const struct doc *with = kit_doc("{\"kind\":\"stock\",\"skus\":[\"A\"]}");
    struct ask ask = {.operation = "feed.make", .with = with}, first;
    struct http_call call;

    s->session = "Key secret";
    CHECK(s->connector->named->upload(test_scope(), s, &ask, &first));
    CHECK_STR(first.operation, "place.make");
    CHECK_STR(doc_cstr(test_scope()->arena, doc_get(first.with, "kind")), "stock");
    CHECK_OK(
        s->connector->named->upload_build(test_scope(), s, &ask, kit_doc("{\"url\":\"https://x.example/p\"}"), &call));
    CHECK_STR(call.method, "PUT");
    CHECK_STR(call.url, "https://x.example/p");
    CHECK_STR(str_dup(test_scope()->arena, call.body), "{\"skus\":[\"A\"]}");
    CHECK(!call.authorization && call.header_count == 0);
    CHECK_ERR(s->connector->named->upload_build(test_scope(), s, &ask, kit_doc("{}"), &call), ERR_HOLD);
    scope_clear(test_scope());
    ask.place = kit_doc("{\"id\":\"d-1\"}");
    CHECK_STR(kit_sent(s, &ask), "POST https://acme.example/f {\"document\":\"d-1\"}");
    ask.operation = "place.make";
    CHECK(!s->connector->named->upload(test_scope(), s, &ask, &first));
}

TEST(documents_that_cannot_be_are_named)
{
    CHECK_STR(
        kit_faults("{" KIT_HEAD KIT_AUTH "\"operations\":" GET("{\"document\":{\"kind\":\"rows\",\"url\":\"u\"}}") "}"),
        "/operations/doc.get/answer/document/rows required");
    CHECK_STR(kit_faults("{" KIT_HEAD KIT_AUTH "\"operations\":" GET(
                  "{\"document\":{\"url\":\"u\",\"kind\":\"rows\",\"rows\":{\"format\":\"csv\","
                  "\"colour\":1}}}") "}"),
              "/operations/doc.get/answer/document/rows/colour unknown_member");
    CHECK_STR(kit_faults("{" KIT_HEAD KIT_AUTH
                         "\"operations\":{\"x.get\":{\"title\":\"x\",\"request\":{\"method\":\"GET\"},"
                         "\"upload\":{\"operation\":\"y\",\"url\":\"u\",\"type\":\"t\",\"body\":\"1\"}}}}"),
              "/operations/x.get/upload not_allowed\n/operations/x.get/upload/operation not_found");
}
