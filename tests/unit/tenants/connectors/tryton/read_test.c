#include "connectors/tryton/tryton_int.h"
#include "kit/test.h"

static struct erp_out out;

static enum err answer(enum erp_op op, int status, const char *body)
{
    struct scope *sc = test_scope();
    struct http_reply reply = {status, str_of(body)};
    struct erp_in in = {0};

    scope_clear(sc);
    out = (struct erp_out){0};
    return tryton_read(sc, op, &in, &reply, &out);
}

static const char *said(void)
{
    return scope_fault(test_scope())->message;
}

TEST(a_login_gives_the_session)
{
    CHECK_OK(answer(ERP_LOGIN, 200, "{\"id\":1,\"result\":[2,\"713a3ebe\"]}"));
    CHECK_STR(out.session, "2:713a3ebe");
    CHECK_ERR(answer(ERP_LOGIN, 200, "{\"id\":1,\"result\":null}"), ERR_UPSTREAM_AUTH);
    CHECK_ERR(answer(ERP_LOGIN, 401, "<!doctype html>"), ERR_UPSTREAM_AUTH);
}

TEST(an_ended_session_asks_for_a_new_login)
{
    CHECK_ERR(answer(ERP_SALE_READ, 401, ""), ERR_UPSTREAM_AUTH);
    CHECK_ERR(answer(ERP_SALE_CREATE, 401, ""), ERR_UPSTREAM_AUTH);
}

TEST(a_locked_out_user_waits_a_minute)
{
    CHECK_ERR(answer(ERP_LOGIN, 429, ""), ERR_UPSTREAM_AUTH);
    CHECK_INT(scope_fault(test_scope())->retry_after_s, 60);
    CHECK_ERR(answer(ERP_SALE_CREATE, 429, ""), ERR_UPSTREAM_BUSY);
    CHECK_INT(scope_fault(test_scope())->retry_after_s, 60);
}

TEST(a_method_that_may_not_be_called_is_refused_for_good)
{
    CHECK_ERR(answer(ERP_SALE_CREATE, 403, "<!doctype html>"), ERR_UPSTREAM_NO);
    CHECK_STR(said(), "the ERP's user may not do that");
}

TEST(a_users_error_is_the_vendors_sentence)
{
    CHECK_ERR(
        answer(ERP_SALE_CREATE, 200,
               "{\"id\":8,\"error\":[\"UserError\",[\"A value is required for field \\\"Party\\\" in \\\"Sale\\\".\","
               "\"\",null]]}"),
        ERR_UPSTREAM_NO);
    CHECK_STR(said(), "the ERP refused: A value is required for field \"Party\" in \"Sale\".");
    CHECK_ERR(answer(ERP_SALE_CONFIRM, 200, "{\"id\":9,\"error\":[\"UserWarning\",[\"NAME\",\"MESSAGE\",\"\"]]}"),
              ERR_UPSTREAM_NO);
    CHECK_STR(said(), "the ERP refused: MESSAGE");
    CHECK_ERR(answer(ERP_SALE_CONFIRM, 200, "{\"id\":9,\"error\":[\"UserError\"]}"), ERR_UPSTREAM_NO);
}

TEST(a_lock_or_a_concurrent_change_comes_back_later)
{
    static const char *const errors[] = {
        "[\"ConcurrencyException\",\"Records were modified in the meanwhile\"]",
        "[\"could not obtain lock on row in relation \\\"ir_sequence_strict\\\"\\n\",\"\"]",
        "[\"could not serialize access due to concurrent update\\n\",\"\"]",
        "[\"deadlock detected\\nDETAIL:  Process 1 waits\\n\",\"\"]",
    };

    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        CHECK_ERR(answer(ERP_SALE_CREATE, 200, arena_f(test_scope()->arena, "{\"id\":9,\"error\":%s}", errors[i])),
                  ERR_UPSTREAM_BUSY);
        CHECK_STR(said(), "the ERP was busy with the same record");
    }
}

/* Its commit, and what it does after, can raise as well: the error says nothing of what was done. */
TEST(an_exception_inside_tells_nothing_of_a_change_and_only_its_first_line_is_shown)
{
    static const char *const errors[] = {
        "[\"'nope'\",\"\"]", "[\"server closed the connection unexpectedly\\n\\tThis probably means\",\"\"]",
        "[\"terminating connection due to administrator command\\n\",\"\"]",
        "[\"a sentence with could not obtain lock in it\",\"\"]", "[]"};

    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        const char *body = arena_f(test_scope()->arena, "{\"id\":9,\"error\":%s}", errors[i]);

        CHECK_ERR(answer(ERP_SALE_CREATE, 200, body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_SALE_CONFIRM, 200, body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_SALE_FIND, 200, body), ERR_UPSTREAM_BUSY);
    }
    CHECK_ERR(
        answer(ERP_SALE_CREATE, 200,
               "{\"id\":1,\"error\":[\"violates foreign key constraint\\nDETAIL:  Key (currency)=(0)\\n\",\"\"]}"),
        ERR_UPSTREAM_UNKNOWN);
    CHECK_STR(said(), "the ERP answered an error of its own: violates foreign key constraint");
}

TEST(a_long_sentence_is_cut_between_characters)
{
    struct scope *sc = test_scope();
    struct buf b;

    buf_init(&b, sc->arena, 4096);
    buf_s(&b, "{\"error\":[\"UserError\",[\"x");
    for (int i = 0; i < 300; i++)
        buf_s(&b, "é");
    buf_s(&b, "\"]]}");
    CHECK_ERR(answer(ERP_SALE_CREATE, 200, buf_cstr(&b)), ERR_UPSTREAM_NO);
    CHECK_INT(strlen(said()), strlen("the ERP refused: x") + 2 * 199);
}

TEST(what_cannot_be_told_is_unknown_for_changes_and_repeated_for_reads)
{
    static const struct {
        int status;
        const char *body;
    } unclear[] = {{500, ""},       {502, "<html>"},     {503, ""},
                   {404, ""},       {200, ""},           {200, "{\"id\":1,\"result\":[1"},
                   {200, "<html>"}, {200, "{}"},         {200, "null"},
                   {200, "[1]"},    {200, "{\"id\":1}"}, {200, "{\"id\":1,\"error\":\"text\"}"}};

    for (size_t i = 0; i < ARRAY_LEN(unclear); i++) {
        CHECK_ERR(answer(ERP_PARTY_CREATE, unclear[i].status, unclear[i].body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_PRODUCT_CREATE, unclear[i].status, unclear[i].body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_SALE_CREATE, unclear[i].status, unclear[i].body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_SALE_QUOTE, unclear[i].status, unclear[i].body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_SALE_CONFIRM, unclear[i].status, unclear[i].body), ERR_UPSTREAM_UNKNOWN);
        CHECK_ERR(answer(ERP_SALE_FIND, unclear[i].status, unclear[i].body), ERR_UPSTREAM_BUSY);
        CHECK_ERR(answer(ERP_SALE_READ, unclear[i].status, unclear[i].body), ERR_UPSTREAM_BUSY);
        CHECK_ERR(answer(ERP_PARTY_FIND, unclear[i].status, unclear[i].body), ERR_UPSTREAM_BUSY);
        CHECK_ERR(answer(ERP_PRODUCTS_FIND, unclear[i].status, unclear[i].body), ERR_UPSTREAM_BUSY);
    }
}

TEST(a_create_without_an_id_is_unknown)
{
    CHECK_OK(answer(ERP_SALE_CREATE, 200, "{\"id\":1,\"result\":[31]}"));
    CHECK_INT(out.id, 31);
    CHECK(out.found);
    CHECK_ERR(answer(ERP_SALE_CREATE, 200, "{\"id\":1,\"result\":[]}"), ERR_UPSTREAM_UNKNOWN);
    CHECK_ERR(answer(ERP_SALE_CREATE, 200, "{\"id\":1,\"result\":null}"), ERR_UPSTREAM_UNKNOWN);
}

TEST(a_button_answers_null)
{
    CHECK_OK(answer(ERP_SALE_QUOTE, 200, "{\"id\":1,\"result\":null}"));
    CHECK_OK(answer(ERP_SALE_CONFIRM, 200, "{\"id\":1,\"result\":null}"));
}

TEST(a_sale_is_read_with_state_number_and_exact_total)
{
    static const struct {
        const char *name;
        enum erp_sale_state state;
    } states[] = {{"draft", ERP_SALE_DRAFT},         {"quotation", ERP_SALE_QUOTED},
                  {"confirmed", ERP_SALE_CONFIRMED}, {"processing", ERP_SALE_CONFIRMED},
                  {"done", ERP_SALE_CONFIRMED},      {"cancelled", ERP_SALE_CANCELLED}};
    char total[DECIMAL_TEXT_MAX];

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        CHECK_OK(answer(ERP_SALE_READ, 200,
                        arena_f(test_scope()->arena,
                                "{\"id\":1,\"result\":[{\"id\":13,\"state\":\"%s\",\"number\":\"12\",\"total_amount\":"
                                "{\"__class__\":\"Decimal\",\"decimal\":\"10.80\"}}]}",
                                states[i].name)));
        CHECK_INT(out.state, states[i].state);
        CHECK_INT(out.id, 13);
        CHECK_STR(out.number, "12");
        decimal_format(out.total, total);
        CHECK_STR(total, "10.80");
    }
}

TEST(a_sale_without_a_state_or_total_is_never_taken_for_confirmed)
{
    CHECK_ERR(answer(ERP_SALE_READ, 200, "{\"id\":1,\"result\":[{\"id\":13}]}"), ERR_UPSTREAM_BUSY);
    CHECK_ERR(answer(ERP_SALE_READ, 200, "{\"id\":1,\"result\":[{\"id\":13,\"state\":\"odd\"}]}"), ERR_UPSTREAM_BUSY);
    CHECK_ERR(answer(ERP_SALE_READ, 200, "{\"id\":1,\"result\":[{\"id\":13,\"state\":\"done\",\"total_amount\":7}]}"),
              ERR_UPSTREAM_BUSY);
}

TEST(nothing_found_is_no_failure)
{
    CHECK_OK(answer(ERP_SALE_FIND, 200, "{\"id\":1,\"result\":[]}"));
    CHECK(!out.found);
    CHECK_OK(answer(ERP_CURRENCY_FIND, 200, "{\"id\":1,\"result\":[{\"id\":2,\"code\":\"EUR\"}]}"));
    CHECK(out.found);
    CHECK_INT(out.id, 2);
    CHECK_ERR(answer(ERP_CURRENCY_FIND, 200, "{\"id\":1,\"result\":[{\"code\":\"EUR\"}]}"), ERR_UPSTREAM_BUSY);
}

TEST(a_party_is_found_with_its_first_address)
{
    CHECK_OK(answer(ERP_PARTY_FIND, 200, "{\"id\":1,\"result\":[{\"id\":20,\"code\":\"C\",\"addresses\":[21,22]}]}"));
    CHECK_INT(out.id, 20);
    CHECK_INT(out.address_id, 21);
}

TEST(products_are_matched_by_their_exact_code)
{
    struct erp_product v[] = {{.sku = "A"}, {.sku = "b"}, {.sku = "C"}};
    struct erp_in in = {.products = v, .product_count = 3};
    struct http_reply reply = {
        200, str_of("{\"id\":1,\"result\":[{\"id\":9,\"code\":\"C\",\"default_uom\":2},{\"id\":7,\"code\":\"A\","
                    "\"default_uom\":1},{\"id\":8,\"code\":\"B\",\"default_uom\":1},{\"id\":10,\"code\":\"A\","
                    "\"default_uom\":3}]}")};

    CHECK_OK(tryton_read(test_scope(), ERP_PRODUCTS_FIND, &in, &reply, &out));
    CHECK_INT(v[0].id, 7); /* the oldest of two */
    CHECK_INT(v[0].unit_id, 1);
    CHECK_INT(v[1].id, 0);
    CHECK_INT(v[2].id, 9);
    reply.body = str_of("{\"id\":1,\"result\":[{\"id\":9,\"code\":\"b\",\"default_uom\":null}]}");
    CHECK_ERR(tryton_read(test_scope(), ERP_PRODUCTS_FIND, &in, &reply, &out), ERR_UPSTREAM_BUSY);
}
