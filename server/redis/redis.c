#include "redis/redis_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

bool redis_url_is_fit(const char *text)
{
    struct redis_url url;

    return redis_url_parse(text, &url);
}

struct redis *redis_open(const char *url)
{
    struct redis *r = calloc(1, sizeof(*r));

    MUST_BE(loop_here());
    if (!r)
        out_of_memory();
    if (!redis_url_parse(url, &r->url)) {
        free(r);
        return NULL;
    }
    r->text = strdup(url);
    if (r->url.form == REDIS_CLUSTER)
        r->map = calloc(1, sizeof(*r->map));
    if (!r->text || (r->url.form == REDIS_CLUSTER && !r->map))
        out_of_memory();
    if (r->url.form == REDIS_ONE) {
        r->main = redis_conn_new(&r->url.seeds[0], true);
        redis_conn_connect(r->main);
    } else {
        redis_search_soon(r);
    }
    return r;
}

static void redis_free(struct redis *r)
{
    free(r->text);
    free(r);
}

void redis_close(struct redis *r)
{
    if (!r)
        return;
    r->closed = true;
    redis_search_close(r);
    redis_conn_free(r->main);
    redis_map_free(r->map);
    r->main = NULL;
    r->map = NULL;
    if (r->users == 0)
        redis_free(r);
}

void redis_leave(struct redis *r)
{
    r->users--;
    if (r->closed && r->users == 0)
        redis_free(r);
}

const char *redis_url(const struct redis *r)
{
    return r->text;
}

bool redis_is_up(const struct redis *r)
{
    if (r->url.form == REDIS_CLUSTER)
        return redis_map_is_whole(r->map);
    return r->main && r->main->state == REDIS_UP && (r->url.form == REDIS_ONE || r->is_master);
}
