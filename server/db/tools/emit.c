#include "sqlgen_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *out_open(const char *folder, const char *room, const char *ending, char *path, size_t path_n)
{
    FILE *f;

    if (snprintf(path, path_n, "%s/q_%s.%s", folder, room, ending) >= (int)path_n)
        wrong(folder, 0, "is too long a path");
    f = fopen(path, "wb");
    if (!f)
        wrong(path, 0, "cannot be written");
    return f;
}

static void out_close(FILE *f, const char *path)
{
    if (ferror(f) | fclose(f))
        wrong(path, 0, "cannot be written");
}

static void emit_member(FILE *f, const struct column *c)
{
    const char *star = c->type->c[strlen(c->type->c) - 1] == '*' ? "const *" : "*";

    if (c->array) {
        fprintf(f, "    %s%s%s%s;\n    size_t %s_n;\n", strncmp(c->type->c, "const", 5) == 0 ? "" : "const ",
                c->type->c, star, c->member, c->name);
        return;
    }
    fprintf(f, "    %s%s;\n", c->type->c, c->member);
    if (c->nullable && !c->type->own_null)
        fprintf(f, "    bool has_%s;\n", c->name);
}

static void emit_struct(FILE *f, const struct statement *st, const char *ending, const struct column *list, unsigned n)
{
    if (n == 0)
        return;
    fprintf(f, "struct q_%s_%s {\n", st->name, ending);
    for (unsigned i = 0; i < n; i++)
        emit_member(f, &list[i]);
    fprintf(f, "};\n");
}

static void emit_prototype(FILE *f, const struct statement *st)
{
    fprintf(f, "enum err q_%s(struct scope *sc, ", st->name);
    if (st->in_n)
        fprintf(f, "const struct q_%s_in *in, ", st->name);
    if (st->card == CARD_ONE)
        fprintf(f, "struct q_%s_row *out)", st->name);
    else if (st->card == CARD_MAYBE)
        fprintf(f, "const struct q_%s_row **out)", st->name);
    else if (st->card == CARD_MANY)
        fprintf(f, "struct q_%s_rows *out)", st->name);
    else
        fprintf(f, "int64_t *affected)");
}

static void emit_declarations(FILE *f, const struct statement *st)
{
    fprintf(f, "\n/* %s:%u */\n", st->room, st->line);
    emit_struct(f, st, "in", st->in, st->in_n);
    emit_struct(f, st, "row", st->out, st->out_n);
    if (st->card == CARD_MANY)
        fprintf(f, "struct q_%s_rows {\n    struct q_%s_row *v;\n    size_t n;\n};\n", st->name, st->name);
    fprintf(f, "extern const struct db_statement q_%s_statement;\n", st->name);
    emit_prototype(f, st);
    fprintf(f, ";\n");
}

static void emit_quoted(FILE *f, const char *p)
{
    fprintf(f, "    \"");
    for (; *p; p++) {
        if (*p == '\n')
            fprintf(f, "\\n\"\n    \"");
        else if (*p == '"' || *p == '\\')
            fprintf(f, "\\%c", *p);
        else if (*p == '?')
            fprintf(f, "\\?"); /* no trigraphs */
        else if (*p != '\r')
            fputc(*p, f);
    }
    fprintf(f, "\"");
}

static void emit_types(FILE *f, const struct statement *st, const char *what, const struct column *list, unsigned n)
{
    if (n == 0)
        return;
    fprintf(f, "static const unsigned %s_%s[] = {", st->name, what);
    for (unsigned i = 0; i < n; i++)
        fprintf(f, "%s%u", i ? ", " : "", list[i].array ? list[i].type->array_oid : list[i].type->oid);
    fprintf(f, "};\n");
}

static void emit_statement(FILE *f, const struct statement *st, unsigned id)
{
    emit_types(f, st, "params", st->in, st->in_n);
    emit_types(f, st, "columns", st->out, st->out_n);
    if (st->out_n) {
        fprintf(f, "static const bool %s_nullable[] = {", st->name);
        for (unsigned i = 0; i < st->out_n; i++)
            fprintf(f, "%s%s", i ? ", " : "", st->out[i].nullable ? "true" : "false");
        fprintf(f, "};\n");
    }
    fprintf(f, "const struct db_statement q_%s_statement = {\n    .name = \"%s\",\n    .text =\n", st->name, st->name);
    emit_quoted(f, st->text);
    fprintf(f, ",\n    .id = %u,\n", id);
    if (st->in_n)
        fprintf(f, "    .param_count = %u,\n    .param_types = %s_params,\n", st->in_n, st->name);
    if (st->out_n)
        fprintf(f, "    .column_count = %u,\n    .column_types = %s_columns,\n    .column_nullable = %s_nullable,\n",
                st->out_n, st->name, st->name);
    fprintf(f, "};\n\n");
}

static void emit_put(FILE *f, const struct column *c)
{
    fprintf(f, "        ");
    if (c->array) {
        fprintf(f, "db_put_%ss(sc, in->%s, in->%s_n),\n", c->type->verb, c->member, c->name);
        return;
    }
    if (c->nullable && !c->type->own_null)
        fprintf(f, "!in->has_%s ? (struct db_value){NULL, 0} : ", c->name);
    fprintf(f, "db_put_%s(%s%sin->%s),\n", c->type->verb, c->type->put_scope ? "sc, " : "",
            c->type->put_address ? "&" : "", c->member);
}

static void emit_reader(FILE *f, const struct statement *st)
{
    if (st->out_n == 0)
        return;
    fprintf(f,
            "static void read_%s(struct scope *sc, const struct db_value *c, struct q_%s_row *out)\n{\n    (void)sc;\n",
            st->name, st->name);
    for (unsigned i = 0; i < st->out_n; i++) {
        const struct column *c = &st->out[i];

        fprintf(f, "    out->%s = db_get_%s(%sc + %u);\n", c->member, c->type->verb, c->type->get_scope ? "sc, " : "",
                i);
        if (c->nullable && !c->type->own_null)
            fprintf(f, "    out->has_%s = c[%u].p != NULL;\n", c->name, i);
    }
    fprintf(f, "}\n\n");
}

static void emit_ending(FILE *f, const struct statement *st)
{
    if (st->card == CARD_EXEC)
        fprintf(f, "    if (affected)\n        *affected = rows.affected;\n");
    if (st->card == CARD_ONE || st->card == CARD_MAYBE)
        fprintf(f, "    if (rows.n > 1)\n"
                   "        return FAIL(sc, ERR_INTERNAL, \"something that should be unique is not\");\n");
    if (st->card == CARD_ONE)
        fprintf(f,
                "    if (rows.n == 0)\n"
                "        return FAIL(sc, ERR_NOT_FOUND, \"there is no such thing\");\n"
                "    read_%s(sc, rows.cells, out);\n",
                st->name);
    if (st->card == CARD_MAYBE)
        fprintf(f,
                "    struct q_%s_row *row = NULL;\n\n"
                "    if (rows.n == 1) {\n"
                "        row = ARENA_NEW(sc->arena, struct q_%s_row);\n"
                "        read_%s(sc, rows.cells, row);\n"
                "    }\n"
                "    *out = row;\n",
                st->name, st->name, st->name);
    if (st->card == CARD_MANY)
        fprintf(f,
                "    out->v = ARENA_ARRAY(sc->arena, struct q_%s_row, rows.n);\n"
                "    out->n = rows.n;\n"
                "    for (size_t i = 0; i < rows.n; i++)\n"
                "        read_%s(sc, rows.cells + i * rows.columns, &out->v[i]);\n",
                st->name, st->name);
}

static void emit_function(FILE *f, const struct statement *st)
{
    emit_reader(f, st);
    emit_prototype(f, st);
    fprintf(f, "\n{\n");
    if (st->in_n) {
        fprintf(f, "    const struct db_value params[] = {\n");
        for (unsigned i = 0; i < st->in_n; i++)
            emit_put(f, &st->in[i]);
        fprintf(f, "    };\n");
    }
    fprintf(f, "    struct db_rows rows;\n\n    TRY(sc, db_query(sc, &q_%s_statement, %s, &rows));\n", st->name,
            st->in_n ? "params" : "NULL");
    emit_ending(f, st);
    fprintf(f, "    return OK;\n}\n\n");
}

void emit_room(const char *folder, const char *room)
{
    char path[4096];
    FILE *f = out_open(folder, room, "h", path, sizeof(path));
    unsigned id = 0;

    fprintf(f,
            "#pragma once\n\n/* Made by sqlgen from sql/queries/%s.sql. */\n\n#include <stdbool.h>\n"
            "#include <stddef.h>\n#include <stdint.h>\n\n#include \"base/buf.h\"\n#include \"base/scope.h\"\n"
            "#include \"base/uuid.h\"\n\nstruct db_statement;\n",
            room);
    for (const struct statement *st = first_statement; st; st = st->next)
        if (strcmp(st->room, room) == 0)
            emit_declarations(f, st);
    out_close(f, path);

    f = out_open(folder, room, "c", path, sizeof(path));
    fprintf(f, "#include \"q_%s.h\"\n\n#include \"db/db.h\"\n\n", room);
    for (const struct statement *st = first_statement; st; st = st->next, id++)
        if (strcmp(st->room, room) == 0) {
            emit_statement(f, st, id);
            emit_function(f, st);
        }
    out_close(f, path);
}

void emit_table(const char *folder)
{
    char path[4096];
    FILE *f = out_open(folder, "table", "c", path, sizeof(path));
    unsigned n = 0;

    fprintf(f, "#include \"db/db.h\"\n\n");
    for (const struct statement *st = first_statement; st; st = st->next, n++)
        fprintf(f, "extern const struct db_statement q_%s_statement;\n", st->name);
    fprintf(f, "\nconst struct db_statement *const db_statements[] = {\n");
    for (const struct statement *st = first_statement; st; st = st->next)
        fprintf(f, "    &q_%s_statement,\n", st->name);
    fprintf(f, "    NULL,\n};\nconst unsigned db_statement_count = %u;\n", n);
    out_close(f, path);
}
