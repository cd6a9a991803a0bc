#include <stdio.h>
#include <string.h>

#include "access/people.h"
#include "db/db.h"
#include "main/ctl_int.h"
#include "org/org.h"

static enum err place_of(struct scope *sc, const struct ctl_args *a, struct place *out)
{
    const char *text = ctl_option(a, "customer");

    *out = (struct place){.has_customer = text && *text};
    if (out->has_customer && !typeid_parse("cus", text, strlen(text), &out->customer_id))
        return FAIL(sc, ERR_INVALID, "--customer takes an id like cus_…");
    return OK;
}

/* No letter is sent: whoever runs this hands the link over. */
static enum err user_invite(struct scope *sc, const struct ctl_args *a)
{
    const char *slug, *host = ctl_option(a, "host"), *name = ctl_option(a, "name");
    struct invitation in = {0};
    struct invited made;

    TRY(sc, ctl_need(sc, a, "partner", &slug));
    TRY(sc, ctl_need(sc, a, "email", &in.email));
    TRY(sc, ctl_need(sc, a, "role", &in.role));
    TRY(sc, place_of(sc, a, &in.place));
    in.name = name ? name : "";
    TRY(sc, org_partner_use(sc, slug));
    if (!host)
        TRY(sc, people_host(sc, &host));
    sc->actor = ACTOR_SYSTEM;
    TRY(sc, people_invite(sc, &in, &made));
    TRY(sc, ctl_commit(sc, a));
    ctl_record(sc, a, (const char *const[]){"link"},
               (const char *const[]){arena_f(sc->arena, "https://%s/invite#%s", host, made.token)}, 1);
    return OK;
}

const struct ctl_command ctl_people_commands[] = {
    {"user", "invite", "--partner SLUG --email ADDRESS --role ROLE [--customer cus_…] [--name NAME] [--host HOST]",
     "Invites a person and prints the one-time link.", "--partner acme --email kim@acme.example --role partner_owner",
     user_invite, CTL_DATABASE},
    {},
};
