#include "connect/connect_int.h"
#include "q_connect.h"

/* What the orders of a connection are called in other systems. A source's own ids are unique in that source alone: two
 * shops both have an order 1, and a customer 1. */

static const char *own_prefix(struct scope *sc, const struct doc *settings)
{
    const char *said = doc_cstr(sc->arena, doc_get(settings, "reference_prefix"));

    return said && *said ? said : NULL;
}

enum err connection_reference_prefix(struct scope *sc, const struct connection *c, const char **out)
{
    const struct connector *connector;
    const struct doc *settings;

    TRY(sc, connector_of(sc, c, &connector));
    TRY(sc, doc_parse(sc, str_of(c->settings), &settings));
    *out = own_prefix(sc, settings);
    if (!*out)
        *out = connector && connector->source ? connector->source->reference_prefix : "";
    return OK;
}

/* Whose ids are unique everywhere is a connector in C. */
enum err connect_reference_taken(struct scope *sc, const struct connection_new *in, const struct connector *c,
                                 const char **out_by)
{
    const struct q_connection_same_prefix_row *row;
    const struct doc *settings;
    const char *own;

    *out_by = NULL;
    if (!c->secrets_check)
        return OK;
    TRY(sc, doc_parse(sc, in->settings, &settings));
    own = own_prefix(sc, settings);
    TRY(sc, q_connection_same_prefix(sc,
                                     &(struct q_connection_same_prefix_in){.customer_id = in->customer_id,
                                                                           .destination_id = *in->destination_id,
                                                                           .connector = c->name,
                                                                           .prefix = own ? own : "",
                                                                           .usual = c->source->reference_prefix},
                                     &row));
    if (row)
        *out_by = row->name;
    return OK;
}
