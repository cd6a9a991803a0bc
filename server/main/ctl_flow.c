#include "flowdef/flowdef.h"
#include "main/ctl_int.h"

/* Flows' documents, without a server. */

static void tell_faults(const struct flowdef_faults *faults)
{
    for (size_t i = 0; i < faults->n; i++) {
        const struct flowdef_fault *f = &faults->v[i];

        fprintf(stderr, "%s: %s: %s", *f->pointer ? f->pointer : "the document", f->code, f->detail);
        if (f->line)
            fprintf(stderr, " (line %u, column %u)", f->line, f->column);
        fputc('\n', stderr);
    }
}

static void tell_names(const char *what, const struct flowdef_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        printf("%s %s\n", what, names->v[i]);
}

static enum err flow_check(struct scope *sc, const struct ctl_args *a)
{
    struct flowdef_faults faults;
    struct flowdef_names names;
    const struct doc *d;
    struct flowdef *f;
    struct str text;

    if (!a->word)
        return FAIL(sc, ERR_INVALID, "a flow's file is needed");
    TRY(sc, ctl_read_file(sc, a->word, FLOWDEF_MAX, &text));
    TRY(sc, doc_parse(sc, text, &d));
    if (!flowdef_compile(sc->arena, d, &f, &faults)) {
        tell_faults(&faults);
        return FAIL(sc, ERR_INVALID, "the flow has %zu faults", faults.n);
    }
    flowdef_connections(sc->arena, f, &names);
    tell_names("connection", &names);
    flowdef_tables(sc->arena, f, &names);
    tell_names("cross reference", &names);
    flowdef_flows(sc->arena, f, &names);
    tell_names("flow", &names);
    return OK;
}

const struct ctl_command ctl_flow_commands[] = {
    {"flow", "check", "FILE",
     "Reads a flow's document, names every fault, and prints which connections, cross references and flows it names.",
     "order.flow.json", flow_check, CTL_SETUP},
    {},
};
