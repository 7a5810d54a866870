// wait N: poll(2) over so many descriptors, of which the last is ready.
#include <poll.h>
#include <sys/eventfd.h>

#include "clock.h"

struct many {
    struct pollfd *fds;
    nfds_t count;
};

static double run(uint64_t n, const void *arg)
{
    const struct many *m = arg;
    double begin = clock_seconds();
    for (uint64_t i = 0; i < n; i++) {
        if (poll(m->fds, m->count, -1) != 1) clock_die("poll");
    }
    return clock_seconds() - begin;
}

int main(int argc, char **argv)
{
    struct many m = {.count = argc > 1 ? (nfds_t)atol(argv[1]) : 1};
    m.fds = calloc(m.count, sizeof *m.fds);
    if (!m.fds) clock_die("calloc");
    for (nfds_t i = 0; i < m.count; i++) {
        m.fds[i] = (struct pollfd){.fd = eventfd(i + 1 == m.count, EFD_CLOEXEC), .events = POLLIN};
        if (m.fds[i].fd < 0) clock_die("eventfd");
    }
    return clock_measure(run, &m, 1);
}
