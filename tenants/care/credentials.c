#include <string.h>

#include "base/timefmt.h"
#include "care/care_int.h"
#include "manifest/manifest.h"

/* Whether the vendor takes us for who we say we are, and what it lets us do. */

#define BACK_US (INT64_C(7) * 86400 * 1000000)
#define LISTED  8 /* permissions that a reason names */

enum err care_asked(struct care_run *r, enum manifest_check which, bool *out_there, struct told *out)
{
    int64_t now_us = time_now_us();
    struct source_window w = {.from_us = now_us - BACK_US, .until_us = now_us, .after = ""};
    struct ask ask;

    *out_there = false;
    if (!manifest_of(link_connector(r->link)))
        return OK;
    TRY(r->sc, manifest_check_ask(r->sc, link_site(r->link), which, &w, out_there, &ask));
    return *out_there ? link_question(r->sc, r->link, &ask, false, out) : OK;
}

/* What a connector without a word about checks can be asked; *out_how NULL: nothing. */
static enum err usual(struct care_run *r, const char **out_how)
{
    const struct connector *c = link_connector(r->link);
    int64_t now_us = time_now_us();
    struct source_window w = {.from_us = now_us - BACK_US, .until_us = now_us, .after = ""};
    struct source_page page;
    struct erp_out found;

    *out_how = "a question";
    if (c->erp)
        return link_do(r->sc, r->link, ERP_CURRENCY_FIND, &(struct erp_in){.text = "EUR"}, &found);
    *out_how = "the list of what changed lately";
    if (c->source && c->source->pull) {
        w.object = c->source->feeds[0].object;
        return link_changes(r->sc, r->link, &w, &page);
    }
    *out_how = NULL;
    return OK;
}

static void refused(struct care_check *out, enum err e, const char *why)
{
    if (e == ERR_NOT_FOUND)
        care_say(out, "skipped", "it was given nothing to be asked with", NULL);
    else if (e == ERR_UPSTREAM_BUSY || e == ERR_LIMIT)
        care_say(out, "warning", why, "check again later: it takes no more calls now");
    else if (e == ERR_UPSTREAM_AUTH)
        care_say(out, "failed", why, "give new credentials, as the vendor shows them");
    else if (e == ERR_HOLD)
        care_say(out, "failed", why, "check the settings and the secrets of the connection");
    else
        care_say(out, "failed", why, "see what the system says, and check again");
}

/* What a sign-in uses up belongs to the connection that keeps what comes in its place. */
static bool would_spend(const struct care_run *r, struct care_check *out)
{
    if (!r->trial || !manifest_rotates(manifest_of(link_connector(r->link))))
        return false;
    care_say(out, "skipped", "it was not signed in to: what was given for that is good once",
             "make the connection, and have it checked");
    return true;
}

void care_check_credentials(struct care_run *r, struct care_check *out)
{
    const char *how = NULL;
    struct told told;
    bool there;
    enum err e;

    if (!r->reached) {
        care_say(out, "skipped", "it could not be reached", NULL);
        return;
    }
    if (would_spend(r, out))
        return;
    e = care_asked(r, MANIFEST_CHECK_CREDENTIALS, &there, &told);
    if (e == OK && !there)
        e = usual(r, &how);
    if (e != OK) {
        refused(out, e, care_words(r->sc));
        return;
    }
    r->signed_in = there || how;
    if (r->signed_in)
        care_say(out, "ok", "it takes the credentials", NULL);
    else
        care_say(out, "skipped", "its operations are of your own making: none is known to be a mere question", NULL);
}

/* ---- permissions ---- */

static bool is_in(const struct doc *list, struct str name)
{
    for (size_t i = 0; i < doc_count(list); i++)
        if (str_equal(doc_text(doc_at(list, i)), name))
            return true;
    return false;
}

static void compare(struct care_run *r, const struct doc *wanted, const struct doc *granted, struct care_check *out)
{
    size_t missing = 0;
    struct buf b;

    buf_init(&b, r->sc->arena, CARE_WORDS_MAX);
    for (size_t i = 0; i < doc_count(wanted); i++) {
        struct str name = doc_text(doc_get(doc_at(wanted, i), "name"));

        if (is_in(granted, name))
            continue;
        if (missing++ < LISTED)
            buf_f(&b, "%s%s", missing > 1 ? ", " : "", str_dup(r->sc->arena, name));
    }
    if (missing == 0)
        care_say(out, "ok", arena_f(r->sc->arena, "all %zu that are asked for are granted", doc_count(wanted)), NULL);
    else
        care_say(out, "failed",
                 arena_f(r->sc->arena, "%zu of %zu are not granted: %s%s", missing, doc_count(wanted),
                         b.full ? "many" : buf_cstr(&b), missing > LISTED ? " …" : ""),
                 "grant them at the vendor, or leave out what needs them; the connector says why each is asked for");
}

void care_check_permissions(struct care_run *r, struct care_check *out)
{
    const struct doc *granted, *wanted;
    struct told told;
    bool there;

    if (!r->signed_in) {
        care_say(out, "skipped", "its credentials were not seen to work", NULL);
        return;
    }
    if (care_asked(r, MANIFEST_CHECK_PERMISSIONS, &there, &told) != OK ||
        (there && manifest_check_granted(r->sc, link_site(r->link), told.value, &granted) != OK)) {
        care_say(out, "warning", care_words(r->sc), "see at the vendor what is granted");
        return;
    }
    wanted = doc_get(there ? manifest_document(manifest_of(link_connector(r->link))) : NULL, "permissions");
    if (there && wanted)
        compare(r, wanted, granted, out);
    else
        care_say(out, "skipped", "the vendor does not tell what it has granted", NULL);
}
