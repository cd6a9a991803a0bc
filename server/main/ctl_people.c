#include <string.h>

#include "access/people.h"
#include "main/ctl_int.h"

/* The first people of a partner or a customer, as tenon_operator. */

/* No letter is sent: whoever runs this hands the link over. */
static enum err user_invite(struct scope *sc, const struct ctl_args *a)
{
    const char *host = ctl_option(a, "host"), *name = ctl_option(a, "name");
    struct invitation in = {.name = name ? name : ""};
    struct invited made;
    const char *link;

    TRY(sc, ctl_partner(sc, a));
    TRY(sc, ctl_need(sc, a, "email", &in.email));
    TRY(sc, ctl_need(sc, a, "role", &in.role));
    TRY(sc, ctl_id(sc, a, "customer", "cus", &in.place.customer_id, &in.place.has_customer));
    if (!host)
        TRY(sc, people_host(sc, &host));
    sc->actor = ACTOR_SYSTEM;
    TRY(sc, people_invite(sc, &in, &made));
    TRY(sc, ctl_commit(sc, a));
    link = people_link(sc, host, "/invite#", made.token);
    ctl_record(sc, a, (const char *const[]){"link"}, (const char *const[]){link}, 1);
    return OK;
}

const struct ctl_command ctl_people_commands[] = {
    {"user", "invite", "--partner SLUG --email ADDRESS --role ROLE [--customer cus_…] [--name NAME] [--host HOST]",
     "Invites a person and shows the link, good for seven days and once.",
     "--partner acme --email ada@acme.example --role partner_owner", user_invite, CTL_DATABASE},
    {},
};
