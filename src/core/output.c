// State:     per stream the latch that its writer holds, in the arena; here, per thread, the start of a line not ended yet.
// Invariant: whole lines are written with the latch held; so is what the user flushes.
// Death:     the monitor frees the latch; what the dead had not flushed is lost, as with any program.
//
// This latch is the one that is held over a system call. Nobody but writers of the same stream waits for it.
#include "output.h"

#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <sys/types.h>
#include <unistd.h>

#include "layout.h"
#include "thread.h"
#include "tx.h"

enum { BUFFER = 16 * 1024 };

struct stream {
    int fd;
    char *held;   // the start of a line
    size_t nheld, cap;
    size_t buffered;   // stdio's buffer, 0: none
};

static char out_buffer[BUFFER], err_buffer[BUFFER];
_Thread_local FILE *mp_stdout, *mp_stderr;
static _Thread_local struct stream out = {.fd = STDOUT_FILENO}, err = {.fd = STDERR_FILENO};
static int out_mode, err_mode;   // as setvbuf has them
static FILE **files;   // the C library's list of all files; NULL: it does not tell
static _Thread_local bool lines_only;   // the flush that runs now leaves a line without an end alone

static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EAGAIN) {   // somebody made the stream non-blocking
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
            continue;
        }
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_held_and(struct stream *s, const char *data, size_t size)
{
    bool member = mp_self.slot && !mp_self.stranger;   // else a library's own thread, or its child
    if (s->nheld + size == 0) return true;
    if (member) mp_latch(&mp_arena->output[s->fd]);
    bool written = write_all(s->fd, s->held, s->nheld) && write_all(s->fd, data, size);
    int error = errno;
    if (member) mp_unlatch();
    errno = error;
    s->nheld = 0;
    return written;
}

static bool hold(struct stream *s, const char *data, size_t size)
{
    if (s->nheld + size > s->cap) {
        size_t cap = (s->nheld + size) * 2;
        char *grown = realloc(s->held, cap);
        if (!grown) return false;
        s->held = grown;
        s->cap = cap;
    }
    if (size > 0) memcpy(s->held + s->nheld, data, size);
    s->nheld += size;
    return true;
}

// stdio hands over its buffer when it is full, else because somebody flushes. Only the user's flush is for the start
// of a line too.
static size_t ready(const struct stream *s, const char *data, size_t size)
{
    bool overflow = s->buffered && size % s->buffered == 0;
    if (!lines_only && !overflow) return size;
    const char *newline = memrchr(data, '\n', size);
    return newline ? (size_t)(newline - data) + 1 : 0;
}

static ssize_t write_stream(void *cookie, const char *data, size_t size)
{
    struct stream *s = cookie;
    size_t n = ready(s, data, size);
    if (n > 0 && !write_held_and(s, data, n)) return 0;
    if (!hold(s, data + n, size - n)) return 0;
    return (ssize_t)size;
}

// Without a buffer of ours setvbuf would choose its own size.
static FILE *open_stream(struct stream *s, char buffer[BUFFER], int mode)
{
    FILE *f = fopencookie(s, "w", (cookie_io_functions_t){.write = write_stream});
    s->buffered = mode == _IONBF ? 0 : BUFFER;
    if (f) setvbuf(f, s->buffered ? buffer : NULL, mode, s->buffered);
    return f;
}

static void open_streams(char *out_at, char *err_at)
{
    mp_stdout = open_stream(&out, out_at, out_mode);
    mp_stderr = open_stream(&err, err_at, err_mode);
}

// On a terminal people wait for what errors and progress bars show; elsewhere for lines that are whole.
void mp_output_open(void)
{
    out_mode = isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF;
    err_mode = isatty(STDERR_FILENO) ? _IONBF : _IOLBF;
    files = dlsym(RTLD_DEFAULT, "_IO_list_all");
    open_streams(out_buffer, err_buffer);
    if (mp_stdout) stdout = mp_stdout;
    if (mp_stderr) stderr = mp_stderr;
    mp_stdout = stdout;
    mp_stderr = stderr;
}

static void close_stream(FILE *f, struct stream *s)
{
    if (!f) return;
    fflush(f);
    write_held_and(s, NULL, 0);
    fclose(f);
    free(s->held);
}

static _Thread_local char *buffers;

bool mp_output_begin(void)
{
    buffers = malloc(BUFFER + BUFFER);
    if (buffers) open_streams(buffers, buffers + BUFFER);
    if (mp_stdout && mp_stderr) return true;
    mp_output_leave();
    return false;
}

void mp_output_leave(void)
{
    close_stream(mp_stdout, &out);
    close_stream(mp_stderr, &err);
    mp_stdout = mp_stderr = NULL;
    free(buffers);
}

// Has any file of the process something to flush? The C library's own flush writes to each file's lock, and in a new
// process, and in its maker, each page of those is copied.
static bool anything_pending(void)
{
    if (!__libc_single_threaded) return true;   // another thread may change the list
    for (const FILE *f = files ? *files : NULL; f; f = f->_chain) {
        if (mp_output_pending(f) || f->_mode > 0) return true;
    }
    return files == NULL;
}

// The start of a line goes back to stdio, so that the user's own flush finds it.
static void flush_lines(FILE *f)
{
    if (!f) fflush(stderr);
    lines_only = true;
    fflush(f);
    lines_only = false;
    size_t n = out.nheld;
    if (n == 0) return;
    out.nheld = 0;
    fwrite(out.held, 1, n, mp_stdout);
}

// A library that has threads of its own may print too.
void mp_output_settle_now(void)
{
    flockfile(mp_stdout);
    if (mp_output_pending(mp_stdout)) flush_lines(mp_stdout);
    funlockfile(mp_stdout);
    if (mp_output_pending(mp_stderr)) fflush(mp_stderr);
}

// Other files are flushed too: a child must not inherit what they still hold.
void mp_output_flush(void)
{
    if (anything_pending()) flush_lines(NULL);
}

// A library's own thread has no streams of its own.
void mp_output_error(const char *text, size_t size)
{
    FILE *f = mp_stderr ? mp_stderr : stderr;
    flockfile(f);
    fflush_unlocked(f);
    write_held_and(&err, text, size);
    funlockfile(f);
}

// A thread that still runs may hold another file for as long as it likes.
void mp_output_end(void)
{
    if (mp_threads_running()) {
        fflush(mp_stdout);
        fflush(mp_stderr);
    } else if (anything_pending()) {
        fflush(NULL);
    }
    write_held_and(&out, NULL, 0);
    write_held_and(&err, NULL, 0);
}

// What needs no store is left alone: in a new process the first one to a page copies it.
void mp_output_forget(void)
{
    if (mp_output_pending(stdout)) __fpurge(stdout);
    if (mp_output_pending(stderr)) __fpurge(stderr);
    if (out.nheld > 0) out.nheld = 0;
    if (err.nheld > 0) err.nheld = 0;
}
