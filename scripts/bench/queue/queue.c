// queue BYTES: items of so many bytes go through a ring in shared memory, which has one writer, one reader, no
// blocking and no safety from death: the limit. Larger ones are copied in and out, as values of a language must be.
#include "clock.h"

enum { RING = 1024, ROOM = 1 << 22 };   // at most so many items, or bytes of items but for one

struct ring {
    _Alignas(64) _Atomic uint64_t written;
    _Alignas(64) _Atomic uint64_t read;
    _Alignas(64) unsigned char bytes[];
};

struct queue {
    struct ring *ring;
    size_t size;
    uint64_t places;
};

static void wait_until(const _Atomic uint64_t *word, uint64_t least, uint64_t *seen)
{
    while (*seen < least) {
        *seen = atomic_load_explicit(word, memory_order_acquire);
        if (*seen < least) sched_yield();
    }
}

static unsigned char *place(const struct queue *q, uint64_t at)
{
    return q->ring->bytes + at % q->places * q->size;
}

static void produce(const struct queue *q, uint64_t begin, uint64_t n)
{
    unsigned char *item = clock_memory(q->size);
    uint64_t read_seen = begin;
    for (uint64_t at = begin; at < begin + n; at++) {
        if (at >= q->places) wait_until(&q->ring->read, at - q->places + 1, &read_seen);
        memcpy(place(q, at), item, q->size);
        atomic_store_explicit(&q->ring->written, at + 1, memory_order_release);
    }
    free(item);
}

static void consume(const struct queue *q, uint64_t begin, uint64_t n, unsigned char *item)
{
    uint64_t written_seen = begin;
    for (uint64_t at = begin; at < begin + n; at++) {
        wait_until(&q->ring->written, at + 1, &written_seen);
        memcpy(item, place(q, at), q->size);
        atomic_store_explicit(&q->ring->read, at + 1, memory_order_release);
    }
}

static double run(uint64_t n, const void *arg)
{
    const struct queue *q = arg;
    uint64_t begin = atomic_load(&q->ring->written);
    unsigned char *item = clock_memory(q->size);
    pid_t producer = clock_fork();
    if (producer == 0) {
        produce(q, begin, n + 1);
        _exit(0);
    }
    consume(q, begin, 1, item);
    double began = clock_seconds();
    consume(q, begin + 1, n, item);
    double took = clock_seconds() - began;
    clock_wait(producer);
    free(item);
    return took;
}

int main(int argc, char **argv)
{
    struct queue q = {.size = argc > 1 ? strtoul(argv[1], NULL, 10) : 8};
    q.places = q.size * RING <= ROOM ? RING : q.size < ROOM ? ROOM / q.size : 1;
    q.ring = clock_share(sizeof *q.ring + q.places * q.size);
    return clock_measure(run, &q, 1);
}
