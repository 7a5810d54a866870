// ARG 1: how many. Prints how many integers a second come through a ring in shared memory, which has one writer, one
// reader, no bound in time and no safety from death: the limit.
#include "bench.h"

enum { RING = 1024 };

struct ring {
    _Alignas(64) _Atomic uint64_t written;
    _Alignas(64) _Atomic uint64_t read;
    _Alignas(64) int64_t items[RING];
};

static void put(struct ring *r, uint64_t at, uint64_t *read_seen, int64_t value)
{
    while (at - *read_seen == RING) {
        *read_seen = atomic_load_explicit(&r->read, memory_order_acquire);
        if (at - *read_seen == RING) sched_yield();
    }
    r->items[at % RING] = value;
    atomic_store_explicit(&r->written, at + 1, memory_order_release);
}

static int64_t get(struct ring *r, uint64_t at, uint64_t *written_seen)
{
    while (at == *written_seen) {
        *written_seen = atomic_load_explicit(&r->written, memory_order_acquire);
        if (at == *written_seen) sched_yield();
    }
    int64_t value = r->items[at % RING];
    atomic_store_explicit(&r->read, at + 1, memory_order_release);
    return value;
}

static void produce(struct ring *r, uint64_t n)
{
    uint64_t read_seen = 0;
    for (uint64_t i = 0; i < n; i++) put(r, i, &read_seen, (int64_t)i);
}

int main(int argc, char **argv)
{
    uint64_t n = bench_count(argc, argv), written_seen = 0;
    struct ring *r = bench_share(sizeof *r);
    pid_t producer = fork();
    if (producer == 0) {
        produce(r, n);
        _exit(0);
    }
    if (get(r, 0, &written_seen) != 0) return 1;
    int64_t begin = bench_now();
    for (uint64_t i = 1; i < n; i++) {
        if (get(r, i, &written_seen) != (int64_t)i) return 1;
    }
    printf("%f\n", (double)(n - 1) * 1e9 / (double)(bench_now() - begin));
    return waitpid(producer, NULL, 0) != producer;
}
