#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "db/db.h"
#include "main/ctl_int.h"

/* The record of who did what: out of the database, and read over without one. */
#define PAGE_OCTETS ((size_t)32 << 20)
#define FILE_MAX    ((size_t)64 << 20)

static enum err audit_out(struct scope *sc, const struct ctl_args *a)
{
    int64_t from = 1, next = 1;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_number(sc, a, "from", 1, &from));
    audit_note(sc, &(struct audit_act){.action = "audit.export"});
    TRY(sc, db_commit(sc));
    for (next = from > 0 ? from : 1; next;) {
        struct buf page;

        buf_init(&page, sc->arena, PAGE_OCTETS);
        TRY(sc, audit_export(sc, next, 0, &page, &next));
        if (fwrite(page.p, 1, page.n, stdout) != page.n)
            return FAIL(sc, ERR_UNAVAILABLE, "the output cannot be written");
    }
    return OK;
}

/* A value may be a key itself, or a file that holds some. */
static enum err trust(struct scope *sc, const struct ctl_args *a, struct audit_verify *v)
{
    const char *key = ctl_option(a, "key"), *file = ctl_option(a, "checkpoint");
    struct str text;

    if (key) {
        text = str_of(key);
        if (text.n != 44 || key[43] != '=')
            TRY(sc, ctl_read_file(sc, key, FILE_MAX, &text));
        TRY(sc, audit_verify_key(v, text));
    }
    if (file) {
        TRY(sc, ctl_read_file(sc, file, FILE_MAX, &text));
        TRY(sc, audit_verify_checkpoint(v, text));
    }
    return OK;
}

static enum err lines(struct scope *sc, FILE *f, struct audit_verify *v)
{
    char *line = NULL;
    size_t room = 0;
    enum err e = OK;
    ssize_t n;

    while (e == OK && (n = getline(&line, &room, f)) > 0)
        e = audit_verify_line(v, (struct str){line, (size_t)n - (line[n - 1] == '\n')});
    free(line);
    TRY(sc, e);
    return OK;
}

static const char *number(struct scope *sc, int64_t v)
{
    return arena_f(sc->arena, "%lld", (long long)v);
}

static void tell(struct scope *sc, const struct ctl_args *a, const struct audit_verdict *v)
{
    const char *const names[] = {"verdict", "entries", "first_seq", "last_seq", "checkpoints", "bad_seq", "why"};
    const char *const values[] = {v->why ? "broken" : "whole",
                                  number(sc, v->entries),
                                  number(sc, v->first_seq),
                                  number(sc, v->last_seq),
                                  number(sc, v->checkpoints),
                                  v->why ? number(sc, v->bad_seq) : NULL,
                                  v->why};

    if (a->form == CTL_JSON)
        ctl_record(sc, a, names, values, ARRAY_LEN(names));
    else if (!v->why)
        printf("whole: entries %s to %s, %s checkpoints\n", values[2], values[3], values[4]);
    if (v->own_keys && v->checkpoints)
        fputs("the keys came with the record: compare them with those you were given before (--key)\n", stderr);
    if (!v->checkpoints)
        fputs("no checkpoint: what was cut off at the end, or written anew as a whole, cannot be seen\n", stderr);
}

static enum err audit_verify(struct scope *sc, const struct ctl_args *a)
{
    struct audit_verify_conf conf = {.partial = ctl_option(a, "partial") != NULL};
    struct audit_verdict verdict;
    struct audit_verify *v;
    FILE *f;
    enum err e;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "name the file to read; - is standard input");
    TRY(sc, ctl_number(sc, a, "from", 1, &conf.from_seq));
    v = audit_verify_new(sc, &conf);
    TRY(sc, trust(sc, a, v));
    f = strcmp(a->word, "-") == 0 ? stdin : fopen(a->word, "re");
    if (!f)
        return FAIL(sc, ERR_NOT_FOUND, "%s cannot be read", a->word);
    e = lines(sc, f, v);
    if (f != stdin)
        fclose(f);
    TRY(sc, e);
    TRY(sc, audit_verify_end(v, &verdict));
    tell(sc, a, &verdict);
    if (verdict.why)
        return FAIL(sc, ERR_CONFLICT, "broken: entry %lld %s", (long long)verdict.bad_seq, verdict.why);
    return OK;
}

const struct ctl_command ctl_audit_commands[] = {
    {"audit", "export", "--partner SLUG [--from SEQ]", "Writes a partner's record as lines of JSON.",
     "--partner acme > acme.jsonl", audit_out, CTL_DATABASE},
    {"audit", "verify", "FILE [--checkpoint FILE] [--key KEY|FILE] [--from SEQ] [--partial]",
     "Reads a record over, without a database, and names the first entry that is not as it was written.",
     "acme.jsonl --checkpoint kept-elsewhere.json --key keys.json", audit_verify, CTL_SETUP},
    {},
};
