#include "db_int.h"

#include <stdlib.h>
#include <string.h>

enum { OID_TEXT = 25, OID_FIRST_OF_USERS = 16384 };

/* Types that say text in the same octets: name, json, unknown, bpchar, varchar, and enumerations. */
static bool type_fits(unsigned declared, unsigned got)
{
    static const unsigned like_text[] = {19, 114, 705, 1042, 1043};

    if (declared == got)
        return true;
    if (declared != OID_TEXT)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(like_text); i++)
        if (like_text[i] == got)
            return true;
    return got >= OID_FIRST_OF_USERS;
}

static enum err check_columns(struct scope *sc, const struct db_statement *st, const PGresult *r)
{
    enum err e;

    if ((unsigned)PQnfields(r) != st->column_count) {
        e = FAIL(sc, ERR_INTERNAL, "something went wrong on our side");
        scope_detail(sc, "%s gives %d columns and not %u", st->name, PQnfields(r), st->column_count);
        return e;
    }
    for (unsigned i = 0; i < st->column_count; i++)
        if (!type_fits(st->column_types[i], PQftype(r, (int)i))) {
            e = FAIL(sc, ERR_INTERNAL, "something went wrong on our side");
            scope_detail(sc, "%s: column %s has type %u and not %u", st->name, PQfname(r, (int)i), PQftype(r, (int)i),
                         st->column_types[i]);
            return e;
        }
    return OK;
}

static enum err null_where_none_may_be(struct scope *sc, const struct db_statement *st, const char *column)
{
    enum err e = FAIL(sc, ERR_INTERNAL, "something went wrong on our side");

    scope_detail(sc, "%s: column %s is null", st->name, column);
    return e;
}

/* One allocation for the cells and one for what is in them; every value gets a NUL behind it. */
static enum err copy_rows(struct scope *sc, const struct db_statement *st, const PGresult *r, struct db_rows *out)
{
    int rows = PQntuples(r), columns = PQnfields(r);
    struct db_value *cell = ARENA_ARRAY(sc->arena, struct db_value, (size_t)rows * (size_t)columns);
    size_t size = 0;
    char *p;

    out->n = (size_t)rows;
    out->columns = (unsigned)columns;
    out->cells = cell;
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            size += (size_t)PQgetlength(r, i, j) + 1;
    p = arena_alloc(sc->arena, size);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++, cell++) {
            if (PQgetisnull(r, i, j)) {
                if (st->column_nullable && !st->column_nullable[j])
                    return null_where_none_may_be(sc, st, PQfname(r, j));
                continue;
            }
            cell->p = p;
            cell->n = PQgetlength(r, i, j);
            memcpy(p, PQgetvalue(r, i, j), (size_t)cell->n + 1);
            p += cell->n + 1;
        }
    return OK;
}

static enum err take_rows(struct scope *sc, struct db_exchange *x, PGresult *r)
{
    x->rows = (struct db_rows){.affected = strtoll(PQcmdTuples(r), NULL, 10)};
    if (x->st->column_count == 0) /* what an :exec selects, such as a function's void, is nobody's */
        return OK;
    TRY(sc, check_columns(sc, x->st, r));
    return copy_rows(sc, x->st, r, &x->rows);
}

struct answer {
    const char *state; /* an SQLSTATE, or its beginning */
    enum err code;
    bool doom; /* the connection itself is of no more use */
};

static const struct answer answers[] = {
    {"23505", ERR_CONFLICT, false},    {"23503", ERR_CONFLICT, false},    {"23514", ERR_CONFLICT, false},
    {"40001", ERR_UNAVAILABLE, false}, {"40P01", ERR_UNAVAILABLE, false}, {"55P03", ERR_UNAVAILABLE, false},
    {"57014", ERR_TIMEOUT, false},     {"42501", ERR_FORBIDDEN, false},   {"08", ERR_UNAVAILABLE, true},
    {"57P0", ERR_UNAVAILABLE, true},   {"53", ERR_UNAVAILABLE, false},    {"25P03", ERR_UNAVAILABLE, true},
    {"25006", ERR_UNAVAILABLE, true}, /* a standby since the roles were swapped */
    {"0A000", ERR_UNAVAILABLE, true}, /* a migration changed what a prepared statement gives */
    {"26000", ERR_UNAVAILABLE, true},
};

#define REFUSED "TN409"

static const struct answer *answer_of(const char *state)
{
    static const struct answer other = {"", ERR_INTERNAL, false};

    for (size_t i = 0; state && i < ARRAY_LEN(answers); i++)
        if (strncmp(state, answers[i].state, strlen(answers[i].state)) == 0)
            return &answers[i];
    return &other;
}

static const char *message_of(enum err code)
{
    switch (code) {
    case ERR_CONFLICT:
        return "this does not fit what is stored already";
    case ERR_UNAVAILABLE:
        return "the database could not do this now, repeating it can help";
    case ERR_TIMEOUT:
        return "the database took too long";
    case ERR_FORBIDDEN:
        return "this is not allowed";
    default:
        return "something went wrong on our side";
    }
}

static const char *field(const PGresult *r, int code)
{
    const char *text = PQresultErrorField(r, code);

    return text ? text : "";
}

/* A trigger of the schema says no: its message is for a person, its hint names the problem. */
static enum err refused(struct scope *sc, const PGresult *r)
{
    enum err e = FAIL(sc, ERR_CONFLICT, "%s", field(r, PG_DIAG_MESSAGE_PRIMARY));

    scope_problem(sc, arena_strdup(sc->arena, field(r, PG_DIAG_MESSAGE_HINT)), 409);
    return e;
}

static enum err take_error(struct scope *sc, struct db_conn *c, const struct db_exchange *x, const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const struct answer *answer = answer_of(state);
    enum err e;

    if (!state)
        return db_lost(sc);
    if (strcmp(state, REFUSED) == 0)
        return refused(sc, r);
    e = FAIL(sc, answer->code, "%s", message_of(answer->code));
    scope_detail(sc, "%s: %s %s%s%s", x->st ? x->st->name : "commit", state, field(r, PG_DIAG_MESSAGE_PRIMARY),
                 *field(r, PG_DIAG_CONSTRAINT_NAME) ? ", constraint " : "", field(r, PG_DIAG_CONSTRAINT_NAME));
    if (e == ERR_UNAVAILABLE)
        scope_retry_after(sc, 1);
    c->doomed = c->doomed || answer->doom;
    return e;
}

enum err db_lost(struct scope *sc)
{
    enum err e = FAIL(sc, ERR_UNAVAILABLE, "the connection to the database was lost");

    scope_retry_after(sc, 1);
    return e;
}

static enum err take_good(struct scope *sc, struct db_conn *c, struct db_exchange *x, PGresult *r)
{
    if (x->at >= x->step_n)
        return OK;
    switch (x->steps[x->at]) {
    case DB_STEP_PREPARE:
        c->prepared[x->st->id / 64] |= (uint64_t)1 << x->st->id % 64;
        return OK;
    case DB_STEP_STATEMENT:
        return take_rows(sc, x, r);
    case DB_STEP_COMMIT:
        if (strcmp(PQcmdStatus(r), "COMMIT") == 0)
            return OK;
        return FAIL(sc, ERR_INTERNAL, "%s", message_of(ERR_INTERNAL)); /* it had failed before, and was rolled back */
    default:
        return OK;
    }
}

void db_result_take(struct scope *sc, struct db_conn *c, struct db_exchange *x, PGresult *r)
{
    ExecStatusType status = PQresultStatus(r);
    enum err e = OK;

    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
        e = take_good(sc, c, x, r);
    else if (status != PGRES_PIPELINE_ABORTED && x->failed == OK)
        e = take_error(sc, c, x, r);
    if (e != OK)
        x->failed = e;
    x->at++;
    PQclear(r);
}
