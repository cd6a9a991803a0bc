#include "fakes/erp_int.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakes/httpd.h"

/* The journal holds the calls that changed something, as they came. Ids are given in order, so that acting on them
 * again from the seed makes the same records. A line is written before its answer leaves, with one write().
 */
static void journal_write(struct erp *e, const char *line, size_t len)
{
    if (write(e->journal, line, len) != (ssize_t)len) {
        perror("fake-erp: journal");
        abort();
    }
}

void journal_call(struct erp_call *c, const struct http_request *rq)
{
    if (c->erp->journal < 0)
        return;
    char *line = erp_alloc(rq->len + 100);
    int head = snprintf(line, rq->len + 100, "{\"at\":%" PRId64 ",\"user\":%d,\"call\":", c->now_us, c->user->id);
    char *body = line + head;
    memcpy(body, rq->body, rq->len);
    for (char *p = body; (p = memchr(p, '\n', rq->len - (size_t)(p - body)));)
        *p = ' '; /* between tokens only: inside a string JSON has no raw newline */
    memcpy(body + rq->len, "}\n", 2);
    journal_write(c->erp, line, (size_t)head + rq->len + 2);
    free(line);
}

void journal_session(struct erp *e, const char *token, int user)
{
    char line[160];

    if (e->journal < 0)
        return;
    int n = snprintf(line, sizeof line, "{\"session\":\"%s\",\"user\":%d}\n", token, user);
    journal_write(e, line, (size_t)n);
}

static bool journal_act(struct erp *e, const json_t *line)
{
    const char *token = json_string_value(json_object_get(line, "session"));
    json_int_t user = json_integer_value(json_object_get(line, "user"));
    const json_t *call = json_object_get(line, "call");

    if (token) {
        json_object_set_new(e->sessions, token, json_integer(user));
        return true;
    }
    const char *method = json_string_value(json_object_get(call, "method"));
    if (!method)
        return false;
    struct erp_call c = {.erp = e,
                         .user = &erp_users[user == erp_users[1].id],
                         .now_us = json_integer_value(json_object_get(line, "at")),
                         .status = 200};
    json_t *result = rpc_act(&c, method, json_object_get(call, "params"));
    bool acted = result != NULL;
    e->counts.changes += acted;
    json_decref(result);
    json_decref(c.error);
    return acted;
}

/* Acts on a journal from its start; a last line without its end is cut off: its answer never left. */
bool journal_replay(struct erp *e, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    off_t good = 0;
    bool fine = true;
    FILE *in = fopen(path, "r");

    while (in && fine && (n = getline(&line, &room, in)) > 0 && line[n - 1] == '\n') {
        json_t *entry = json_loadb(line, (size_t)n, 0, NULL);
        fine = journal_act(e, entry);
        json_decref(entry);
        good += n;
    }
    free(line);
    if (in)
        fclose(in);
    if (!fine)
        return false;
    e->journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    return e->journal >= 0 && ftruncate(e->journal, good) == 0;
}
