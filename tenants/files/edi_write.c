#include "base/timefmt.h"
#include "files/remote_int.h"
#include "x12/x12.h"

/* What a flow sends as an interchange: sets of one group, as documents, in an envelope of the connection's. */

#define SETS_MAX 200

static enum err lacks(struct scope *sc, const char *what)
{
    return FAIL(sc, ERR_HOLD, "an interchange that is written has %s", what);
}

/* Why it cannot be written, with its place, for whoever let the flow do it. */
static enum err cannot(struct scope *sc)
{
    const struct fault *f = scope_fault(sc);
    const char *why = arena_f(sc->arena, "%s%s%s", f->message ? f->message : "it is not right", f->items ? ": " : "",
                              f->items ? f->items->pointer : "");

    scope_clear(sc);
    return FAIL(sc, ERR_HOLD, "the interchange cannot be written: %s", why);
}

enum err files_edi_write(struct scope *sc, const struct doc *settings, const struct doc *with, struct buf *out)
{
    const struct doc *sets = doc_get(with, "sets");
    size_t n = doc_kind(sets) == DOC_ARRAY ? doc_count(sets) : 0;
    struct files_settings s;
    struct x12_envelope e = {0};
    struct doc *v, whole;

    TRY(sc, files_edi_settings_read(sc, settings, &s));
    if (!doc_int(doc_get(with, "control"), &e.control) || e.control < 1 || e.control > 999999999)
        return lacks(sc, "a \"control\" number of 1 to 999999999, which is never the same twice");
    if (!time_parse(doc_text(doc_get(with, "at")), &e.now_us))
        return lacks(sc, "the time \"at\" which it is made, as $now() gives it");
    if (n == 0 || n > SETS_MAX)
        return lacks(sc, "a list \"sets\" of 1 to 200");
    e.sender_qualifier = s.edi.us_qualifier;
    e.sender = e.group_sender = s.edi.us;
    e.receiver_qualifier = s.edi.partner_qualifier;
    e.receiver = e.group_receiver = s.edi.partner;
    e.group_control = e.control;
    e.test = s.edi.test;
    v = ARENA_ARRAY(sc->arena, struct doc, n);
    for (size_t i = 0; i < n; i++)
        v[i] = *doc_at(sets, i);
    if (x12_enclose(sc, &e, v, n, &whole) != OK || x12_write(sc, &whole, NULL, out) != OK)
        return cannot(sc);
    return OK;
}
