// Lines from the user: edited by readline or editline when stdin is a terminal and the system has one, plain otherwise.
// The libraries are looked up when the first line is wanted, so the command needs neither to start nor to be built.
#include "host/host.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
    bool looked;   // for the libraries
    bool interrupted;   // by Ctrl-C, while the line was edited
    char *(*readline)(const char *prompt);
    void (*add_history)(const char *line);
    // GNU readline only:
    int (*pending_signal)(void);
    void (*check_signals)(void);
} editor;

// What readline calls for each key. Its own function would go on reading after Ctrl-C.
static int next_key(FILE *in)
{
    for (;;) {
        unsigned char key;
        ssize_t n = read(fileno(in), &key, 1);
        int err = errno;
        editor.interrupted = editor.pending_signal() == SIGINT;
        editor.check_signals();   // puts the terminal right and passes the signal on to who had it before
        if (n == 1 && !editor.interrupted) return key;
        if (n >= 0 || err != EINTR || editor.interrupted) return EOF;
    }
}

static void follow_signals(void *lib)
{
    int (**getc_function)(FILE *) = dlsym(lib, "rl_getc_function");
    editor.pending_signal = dlsym(lib, "rl_pending_signal");
    editor.check_signals = dlsym(lib, "rl_check_signals");
    if (getc_function && editor.pending_signal && editor.check_signals) *getc_function = next_key;
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
    return editor.readline ? edited_line(prompt) : plain_line(prompt);
}

void host_remember(const char *line)
{
    if (editor.add_history) editor.add_history(line);
}
