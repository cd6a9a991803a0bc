#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* shelf: the folder of one connection and what lies in it. Each function blocks and is for the side pool; none
 * allocates. Below the root a connection has its own folder, by its id, and in it four: files are put into "in" by
 * others, and are moved whole to "taking", and from there to "done" or "failed". No name that anybody gives leads out
 * of it: names have no slash, and no link is followed.
 */
#define SHELF_MOST      50   /* files of one look */
#define SHELF_SEEN_MAX  5000 /* entries of a folder that are looked at */
#define SHELF_NAME_MAX  180
#define SHELF_PLACE_MAX 255
#define SHELF_SETTLE_NS INT64_C(3000000000) /* what was written so lately may still be being written */

struct shelf_file {
    char name[SHELF_NAME_MAX + 1];
    char place[SHELF_PLACE_MAX + 1]; /* its name in "taking" */
    uint64_t octets;
    int64_t written_ns; /* when it was written to last */
};

struct shelf {
    const char *root, *id; /* the connection's, as a name */
    bool (*fits)(const void *arg, const char *name);
    const void *arg;
    /* out */
    int error;         /* errno; 0: none */
    const char *doing; /* what went wrong */
    struct shelf_file files[SHELF_MOST];
    size_t n;
    unsigned unfit; /* files whose names cannot be taken, or which are links to others */
    unsigned stuck; /* files that could not be moved, the last because of stuck_error */
    int stuck_error;
};
void shelf_take(void *shelf); /* moves what is whole to "taking", and lists what is there */

struct shelf_read {
    const char *root, *id, *place;
    char *to;
    size_t size;        /* of `to`: the file's octets, and */
    int64_t written_ns; /* its time, as they were listed */
    int error;
    bool changed; /* it is being written to: what was read is a part of it */
    size_t n;
};
void shelf_read(void *read);

struct shelf_move {
    const char *root, *id, *place, *name;
    const char *unlike; /* put before the name where there is one of it already */
    bool failed;        /* to "failed"; otherwise to "done" */
    int error;          /* 0: it is there, or was not in "taking" any more */
};
void shelf_move(void *move);

struct shelf_write {
    const char *root, *id, *name;
    const char *unlike; /* a part of the name it has until it is whole: no other writer's; at most 40 octets */
    const char *p;
    size_t n;
    bool there; /* out: one of its name is there; nothing was written */
    int error;  /* nothing was written */
};
void shelf_write(void *write); /* into "out", whole or not at all */
void shelf_find(void *write);  /* whether it is there */
