#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/scope.h"

/* cage: a process of our own program that computes and reaches nothing. It is started by exec with an environment of
 * nothing and two pipes; before it reads the first octet it leaves the network for good, where the system lets it, and
 * gives up every system call but the few that computing needs: it cannot open, connect, send, start a process or load
 * code, whatever it is made to do. It says so itself in its first frame, having tried, and whoever opened it refuses a
 * cage that did not close. Frames go both ways: a kind and octets. The fact people get wrong: it dies with the thread
 * that opened it, and is killed when it is closed; what it has not said by then is lost.
 */
#define CAGE_FRAME_MAX ((size_t)96 << 20)
#define CAGE_HELLO     'H'

struct cage;

struct cage_frame {
    char kind;
    struct str octets; /* good until the next frame is taken */
};

/* ---- whoever opens one: in a fiber, all of it parks. due_us is of loop_now_us ---- */

/* role is the program's first argument, by which its main knows what it is. ERR_UNAVAILABLE when it did not come up or
 * did not close. */
enum err cage_open(struct scope *sc, const char *role, int64_t due_us, struct cage **out);
/* ERR_UNAVAILABLE when the process is gone, ERR_TIMEOUT when it is too slow. */
enum err cage_send(struct scope *sc, struct cage *c, char kind, struct str octets, int64_t due_us);
/* Until something can be taken; *out_ready false when that was not before due_us. */
enum err cage_wait(struct scope *sc, struct cage *c, int64_t due_us, bool *out_ready);
enum err cage_take(struct scope *sc, struct cage *c, int64_t due_us, struct cage_frame *out);
const char *cage_hello(const struct cage *c); /* JSON: what the process found when it tried its walls */
pid_t cage_pid(const struct cage *c);
void cage_close(struct cage *c); /* kills it; takes NULL */

/* ---- the process itself: blocking ---- */

/* Closes the cage, tries its walls and says hello. Memory and processor time are bounded as well. False: a wall did not
 * hold, and nothing may be read. */
bool cage_enter(size_t memory_max, unsigned seconds_max);
/* False at the end of what comes. Into memory of its own that the next call uses again. */
bool cage_read(struct cage_frame *out);
bool cage_write(char kind, struct str octets);
