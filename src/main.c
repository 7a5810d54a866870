// mplua: the process that the user starts becomes the monitor; its first child runs Lua.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "bind/lmp.h"
#include "core/arena.h"
#include "core/atfork.h"
#include "core/monitor.h"
#include "core/output.h"
#include "host/host.h"

static const uint64_t LEAST = 2 << 20;   // a span for each size of block, and some to work with

static int fail(const char *what, const char *why)
{
    fprintf(stderr, "mplua: %s: %s\n", what, why);
    return EXIT_FAILURE;
}

// "512M", "4G", "65536K" or bytes. False: not a size.
static bool parse_size(const char *text, uint64_t *bytes)
{
    char *end;
    if (*text < '0' || *text > '9') return false;
    errno = 0;
    *bytes = strtoull(text, &end, 10);
    const char *unit = *end ? strchr("KMGT", *end) : NULL;
    int shift = unit ? 10 * (int)(unit - "KMGT" + 1) : 0;
    if (unit) end++;
    if (errno || *end || *bytes == 0 || *bytes > UINT64_MAX >> shift) return false;
    *bytes <<= shift;
    return true;
}

// A standard stream that is closed must not become the first file that a script opens. It still fails when used.
static void reserve_streams(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0) return;
    }
}

int main(int argc, char **argv)
{
    reserve_streams();
    uint64_t quota = 0;
    int err = 0;
    const char *size = getenv("MPLUA_ARENA");
    if (getauxval(AT_SECURE)) return fail("refused", "it is not made to run with more rights than its user has");
    if (size && !parse_size(size, &quota)) return fail("MPLUA_ARENA is not a size such as 512M or 4G", size);
    if (size && quota < LEAST) return fail("MPLUA_ARENA is less than 2M", size);
    err = mp_arena_open(quota);
    if (err) return fail("no shared memory", strerror(err));
    if (!mp_monitor_start(&err)) return fail("no process for Lua", strerror(err));
    mp_output_open();
    mp_atfork_watch();
    lmp_end(lmp_run(host_main, argc, argv));
}
