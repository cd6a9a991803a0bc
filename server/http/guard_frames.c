#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "http/guard_int.h"

/* Follows RFC 9113 sections 4 and 6 as far as counting needs it; what a frame means is the library's business. */
enum {
    DATA,
    HEADERS,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    PUSH_PROMISE,
    PING,
    GOAWAY,
    WINDOW_UPDATE,
    CONTINUATION,
};

#define END_STREAM    0x1
#define END_HEADERS   0x4
#define PADDED        0x8
#define WITH_PRIORITY 0x20
#define FRAME_HEAD    9

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_N (sizeof(preface) - 1)

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static uint32_t big_endian(const uint8_t *p, unsigned n)
{
    uint32_t v = 0;

    while (n--)
        v = v << 8 | *p++;
    return v;
}

void guard_frames_dispose(struct guard_frames *f)
{
    if (f)
        free(f->uploads);
}

static struct guard_upload *upload_of(struct guard_frames *f, uint32_t stream)
{
    for (size_t i = 0; i < f->upload_count; i++)
        if (f->uploads[i].stream == stream)
            return &f->uploads[i];
    return NULL;
}

static enum guard_cut upload_begin(struct guard_frames *f, uint32_t stream)
{
    if (f->upload_count == GUARD_UPLOADS_MAX)
        return GUARD_CUT_UPLOADS;
    if (f->upload_count == f->upload_room) {
        f->upload_room = f->upload_room ? 2 * f->upload_room : 4;
        f->uploads = realloc(f->uploads, f->upload_room * sizeof(*f->uploads));
        if (!f->uploads)
            out_of_memory();
    }
    f->uploads[f->upload_count++] = (struct guard_upload){.stream = stream};
    return GUARD_FIT;
}

static void upload_end(struct guard_frames *f, uint32_t stream)
{
    struct guard_upload *u = upload_of(f, stream);

    if (u)
        *u = f->uploads[--f->upload_count];
}

static enum guard_cut begin_headers(struct guard_frames *f)
{
    f->block = f->stream;
    f->block_ends_stream = f->flags & END_STREAM;
    f->continuations = 0;
    guard_fields_begin(&f->fields);
    return f->stream ? GUARD_FIT : GUARD_CUT_FRAME;
}

static enum guard_cut begin_continuation(struct guard_frames *f, struct guard_tally *t)
{
    t->empties += f->length == 0;
    if (!f->block)
        return GUARD_CUT_FRAME;
    return ++f->continuations > GUARD_CONTINUATION_MAX ? GUARD_CUT_HEADERS : GUARD_FIT;
}

static enum guard_cut begin_by_type(struct guard_frames *f, struct guard_tally *t)
{
    switch (f->type) {
    case DATA:
        t->data++;
        t->empties += f->length == 0 && !(f->flags & END_STREAM);
        return GUARD_FIT;
    case HEADERS:
        t->empties += f->length == 0;
        return begin_headers(f);
    case RST_STREAM:
        t->resets++;
        upload_end(f, f->stream);
        return GUARD_FIT;
    case PRIORITY:
    case SETTINGS:
    case PING:
    case GOAWAY:
    case WINDOW_UPDATE:
        t->controls++;
        return GUARD_FIT;
    case CONTINUATION:
        return begin_continuation(f, t);
    case PUSH_PROMISE:
        return GUARD_CUT_FRAME;
    default:
        t->unknowns++;
        return GUARD_FIT;
    }
}

static enum guard_cut frame_begin(struct guard_frames *f, struct guard_tally *t)
{
    f->length = big_endian(f->head, 3);
    f->type = f->head[3];
    f->flags = f->head[4];
    f->stream = big_endian(f->head + 5, 4) & 0x7fffffff;
    f->padded = f->type <= HEADERS && f->flags & PADDED;
    f->lead = f->padded + (f->type == HEADERS && f->flags & WITH_PRIORITY ? 5 : 0);
    f->tail = 0;
    f->inside = true;
    t->frames++;
    if (f->length > GUARD_FRAME_MAX || f->lead > f->length || (f->block && f->type != CONTINUATION) ||
        (f->block && f->stream != f->block))
        return GUARD_CUT_FRAME;
    f->body = f->length - f->lead;
    return begin_by_type(f, t);
}

static enum guard_cut block_end(struct guard_frames *f, struct guard_tally *t)
{
    uint32_t stream = f->block;
    bool fresh = stream > f->last_stream;

    f->block = 0;
    if (guard_fields_end(&f->fields) != GUARD_FIT)
        return GUARD_CUT_HEADERS;
    if (fresh) {
        f->last_stream = stream;
        t->heads++;
    }
    if (f->block_ends_stream)
        upload_end(f, stream);
    else if (fresh)
        return upload_begin(f, stream);
    return GUARD_FIT;
}

static enum guard_cut frame_end(struct guard_frames *f, struct guard_tally *t)
{
    f->inside = false;
    f->have = 0;
    if (f->type == DATA && f->flags & END_STREAM)
        upload_end(f, f->stream);
    if (f->block && f->flags & END_HEADERS)
        return block_end(f, t);
    return GUARD_FIT;
}

/* One octet before the body: the padding's length, or a priority. */
static enum guard_cut lead_octet(struct guard_frames *f, uint8_t octet, struct guard_tally *t)
{
    f->lead--;
    if (!f->padded)
        return GUARD_FIT;
    f->padded = false;
    if (octet > f->body)
        return GUARD_CUT_FRAME;
    f->tail = octet;
    f->body -= octet;
    t->empties += f->type == DATA && f->body == 0 && !(f->flags & END_STREAM);
    return GUARD_FIT;
}

static enum guard_cut body_octets(struct guard_frames *f, const uint8_t *p, size_t n)
{
    struct guard_upload *u;

    f->body -= (uint32_t)n;
    if (f->type == HEADERS || f->type == CONTINUATION)
        return guard_fields_feed(&f->fields, p, n);
    if (f->type == DATA && (u = upload_of(f, f->stream)))
        u->octets += n;
    return GUARD_FIT;
}

/* Takes as much of one frame as there is; `took` may be 0 at a frame's end. */
static enum guard_cut payload(struct guard_frames *f, const uint8_t *p, size_t n, size_t *took, struct guard_tally *t)
{
    enum guard_cut cut = GUARD_FIT;

    *took = 0;
    if (f->lead && n) {
        *took = 1;
        cut = lead_octet(f, *p, t);
    } else if (f->lead == 0 && f->body) {
        *took = least(n, f->body);
        cut = body_octets(f, p, *took);
    } else if (f->lead == 0 && f->tail) {
        *took = least(n, f->tail);
        f->tail -= (uint32_t)*took;
    }
    if (cut == GUARD_FIT && f->lead + f->body + f->tail == 0)
        cut = frame_end(f, t);
    return cut;
}

/* Of the preface or of a frame's head. */
static enum guard_cut head_octets(struct guard_frames *f, const uint8_t *p, size_t n, size_t *took,
                                  struct guard_tally *t)
{
    *took = 1;
    if (f->preface < PREFACE_N)
        return *p == (uint8_t)preface[f->preface++] ? GUARD_FIT : GUARD_CUT_FRAME;
    *took = least(n, FRAME_HEAD - f->have);
    memcpy(f->head + f->have, p, *took);
    f->have = (uint8_t)(f->have + *took);
    return f->have == FRAME_HEAD ? frame_begin(f, t) : GUARD_FIT;
}

enum guard_cut guard_frames_feed(struct guard_frames *f, const uint8_t *p, size_t n, unsigned frames_max, size_t *used,
                                 struct guard_tally *out)
{
    enum guard_cut cut = GUARD_FIT;
    struct guard_tally t = {0};
    size_t at = 0;

    while (cut == GUARD_FIT && (f->inside || (at < n && (f->have || t.frames < frames_max)))) {
        size_t took;

        if (f->inside)
            cut = payload(f, p + at, n - at, &took, &t);
        else
            cut = head_octets(f, p + at, n - at, &took, &t);
        at += took;
        if (f->inside && at == n && f->lead + f->body + f->tail)
            break;
    }
    *used = at;
    *out = t;
    return cut;
}

bool guard_frames_waits(const struct guard_frames *f)
{
    return f->block || f->have > 0 ? f->type != DATA || !f->inside : false;
}

void guard_frames_sent(struct guard_frames *f, const uint8_t *p, size_t n, struct guard_tally *out)
{
    size_t at = least(f->out_left, n);

    *out = (struct guard_tally){0};
    f->out_left -= (uint32_t)at;
    while (n - at >= FRAME_HEAD) {
        uint32_t length = big_endian(p + at, 3);

        out->data += p[at + 3] <= HEADERS;
        if (p[at + 3] == RST_STREAM) {
            out->resets++;
            upload_end(f, big_endian(p + at + 5, 4) & 0x7fffffff);
        }
        at += FRAME_HEAD;
        f->out_left = length - (uint32_t)least(length, n - at);
        at += least(length, n - at);
    }
}
