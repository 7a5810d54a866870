// Lines from the user: edited by readline or editline when stdin is a terminal and the system has one, plain otherwise.
// The libraries are looked up when the first line is wanted, so the command needs neither to start nor to be built.
#include "host/host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/output.h"
#include "core/park.h"

static struct {
    bool looked;   // for the libraries
    bool interrupted;   // by Ctrl-C, while the line was edited
    char *(*readline)(const char *prompt);
    void (*add_history)(const char *line);
    // GNU readline only:
    int (*pending_signal)(void);
    void (*check_signals)(void);
} editor;

static bool interrupt_pending(void)
{
    bool held = editor.pending_signal && editor.pending_signal() == SIGINT;   // readline has it, we not yet
    return held || mp_interrupt_pending();
}

// Ctrl-C cannot slip in between the look and the sleep.
bool host_wait_key(int fd)
{
    struct pollfd key = {.fd = fd, .events = POLLIN};
    sigset_t interrupt, old;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupt, &old);
    int n = interrupt_pending() ? 0 : ppoll(&key, 1, NULL, &old);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return n > 0;
}

// What readline calls for each key. Its own function would go on reading after Ctrl-C.
static int next_key(FILE *in)
{
    for (;;) {
        bool ready = host_wait_key(fileno(in));
        editor.interrupted = interrupt_pending();
        editor.check_signals();   // puts the terminal right and passes the signal on to who had it before
        if (editor.interrupted) return EOF;
        unsigned char key;
        ssize_t n = ready ? read(fileno(in), &key, 1) : -1;
        if (n == 1) return key;
        if (n == 0 || (ready && errno != EINTR)) return EOF;
    }
}

static void follow_signals(void *lib)
{
    int (**getc_function)(FILE *) = dlsym(lib, "rl_getc_function");
    editor.pending_signal = dlsym(lib, "rl_pending_signal");
    editor.check_signals = dlsym(lib, "rl_check_signals");
    if (getc_function && editor.pending_signal && editor.check_signals) *getc_function = next_key;
}

// An editor asks its stream for a descriptor, which our stdout has not.
static void give_terminal(void *lib)
{
    FILE **stream = dlsym(lib, "rl_outstream");
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    FILE *terminal = fd < 0 ? NULL : fdopen(fd, "w");
    if (stream && terminal) *stream = terminal;
}

static void load_editor(void)
{
    editor.looked = true;
    if (!isatty(STDIN_FILENO)) return;
    void *lib = dlopen("libreadline.so.8", RTLD_NOW | RTLD_LOCAL);
    if (lib)
        follow_signals(lib);
    else
        lib = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!lib) return;
    editor.readline = dlsym(lib, "readline");
    editor.add_history = dlsym(lib, "add_history");
    setlocale(LC_CTYPE, "");   // readline does so by itself, editline needs it
    give_terminal(lib);
    const char **name = dlsym(lib, "rl_readline_name");
    if (name) *name = "lua";   // as the user's inputrc knows it
}

static char *edited_line(const char *prompt)
{
    editor.interrupted = false;
    errno = 0;
    char *line = editor.readline(prompt);
    if (editor.interrupted) {
        free(line);
        line = NULL;
        errno = EINTR;
    } else if (errno != EINTR) {
        errno = 0;
    }
    return line;
}

static char *plain_line(const char *prompt)
{
    char *line = NULL;
    size_t size = 0;
    fputs(prompt, stdout);
    fflush(stdout);
    if (isatty(STDIN_FILENO) && !host_wait_key(STDIN_FILENO)) {   // so stdio has read nothing ahead
        errno = EINTR;
        return NULL;
    }
    errno = 0;
    ssize_t len = getline(&line, &size, stdin);
    if (len < 0) {
        int err = errno;
        free(line);
        if (err == EINTR) clearerr(stdin);
        errno = err == EINTR ? EINTR : 0;
        return NULL;
    }
    if (line[len - 1] == '\n') line[len - 1] = '\0';
    return line;
}

char *host_readline(const char *prompt)
{
    if (!editor.looked) load_editor();
    mp_output_end();   // the prompt comes after it, though the line has no end
    if (mp_interrupt_pending()) {
        errno = EINTR;
        return NULL;
    }
    return editor.readline ? edited_line(prompt) : plain_line(prompt);
}

void host_remember(const char *line)
{
    if (editor.add_history) editor.add_history(line);
}
