#include "base/timefmt.h"
#include "main/ctl_int.h"
#include "mapping/mapping.h"
#include "x12/x12.h"
#include "json/doc.h"

/* EDI by hand, without a server. */

#define JSON_MAX ((size_t)256 << 20)

static enum err file_read(struct scope *sc, const struct ctl_args *a, struct x12_file *out)
{
    struct str text;

    TRY(sc, ctl_read_file(sc, a->word, X12_OCTETS_MAX, &text));
    return x12_read(sc, text, out);
}

static enum err print_json(struct scope *sc, const struct doc *d)
{
    struct buf b;

    buf_init(&b, sc->arena, JSON_MAX);
    doc_write(&b, d);
    if (b.full)
        return FAIL(sc, ERR_TOO_LARGE, "the document is larger than its limit");
    printf("%.*s\n", (int)b.n, b.p);
    return OK;
}

static enum err print_edi(struct scope *sc, const struct doc *d)
{
    struct buf b;

    buf_init(&b, sc->arena, X12_OCTETS_MAX);
    TRY(sc, x12_write(sc, d, NULL, &b));
    fwrite(b.p, 1, b.n, stdout);
    putchar('\n');
    return OK;
}

/* One a line, each with the ISA and GS that it came in: what mappings read. */
static enum err print_sets(struct scope *sc, const struct x12_file *file)
{
    for (size_t i = 0; i < file->n; i++)
        for (size_t g = 0; g < file->items[i].n; g++)
            for (size_t s = 0; s < file->items[i].groups[g].n; s++) {
                const struct x12_group *group = &file->items[i].groups[g];
                struct doc d = x12_set_document(sc->arena, &file->items[i], group, &group->sets[s]);

                TRY(sc, print_json(sc, &d));
            }
    return OK;
}

static enum err edi_read(struct scope *sc, const struct ctl_args *a)
{
    struct x12_file file;
    struct doc d;

    TRY(sc, file_read(sc, a, &file));
    if (ctl_option(a, "sets"))
        return print_sets(sc, &file);
    d = x12_document(sc->arena, &file, true);
    return print_json(sc, &d);
}

static enum err edi_ack(struct scope *sc, const struct ctl_args *a)
{
    struct x12_ack how = {.now_us = time_now_us(), .of_acknowledgements = ctl_option(a, "acks") != NULL};
    struct x12_file file;
    struct doc d;

    TRY(sc, ctl_number(sc, a, "control", 1, &how.control));
    TRY(sc, ctl_number(sc, a, "group-control", 1, &how.group_control));
    TRY(sc, file_read(sc, a, &file));
    TRY(sc, x12_acknowledge(sc, &file, &how, &d));
    if (a->form == CTL_JSON)
        return print_json(sc, &d);
    if (doc_count(doc_get(&d, "interchanges")) == 0) {
        fputs("there is nothing to answer: acknowledgements are not acknowledged\n", stderr);
        return OK;
    }
    return print_edi(sc, &d);
}

static enum err edi_write(struct scope *sc, const struct ctl_args *a)
{
    const struct doc *d;

    TRY(sc, ctl_read_json(sc, a->word, JSON_MAX, &d));
    return print_edi(sc, d);
}

/* What a document of tenants/connectors/x12 makes of an input: its expression, with the functions that mappings have.
 */
static enum err edi_make(struct scope *sc, const struct ctl_args *a)
{
    struct mapping_numbers_user user = {sc->arena};
    struct expr_run how = {.now_ms = time_now_us() / 1000, .user = &user};
    const struct doc *document, *input;
    struct expr_fault f;
    struct doc made;
    const char *path;
    struct expr *e;

    TRY(sc, ctl_need(sc, a, "input", &path));
    TRY(sc, ctl_read_json(sc, a->word, EXPR_TEXT_MAX * 2, &document));
    TRY(sc, ctl_read_json(sc, path, JSON_MAX, &input));
    if (!expr_compile(sc->arena, doc_text(doc_get(document, "expr")), &mapping_numbers, &e, &f) ||
        !expr_eval(sc->arena, e, &how, *input, &made, &f))
        return FAIL(sc, ERR_INVALID, "%s at line %u, column %u: %s", f.code, f.line, f.column, f.message);
    if (expr_is_absent(made))
        return FAIL(sc, ERR_INVALID, "the expression gives no value for this input");
    return print_json(sc, &made);
}

static void acked_add(struct ctl_list *list, const struct x12_acked *acked, const struct x12_acked_set *set)
{
    static const char *const words[] = {"accepted", "errors_noted", "partly", "rejected"};
    struct arena *arena = list->sc->arena;
    struct buf codes;

    buf_init(&codes, arena, 64);
    for (size_t i = 0; set && i < 5; i++)
        if (set->codes[i].n)
            buf_f(&codes, "%s%.*s", codes.n ? " " : "", (int)set->codes[i].n, set->codes[i].p);
    ctl_list_add(list, (const char *[]){str_dup(arena, acked->code), str_dup(arena, acked->control),
                                        set ? str_dup(arena, set->code) : "", set ? str_dup(arena, set->control) : "",
                                        words[set ? set->verdict : acked->verdict], buf_cstr(&codes)});
}

static enum err edi_acked(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"group", "control", "set", "number", "verdict", "codes"};
    struct x12_file file;
    struct ctl_list list;

    TRY(sc, file_read(sc, a, &file));
    ctl_list_init(&list, sc, a, columns, 6);
    for (size_t i = 0; i < file.n; i++)
        for (size_t g = 0; g < file.items[i].n; g++)
            for (size_t s = 0; s < file.items[i].groups[g].n; s++) {
                struct x12_acked acked;

                TRY(sc, x12_acked_read(sc, &file.items[i].groups[g].sets[s], &acked));
                acked_add(&list, &acked, NULL);
                for (size_t k = 0; k < acked.n; k++)
                    acked_add(&list, &acked, &acked.sets[k]);
            }
    ctl_list_print(&list);
    return OK;
}

const struct ctl_command ctl_edi_commands[] = {
    {"edi", "read", "FILE [--sets=yes]",
     "Reads interchanges of ANSI X12 and prints them as a document, with what is wrong with them; --sets=yes prints "
     "each "
     "set on a line of its own, as mappings read it. ops/docs/edi.md says what the documents look like.",
     "orders.edi", edi_read, CTL_SETUP},
    {"edi", "ack", "FILE [--control N] [--group-control N] [--acks=yes]",
     "Prints the answer to a file, 997 and TA1; --acks=yes answers acknowledgements, too, which X12 does not want.",
     "orders.edi --control 17", edi_ack, CTL_SETUP},
    {"edi", "acked", "FILE", "Says what a partner's 997 says of what was sent.", "answer.edi", edi_acked, CTL_SETUP},
    {"edi", "make", "DOCUMENT --input FILE",
     "Evaluates the expression of a document (*.write.json, *.parts.json) on an input and prints what it makes.",
     "ship-notice.write.json --input shipment.json", edi_make, CTL_SETUP},
    {"edi", "write", "FILE", "Prints a document as interchanges; counts and trailers are worked out.", "orders.json",
     edi_write, CTL_SETUP},
    {},
};
