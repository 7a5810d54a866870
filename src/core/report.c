#include "report.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "layout.h"
#include "lock.h"
#include "process.h"
#include "stops.h"
#include "tx.h"

enum { PATIENCE_NS = 200 * 1000 * 1000, LOOKS = 3 };

static int64_t patience_ends;

// Who is to read may have stopped. Nobody but us recovers the dead, so we do not wait for him for long.
static bool has_room(int fd)
{
    struct pollfd asked = {.fd = fd, .events = POLLOUT};
    int64_t left = patience_ends - mp_now();
    return poll(&asked, 1, left > 0 ? (int)(left / 1000000) + 1 : 0) == 1;
}

// Others may have taken the room meanwhile: what can tell that does not wait.
static bool wrote(int fd, const char *line, size_t length)
{
    struct iovec part = {.iov_base = (char *)line, .iov_len = length};
    ssize_t n = pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
    if (n < 0 && errno == EOPNOTSUPP) n = write(fd, line, length);
    return n >= 0 || errno != EAGAIN;
}

static void print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(int fd, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    while (n > 0 && has_room(fd)) {
        if (wrote(fd, line, strnlen(line, sizeof line))) return;
    }
}

static const char *title(const struct mp_slot *slot, char *text, size_t size)
{
    if (slot->leader || !slot->process) return mp_process_title(slot, text, size);
    return mp_object_describe(mp_ptr(slot->process), text, size);
}

// What it waits for. While we look its owner may go on and the memory be used for something else; its latch may be had by
// one who is stopped. So what is there is copied, looked at with suspicion, and believed if its owner waits for it still.
struct seen {
    uint64_t count, object;
    int64_t since;
    char where[sizeof((struct mp_wait_record *)0)->where];
    char what[128], holder[224];
};

// Of a lock that somebody holds: who it is.
static void holder_of(const struct mp_obj *obj, int kind, char *text, size_t size)
{
    char who[192];
    if (kind != MP_LOCK && kind != MP_RLOCK) return;
    const struct mp_slot *holder = mp_lock_holder((const struct mp_lock *)obj);
    if (holder) snprintf(text, size, ", held by %s,", title(holder, who, sizeof who));
}

static void look_at(struct seen *seen)
{
    const struct mp_obj *obj = mp_ptr(seen->object), copy = *obj;
    if (!mp_object_is_sane(&copy)) return;
    mp_object_describe(&copy, seen->what, sizeof seen->what);
    holder_of(obj, copy.kind, seen->holder, sizeof seen->holder);
}

static void read_record(const struct mp_wait_record *wait, struct seen *seen)
{
    *seen = (struct seen){.count = __atomic_load_n(&wait->count, __ATOMIC_ACQUIRE), .what = "the clock"};
    seen->object = mp_relaxed(&wait->object);
    seen->since = __atomic_load_n(&wait->since, __ATOMIC_RELAXED);
    memcpy(seen->where, wait->where, sizeof seen->where);
}

static bool is_the_same(const struct mp_wait_record *wait, const struct seen *seen)
{
    mp_fence();
    return mp_relaxed(&wait->count) == seen->count && mp_relaxed(&wait->object) == seen->object &&
           __atomic_load_n(&wait->since, __ATOMIC_RELAXED) == seen->since;
}

// False: it waits for nothing, or never for long.
static bool waits(const struct mp_wait_record *wait, struct seen *seen)
{
    for (int i = 0; i < LOOKS; i++) {
        read_record(wait, seen);
        if (seen->count == 0) return false;
        if (seen->object) look_at(seen);
        if (is_the_same(wait, seen)) return true;
    }
    return false;
}

static void report(int fd, const struct mp_slot *slot, int pid)
{
    char who[192];
    struct seen seen;
    bool stopped = mp_stops_now(mp_slot_of_process(slot));
    title(slot, who, sizeof who);
    if (!waits(&slot->wait, &seen)) {
        print(fd, "%s (pid %d) %s\n", who, pid, stopped ? "is stopped" : "runs");
        return;
    }
    print(fd, "%s (pid %d) waits for %s%s%s since %.3f s at %.*s%s\n", who, pid, seen.what, seen.holder,
          seen.count > 1 ? " and others" : "", (double)(mp_now() - seen.since) / 1e9, (int)sizeof seen.where,
          seen.where[0] ? seen.where : "?", stopped ? ", and is stopped" : "");
}

void mp_report_waits(int fd)
{
    patience_ends = mp_now() + PATIENCE_NS;
    for (uint64_t i = 1; i < mp_slots_top(); i++) {
        const struct mp_slot *slot = mp_slot_at(i);
        int pid = atomic_load(mp_slot_pid(mp_slot_of_process(slot)));
        if (pid > 0 && mp_slot_running(slot)) report(fd, slot, pid);
    }
}
