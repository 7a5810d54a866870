// copy BYTES: so many, from one place to another.
#include "clock.h"

struct copy {
    size_t size;
    unsigned char *from, *to;
};

static double run(uint64_t n, const void *arg)
{
    const struct copy *c = arg;
    double begin = clock_seconds();
    for (uint64_t i = 0; i < n; i++) {
        memcpy(c->to, c->from, c->size);
        __asm__ volatile("" ::: "memory");
    }
    return clock_seconds() - begin;
}

int main(int argc, char **argv)
{
    struct copy c = {.size = argc > 1 ? strtoul(argv[1], NULL, 10) : 8};
    c.from = clock_memory(c.size);
    c.to = clock_memory(c.size);
    return clock_measure(run, &c, 1);
}
