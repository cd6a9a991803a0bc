#include "db_kit.h"

/* What the server read is compared in its own words, and what it sent in ours. */

static const char *said(struct scope *sc, const struct db_statement *st, struct db_value v)
{
    struct db_rows rows;

    CHECK_OK(ask(sc, st, &v, &rows));
    return rows.n == 1 ? db_get_text(sc, &rows.cells[0]) : "(no row)";
}

static const struct db_statement say_uuid = STATEMENT(1, "select $1::text", LIST(2950), 1, LIST(TEXT), 1);
static const struct db_statement say_text = STATEMENT(2, "select $1", LIST(25), 1, LIST(TEXT), 1);
static const struct db_statement say_bytes = STATEMENT(3, "select $1::text", LIST(17), 1, LIST(TEXT), 1);
static const struct db_statement say_int = STATEMENT(4, "select $1::text", LIST(23), 1, LIST(TEXT), 1);
static const struct db_statement say_bigint = STATEMENT(5, "select $1::text", LIST(20), 1, LIST(TEXT), 1);
static const struct db_statement say_bool = STATEMENT(6, "select $1::text", LIST(16), 1, LIST(TEXT), 1);
static const struct db_statement say_time = STATEMENT(7, "select $1::text", LIST(1184), 1, LIST(TEXT), 1);
static const struct db_statement say_uuids = STATEMENT(8, "select $1::text", LIST(2951), 1, LIST(TEXT), 1);
static const struct db_statement say_texts = STATEMENT(9, "select $1::text", LIST(1009), 1, LIST(TEXT), 1);
static const struct db_statement say_bytess = STATEMENT(10, "select $1::text", LIST(1001), 1, LIST(TEXT), 1);
static const struct db_statement say_ints = STATEMENT(11, "select $1::text", LIST(1007), 1, LIST(TEXT), 1);
static const struct db_statement say_bigints = STATEMENT(12, "select $1::text", LIST(1016), 1, LIST(TEXT), 1);
static const struct db_statement say_bools = STATEMENT(13, "select $1::text", LIST(1000), 1, LIST(TEXT), 1);
static const struct db_statement say_times = STATEMENT(14, "select $1::text", LIST(1185), 1, LIST(TEXT), 1);

static const char id_text[] = "01890a5d-ac96-774b-bcce-b302099a8057";

static struct uuid an_id(void)
{
    struct uuid id = {{0}};

    CHECK(uuid_parse(id_text, sizeof(id_text) - 1, &id));
    return id;
}

TEST_IN_LOOP(the_server_reads_every_scalar_as_it_was_meant)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct uuid id = an_id();

    CHECK_STR(said(sc, &say_uuid, db_put_uuid(sc, &id)), id_text);
    CHECK_STR(said(sc, &say_text, db_put_text("Zoë's \"x\"")), "Zoë's \"x\"");
    CHECK_STR(said(sc, &say_text, db_put_text("")), "");
    CHECK_STR(said(sc, &say_text, db_put_text(NULL)), NULL);
    CHECK_STR(said(sc, &say_bytes, db_put_bytes((struct bytes){"a\0\xff", 3})), "\\x6100ff");
    CHECK_STR(said(sc, &say_bytes, db_put_bytes((struct bytes){"", 0})), "\\x");
    CHECK_STR(said(sc, &say_bytes, db_put_bytes((struct bytes){NULL, 0})), NULL);
    CHECK_STR(said(sc, &say_int, db_put_int(sc, INT32_MIN)), "-2147483648");
    CHECK_STR(said(sc, &say_bigint, db_put_bigint(sc, INT64_MAX)), "9223372036854775807");
    CHECK_STR(said(sc, &say_bool, db_put_bool(true)), "true");
    CHECK_STR(said(sc, &say_bool, db_put_bool(false)), "false");
    CHECK_STR(said(sc, &say_time, db_put_time(sc, 0)), "1970-01-01 00:00:00+00");
    CHECK_STR(said(sc, &say_time, db_put_time(sc, 1795428000123456)), "2026-11-23 10:00:00.123456+00");
    CHECK_STR(said(sc, &say_time, db_put_time(sc, INT64_MIN)), "-infinity");
    CHECK_STR(said(sc, &say_time, db_put_time(sc, INT64_MAX)), "infinity");
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(the_server_reads_every_array_as_it_was_meant)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct uuid ids[2] = {an_id(), {{0}}};

    CHECK_STR(said(sc, &say_uuids, db_put_uuids(sc, ids, 2)),
              "{01890a5d-ac96-774b-bcce-b302099a8057,00000000-0000-0000-0000-000000000000}");
    CHECK_STR(said(sc, &say_texts, db_put_texts(sc, (const char *[]){"a", NULL, "", "b c"}, 4)),
              "{a,NULL,\"\",\"b c\"}");
    CHECK_STR(said(sc, &say_bytess, db_put_bytess(sc, (struct bytes[]){{"\1", 1}, {NULL, 0}, {"", 0}}, 3)),
              "{\"\\\\x01\",NULL,\"\\\\x\"}");
    CHECK_STR(said(sc, &say_ints, db_put_ints(sc, (int32_t[]){1, -2}, 2)), "{1,-2}");
    CHECK_STR(said(sc, &say_bigints, db_put_bigints(sc, (int64_t[]){INT64_MIN, 9007199254740993}, 2)),
              "{-9223372036854775808,9007199254740993}");
    CHECK_STR(said(sc, &say_bools, db_put_bools(sc, (bool[]){true, false}, 2)), "{t,f}");
    CHECK_STR(said(sc, &say_times, db_put_times(sc, (int64_t[]){0, -1}, 2)),
              "{\"1970-01-01 00:00:00+00\",\"1969-12-31 23:59:59.999999+00\"}");
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(an_array_of_nothing_is_empty_and_not_null)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);

    CHECK_STR(said(sc, &say_uuids, db_put_uuids(sc, NULL, 0)), "{}");
    CHECK_STR(said(sc, &say_texts, db_put_texts(sc, NULL, 0)), "{}");
    CHECK_STR(said(sc, &say_bytess, db_put_bytess(sc, NULL, 0)), "{}");
    CHECK_STR(said(sc, &say_ints, db_put_ints(sc, NULL, 0)), "{}");
    CHECK_STR(said(sc, &say_bigints, db_put_bigints(sc, NULL, 0)), "{}");
    CHECK_STR(said(sc, &say_bools, db_put_bools(sc, NULL, 0)), "{}");
    CHECK_STR(said(sc, &say_times, db_put_times(sc, NULL, 0)), "{}");
    scope_free(sc);
    db_close(db);
}

static const struct db_statement tell_all = STATEMENT(
    20,
    "select '01890a5d-ac96-774b-bcce-b302099a8057'::uuid, 'Zoë'::text, '\\x6100ff'::bytea, -7, (1::bigint << "
    "53) + 1, true, '2026-11-23 10:00:00.123456+00'::timestamptz, ''::bytea, 'x'::varchar(9), "
    "'-infinity'::timestamptz, 'infinity'::timestamptz",
    NULL, 0, LIST(UUID, TEXT, BYTEA, INT, BIGINT, BOOL, TIMESTAMPTZ, BYTEA, TEXT, TIMESTAMPTZ, TIMESTAMPTZ), 11);

TEST_IN_LOOP(every_type_of_column_is_read_as_the_server_meant_it)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct uuid id = an_id(), got;
    struct db_rows rows;
    struct bytes raw;

    CHECK_OK(ask(sc, &tell_all, NULL, &rows));
    CHECK_INT(rows.n, 1);
    CHECK_INT(rows.columns, 11);
    got = db_get_uuid(&rows.cells[0]);
    CHECK(uuid_equal(&id, &got));
    CHECK_STR(db_get_text(sc, &rows.cells[1]), "Zoë");
    raw = db_get_bytes(&rows.cells[2]);
    CHECK(raw.n == 3 && memcmp(raw.p, "a\0\xff", 3) == 0);
    CHECK_INT(db_get_int(&rows.cells[3]), -7);
    CHECK_INT(db_get_bigint(&rows.cells[4]), 9007199254740993);
    CHECK(db_get_bool(&rows.cells[5]));
    CHECK_INT(db_get_time(&rows.cells[6]), 1795428000123456);
    raw = db_get_bytes(&rows.cells[7]);
    CHECK(raw.n == 0 && raw.p);
    CHECK_STR(db_get_text(sc, &rows.cells[8]), "x");
    CHECK_INT(db_get_time(&rows.cells[9]), INT64_MIN);
    CHECK_INT(db_get_time(&rows.cells[10]), INT64_MAX);
    scope_free(sc);
    db_close(db);
}

static const struct db_statement tell_null =
    STATEMENT(21, "select null::int, null::text, null::bytea, null::uuid", NULL, 0, LIST(INT, TEXT, BYTEA, UUID), 4);
static const struct db_statement tell_null_strictly = {
    .name = "strict",
    .text = "select 1, null::text",
    .id = 22,
    .column_count = 2,
    .column_types = LIST(INT, TEXT),
    .column_nullable = (const bool[]){true, false},
};

TEST_IN_LOOP(a_null_is_null_and_a_defect_where_none_may_be)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_rows rows;

    CHECK_OK(ask(sc, &tell_null, NULL, &rows));
    for (int i = 0; i < 4; i++)
        CHECK(!rows.cells[i].p);
    CHECK(!db_get_text(sc, &rows.cells[1]));
    CHECK(!db_get_bytes(&rows.cells[2]).p);
    CHECK_ERR(ask(sc, &tell_null_strictly, NULL, &rows), ERR_INTERNAL);
    CHECK(strstr(scope_fault(sc)->detail, "is null") != NULL);
    scope_free(sc);
    db_close(db);
}

static const struct db_statement wrong_type = STATEMENT(23, "select 1::bigint", NULL, 0, LIST(INT), 1);
static const struct db_statement wrong_count = STATEMENT(24, "select 1, 2", NULL, 0, LIST(INT), 1);

TEST_IN_LOOP(columns_that_are_not_as_declared_are_a_defect)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_rows rows = {.n = 77};

    CHECK_ERR(ask(sc, &wrong_type, NULL, &rows), ERR_INTERNAL);
    db_rollback(sc);
    CHECK_ERR(ask(sc, &wrong_count, NULL, &rows), ERR_INTERNAL);
    CHECK_INT(rows.n, 77);
    scope_free(sc);
    db_close(db);
}

static const struct db_statement echo = STATEMENT(25, "select $1", LIST(17), 1, LIST(BYTEA), 1);
static const struct db_statement count_up =
    STATEMENT(26, "select i, repeat('x', 100) from generate_series(1, $1::int) i", LIST(23), 1, LIST(INT, TEXT), 2);

TEST_IN_LOOP(values_larger_than_every_buffer_go_both_ways)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    size_t n = (size_t)20 * 1024 * 1024;
    char *big = arena_alloc(sc->arena, n);
    struct db_rows rows;

    for (size_t i = 0; i < n; i++)
        big[i] = (char)(i * 2654435761U >> 13);
    CHECK_OK(ask(sc, &echo, &(struct db_value){big, (int)n}, &rows));
    CHECK(rows.n == 1 && (size_t)rows.cells[0].n == n && memcmp(rows.cells[0].p, big, n) == 0);
    scope_free(sc);
    db_close(db);
}

TEST_IN_LOOP(many_rows_come_in_order)
{
    struct db *db = db_for_test(1, 1, 0);
    struct scope *sc = scope_on(db);
    struct db_value n = db_put_int(sc, 20000);
    struct db_rows rows;
    bool right = true;

    CHECK_OK(ask(sc, &count_up, &n, &rows));
    CHECK_INT(rows.n, 20000);
    for (size_t i = 0; i < rows.n; i++)
        right = right && db_get_int(&rows.cells[2 * i]) == (int)i + 1;
    CHECK(right);
    scope_free(sc);
    db_close(db);
}
