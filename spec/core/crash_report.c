#include "crash_parts.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *where(void)
{
    static char text[256];
    const char *point = atomic_load(&crash_shared->point), *second = atomic_load(&crash_shared->second);
    snprintf(text, sizeof text, "%s, %s, point %ld (%s%s%s)", crash_now ? crash_now->name : "", crash_way, crash_point,
             point ? point : "none", second ? ", recoverer: " : "", second ? second : "");
    return text;
}

void crash_complain(const char *file, int line, const char *what, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    fflush(stdout);
    fprintf(stderr, "FAIL %s: %s:%d: expected %s: %s\n", where(), file, line, what, detail);
    _exit(1);
}

static void say(const char *text)
{
    if (text && write(STDERR_FILENO, text, strlen(text)) < 0) _exit(1);
}

// In a signal handler, so without stdio.
static void hang(int signo)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    (void)signo;
    digits[at] = '\0';
    for (long n = crash_point; n > 0 && at > 0; n /= 10) digits[--at] = (char)('0' + n % 10);
    say("FAIL hang: ");
    say(crash_now ? crash_now->name : "");
    say(", ");
    say(crash_way);
    say(", point ");
    say(digits + at);
    say(" ");
    say(atomic_load(&crash_shared->point));
    say(" ");
    say(atomic_load(&crash_shared->second));
    say("\n");
    _exit(1);
}

void crash_tell_hangs(void)
{
    signal(SIGALRM, hang);
}

static void print_state(char *text, size_t size, const struct crash_state *s)
{
    size_t at = 0;
    for (uint64_t i = 0; i < s->nids && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%" PRIu64 " ", s->ids[i]);
    }
    for (int i = 0; i < CRASH_FACTS && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%s%" PRIu64, i ? "," : "/ ", s->facts[i]);
    }
}

void crash_complain_of_state(const struct crash_state *got, const struct crash_state *before,
                             const struct crash_state *after)
{
    char a[300], b[300], c[300];
    print_state(a, sizeof a, got);
    print_state(b, sizeof b, before);
    print_state(c, sizeof c, after);
    fprintf(stderr, "FAIL %s: has %s, before %s, after %s\n", where(), a, b, c);
    _exit(1);
}
