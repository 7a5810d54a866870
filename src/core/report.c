#include "report.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout.h"
#include "lock.h"
#include "process.h"

static void print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(int fd, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n > 0 && write(fd, line, strnlen(line, sizeof line)) < 0) return;
}

static bool stopped(int pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static const char *title(const struct mp_slot *slot, char *text, size_t size)
{
    if (slot->leader || !slot->process) return mp_process_title(slot, text, size);
    return mp_object_describe(mp_ptr(slot->process), text, size);
}

// Of a lock that somebody holds: who it is.
static void holder_of(const struct mp_obj *obj, char *text, size_t size)
{
    char who[192];
    if (obj->kind != MP_LOCK && obj->kind != MP_RLOCK) return;
    const struct mp_slot *holder = mp_lock_holder((const struct mp_lock *)obj);
    if (holder) snprintf(text, size, ", held by %s,", title(holder, who, sizeof who));
}

static void report(int fd, const struct mp_slot *slot, int pid)
{
    char who[192], what[128] = "the clock", holder[224] = "";
    const struct mp_wait_record *wait = &slot->wait;
    uint64_t count = __atomic_load_n(&wait->count, __ATOMIC_ACQUIRE);
    title(slot, who, sizeof who);
    if (count == 0) {
        print(fd, "%s (pid %d) %s\n", who, pid, stopped(pid) ? "is stopped" : "runs");
        return;
    }
    if (wait->object) {
        mp_object_describe(mp_ptr(wait->object), what, sizeof what);
        holder_of(mp_ptr(wait->object), holder, sizeof holder);
    }
    print(fd, "%s (pid %d) waits for %s%s%s since %.3f s at %.*s%s\n", who, pid, what, holder,
          count > 1 ? " and others" : "", (double)(mp_now() - wait->since) / 1e9, (int)sizeof wait->where,
          wait->where[0] ? wait->where : "?", stopped(pid) ? ", and is stopped" : "");
}

void mp_report_waits(int fd)
{
    for (uint64_t i = 1; i < mp_slots_top(); i++) {
        const struct mp_slot *slot = mp_slot_at(i);
        int pid = atomic_load(mp_slot_pid(mp_slot_of_process(slot)));
        if (pid > 0 && mp_slot_running(slot)) report(fd, slot, pid);
    }
}
