#include "sandbox/sandbox_int.h"

/* What each customer, and each partner with all of its customers, may have of this process at once. A partner has twice
 * what one customer has, so that one that makes many customers gets no more than that. */

#define SHARE        4   /* a customer has one of so many parts of what is in memory; at least one place */
#define ASKING_MAX   100 /* requests of a customer at once, of the 4,096 of the process */
#define SENDING_MAX  2   /* of a customer that deliver at once, of 8 */
#define OF_A_PARTNER 2

struct taken {
    size_t customer, partner;
};

/* Of the customer and the partner of p, what is counted of each place but p itself. */
static struct taken taken(const struct sandbox *b, const struct sandbox_place *p,
                          size_t (*count)(const struct sandbox_place *))
{
    struct taken t = {0};

    for (size_t i = 0; i < b->n; i++) {
        const struct sandbox_place *other = b->places[i];
        size_t n = other == p ? 0 : count(other);

        if (uuid_equal(&other->tenant.partner_id, &p->tenant.partner_id)) {
            t.partner += n;
            t.customer += uuid_equal(&other->tenant.customer_id, &p->tenant.customer_id) ? n : 0;
        }
    }
    return t;
}

static bool is_enough(struct taken t, size_t most)
{
    return t.customer >= most || t.partner >= OF_A_PARTNER * most;
}

static enum err busy(struct scope *sc, const char *what)
{
    enum err e = FAIL(sc, ERR_LIMIT, "%s; wait for those under way, and try again in a moment", what);

    scope_problem(sc, "simulation-busy", 429);
    scope_retry_after(sc, 1);
    return e;
}

static size_t share(const struct sandbox *b)
{
    return b->conf.most > SHARE ? b->conf.most / SHARE : 1;
}

static size_t is_used(const struct sandbox_place *p)
{
    return p->users > 0;
}

enum err sandbox_fits(struct scope *sc, const struct sandbox *b, const struct sandbox_place *p)
{
    return is_enough(taken(b, p, is_used), share(b))
               ? busy(sc, "as many simulated systems of this customer are in use as may be at once")
               : OK;
}

static size_t asking(const struct sandbox_place *p)
{
    return p->asking;
}

static void asked(void *arg)
{
    struct sandbox_place *p = arg;

    p->asking--;
}

enum err sandbox_asks(struct scope *sc, struct sandbox *b, struct sandbox_place *p)
{
    struct taken t = taken(b, p, asking);

    t.customer += p->asking;
    t.partner += p->asking;
    if (is_enough(t, ASKING_MAX))
        return busy(sc, "as much is asked of the simulated systems of this customer as may be at once");
    p->asking++;
    arena_defer(sc->arena, asked, p);
    return OK;
}

static size_t is_delivering(const struct sandbox_place *p)
{
    return p->delivering;
}

bool sandbox_delivers(const struct sandbox *b, const struct sandbox_place *p)
{
    return !is_enough(taken(b, p, is_delivering), SENDING_MAX);
}

static size_t is_there(const struct sandbox_place *p)
{
    return p->standin != NULL;
}

struct sandbox_place *sandbox_idlest(const struct sandbox *b, const struct sandbox_place *p)
{
    bool own = is_enough(taken(b, p, is_there), share(b));
    struct sandbox_place *any = NULL, *of_own = NULL;

    for (size_t i = 0; i < b->n; i++) {
        struct sandbox_place *o = b->places[i];

        if (o == p || o->users > 0 || !o->standin || o->saving)
            continue;
        if (!any || o->used_us < any->used_us)
            any = o;
        if (uuid_equal(&o->tenant.partner_id, &p->tenant.partner_id) && (!of_own || o->used_us < of_own->used_us))
            of_own = o;
    }
    return own && of_own ? of_own : any;
}
