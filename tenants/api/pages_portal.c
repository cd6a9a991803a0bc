#include "api/api_int.h"

/* Addresses of the portal's pages. One file answers all of them: it holds no data of anybody, and its script draws the
 * page that the address names with what it asks of the API. Inside a customer they begin with /c/ and its id. */
static enum err page_portal(struct scope *sc, const struct rq *rq, struct rs *rs)
{
    return api_page(sc, rs, rq, "portal.html");
}

/* Filters, tabs and the like; read by the page alone. */
static const char *const any_query[] = {"*", NULL};

#define PAGE(at, operation)                                                                                            \
    {                                                                                                                  \
        GET, at, page_portal, .public_ = true, .raw = true, .query = any_query, .name = operation,                     \
                              .summary = "A page of the portal."                                                       \
    }
#define LIST(what) PAGE("/" what, "pages." what), PAGE("/c/{customer_id}/" what, "pages.customers." what)
#define LIST_AND_ONE(what)                                                                                             \
    LIST(what), PAGE("/" what "/{page_id}", "pages." what ".one"),                                                     \
        PAGE("/c/{customer_id}/" what "/{page_id}", "pages.customers." what ".one")

const struct route api_portal_page_routes[] = {
    PAGE("/c/{customer_id}", "pages.customers.start"),
    LIST_AND_ONE("exceptions"),
    LIST_AND_ONE("orders"),
    LIST_AND_ONE("connections"),
    LIST_AND_ONE("flows"),
    LIST_AND_ONE("mappings"),
    LIST_AND_ONE("cross-references"),
    LIST_AND_ONE("drifts"),
    LIST("audit"),
    LIST("team"),
    LIST("api-keys"),
    LIST("files"),
    LIST("grants"),
    LIST("service-levels"),
    LIST("settings"),
    PAGE("/customers", "pages.customers"),
    PAGE("/usage", "pages.usage"),
    PAGE("/fleet", "pages.fleet"),
    PAGE("/branding", "pages.branding"),
    PAGE("/domains", "pages.domains"),
    PAGE("/profile", "pages.profile"),
    {},
};
