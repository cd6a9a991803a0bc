#include <stdio.h>
#include <string.h>

#include "access/access.h"
#include "base/timefmt.h"
#include "db/db.h"
#include "main/ctl_int.h"

/* Letting a member of the staff in to a partner's data, for a reason and a time. */
#define LIST_MAX 200

static enum err grant_create(struct scope *sc, const struct ctl_args *a)
{
    struct access_grant_new g = {0};
    char text[ACCESS_GRANT_TEXT_MAX];
    struct uuid customer, id;
    bool given;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "reason", &g.reason));
    TRY(sc, ctl_need(sc, a, "by", &g.operator_name));
    TRY(sc, ctl_number(sc, a, "minutes", ACCESS_GRANT_MINUTES, &g.minutes));
    TRY(sc, ctl_id(sc, a, "customer", "cus", &customer, &given));
    g.customer_id = given ? &customer : NULL;
    TRY(sc, access_grant_create(sc, &g, &id, text));
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"id", "api_key"},
               (const char *const[]){ctl_typeid(sc, ACCESS_GRANT_PREFIX, &id), text}, 2);
    return OK;
}

static const char *time_text(struct scope *sc, int64_t us)
{
    char text[TIME_TEXT_MAX];

    if (us == INT64_MIN)
        return "";
    time_format(us, text);
    return arena_strdup(sc->arena, text);
}

static enum err grant_list(struct scope *sc, const struct ctl_args *a)
{
    static const char *const columns[] = {"id", "state", "by", "customer", "until", "reason"};
    struct access_grant *v;
    struct ctl_list list;
    size_t n;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, access_grant_list(sc, &(struct uuid){0}, LIST_MAX, &v, &n));
    ctl_list_init(&list, sc, a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < n; i++) {
        const char **cells = ARENA_ARRAY(sc->arena, const char *, ARRAY_LEN(columns));

        cells[0] = ctl_typeid(sc, ACCESS_GRANT_PREFIX, &v[i].grant_id);
        cells[1] = v[i].live ? "live" : "ended";
        cells[2] = v[i].operator_name;
        cells[3] = v[i].has_customer ? ctl_typeid(sc, "cus", &v[i].customer_id) : "all";
        cells[4] = time_text(sc, v[i].revoked_at_us == INT64_MIN ? v[i].expires_at_us : v[i].revoked_at_us);
        cells[5] = v[i].reason;
        ctl_list_add(&list, cells);
    }
    ctl_list_print(&list);
    return OK;
}

static enum err grant_revoke(struct scope *sc, const struct ctl_args *a)
{
    const char *by;
    struct uuid id;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "by", &by));
    if (!a->word || !typeid_parse(ACCESS_GRANT_PREFIX, a->word, strlen(a->word), &id))
        return FAIL(sc, ERR_INVALID, "name the grant by its id, like gra_…");
    TRY(sc, access_grant_revoke(sc, &id, arena_f(sc->arena, "by the operator \"%s\"", by)));
    return ctl_commit(sc, a);
}

const struct ctl_command ctl_grant_commands[] = {
    {"grant", "create", "--partner SLUG --by NAME --reason TEXT [--customer cus_…] [--minutes N]",
     "Lets a member of the staff in to a partner's data; the partner sees it. The key is shown once.",
     "--partner acme --by Kim --reason \"order 1001 is held\" --minutes 30", grant_create, CTL_DATABASE},
    {"grant", "list", "--partner SLUG", "Who was let in, why, and until when; the newest 200.", "--partner acme",
     grant_list, CTL_DATABASE},
    {"grant", "revoke", "--partner SLUG --by NAME gra_…", "Ends one at once.", NULL, grant_revoke, CTL_DATABASE},
    {},
};
