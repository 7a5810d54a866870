#include "arena.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "layout.h"
#include "limits.h"

struct mp_arena *mp_arena;

static const uint64_t GIB = UINT64_C(1) << 30;

enum { PROT = PROT_READ | PROT_WRITE };

// A sealed memfd, so that nobody can shrink it under our feet.
static void *map_file(uint64_t size)
{
    int fd = memfd_create("mplua", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return MAP_FAILED;
    void *p = MAP_FAILED;
    if (ftruncate(fd, (off_t)size) == 0) {
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
        p = mmap(NULL, size, PROT, MAP_SHARED | MAP_NORESERVE, fd, 0);
    }
    int err = errno;
    close(fd);
    errno = err;
    return p;
}

// Without memfd (an old kernel, a filter, a limit on file sizes) plain shared memory does the same.
static void *map(uint64_t size)
{
    void *p = map_file(size);
    if (p != MAP_FAILED) return p;
    return mmap(NULL, size, PROT, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

// Address space may be limited; a limit on file sizes would raise SIGXFSZ.
static void *map_largest(uint64_t *size)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGXFSZ, &ignore, &before);
    void *p = MAP_FAILED;
    for (*size = 64 * GIB; *size >= GIB / 4; *size /= 4) {
        p = map(*size);
        if (p != MAP_FAILED) break;
    }
    int err = errno;
    sigaction(SIGXFSZ, &before, NULL);
    errno = err;
    return p;
}

int mp_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

// Early in the machine's life there may be no randomness yet.
static uint64_t random_word(void)
{
    uint64_t word;
    if (getrandom(&word, sizeof word, GRND_NONBLOCK) == sizeof word) return word;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)getpid();
}

int mp_arena_open(uint64_t quota)
{
    uint64_t size;
    void *p = map_largest(&size);
    if (p == MAP_FAILED) return errno;
    madvise(p, size, MADV_DONTDUMP);
    mp_arena = p;
    mp_arena->magic = MP_MAGIC;
    mp_arena->layout = sizeof(struct mp_arena) ^ sizeof(struct mp_slot) << 32;
    mp_arena->spans = size / MP_SPAN;
    mp_arena->monitor_pid = getpid();
    mp_arena->cpus = mp_cpu_count();
    mp_arena->hash_seed = random_word();
    if (quota == 0) quota = mp_memory_limit() / 2;
    mp_heap_init((quota + MP_SPAN - 1) / MP_SPAN, size / MP_SPAN);
    return 0;
}

uint64_t mp_arena_limit(void)
{
    return mp_arena->heap.quota * MP_SPAN;
}

uint64_t mp_arena_used(void)
{
    return mp_arena->heap.used * MP_SPAN;
}
