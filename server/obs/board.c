#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "obs/metrics_int.h"

#define SLOT_ENDED 0
#define SLOT_MAKER 1
#define TRIES      1000

/* A slot that ends is added to the ended ones and cleared; whoever sums meanwhile would see it twice, so the maker
 * counts before and after, and a sum during which the count was odd or has changed is made again. */
struct metrics_board {
    _Atomic unsigned changes;
    atomic_bool taken[METRICS_SLOTS];
    struct metrics_slot slots[METRICS_SLOTS];
};

static struct metrics_board *board;

static bool board_map(int fd)
{
    void *at = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (at == MAP_FAILED)
        return false;
    board = at;
    return true;
}

int metrics_board_new(void)
{
    int fd = memfd_create("metrics", MFD_CLOEXEC);

    if (fd < 0)
        return -1;
    if (ftruncate(fd, sizeof(*board)) != 0 || !board_map(fd)) {
        close(fd);
        return -1;
    }
    atomic_store(&board->taken[SLOT_ENDED], true);
    atomic_store(&board->taken[SLOT_MAKER], true);
    metrics_own = &board->slots[SLOT_MAKER];
    return fd;
}

bool metrics_board_open(int fd, unsigned slot)
{
    if (slot >= METRICS_SLOTS || !board_map(fd))
        return false;
    metrics_own = &board->slots[slot];
    return true;
}

int metrics_slot_take(void)
{
    for (int i = 0; i < METRICS_SLOTS; i++) {
        if (atomic_load(&board->taken[i]))
            continue;
        atomic_store(&board->taken[i], true);
        return i;
    }
    return -1;
}

void metrics_slot_end(unsigned slot)
{
    struct metrics_slot *s = &board->slots[slot];

    MUST_BE(slot > SLOT_MAKER && slot < METRICS_SLOTS);
    atomic_fetch_add(&board->changes, 1);
    metrics_slot_add(&board->slots[SLOT_ENDED], s, false);
    atomic_store(&board->taken[slot], false);
    MUST_BE(madvise(s, sizeof(*s), MADV_REMOVE) == 0);
    atomic_fetch_add(&board->changes, 1);
}

static struct metrics_slot *slot_new(void)
{
    struct metrics_slot *s = aligned_alloc(METRICS_PAGE, sizeof(*s));

    if (!s)
        out_of_memory();
    *s = (struct metrics_slot){0};
    return s;
}

static void board_sum(struct metrics_slot *out)
{
    for (unsigned i = 0; i < METRICS_SLOTS; i++)
        if (atomic_load(&board->taken[i]))
            metrics_slot_add(out, &board->slots[i], i != SLOT_ENDED);
}

/* A maker that was killed over a change leaves the count odd; then the sum is as good as it gets. */
struct metrics_slot *metrics_total(void)
{
    struct metrics_slot *total = slot_new();

    if (!board) {
        metrics_slot_add(total, metrics_own, true);
        return total;
    }
    for (int i = 0; i < TRIES; i++) {
        unsigned before = atomic_load(&board->changes);

        *total = (struct metrics_slot){0};
        board_sum(total);
        if (before % 2 == 0 && atomic_load(&board->changes) == before)
            break;
    }
    return total;
}

int64_t metric_total(enum metric m)
{
    int64_t sum = 0;

    if (!board)
        return metric_get(m, NULL);
    for (unsigned i = 0; i < METRICS_SLOTS; i++)
        if (atomic_load(&board->taken[i]))
            sum += atomic_load_explicit(&board->slots[i].states[m].plain.value, memory_order_relaxed);
    return sum;
}
