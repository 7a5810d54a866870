// Any arguments, separated by NULs, for the parser of the command line: what it accepts can be run.
#include <stdlib.h>
#include <string.h>

#include "host/host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 64 };

static void check(bool ok)
{
    if (!ok) abort();
}

// A copy of its own each, so that reading beyond an end is seen.
static int split(const char *text, size_t size, char **argv)
{
    int argc = 0;
    while (size > 0 && argc < MOST) {
        size_t len = strnlen(text, size);
        argv[argc] = strndup(text, len);
        check(argv[argc] != NULL);
        argc++;
        if (len < size) len++;
        text += len;
        size -= len;
    }
    argv[argc] = NULL;
    return argc;
}

// As the options are run: each that needs a value has one before the script.
static void walk(char **argv, const struct host_options *o)
{
    for (int i = 1; i < o->script; i++) {
        const char *arg = argv[i];
        check(arg[0] == '-' && arg[1] != '\0');
        if ((arg[1] != 'e' && arg[1] != 'l') || arg[2] != '\0') continue;
        i++;
        check(i < o->script && argv[i][0] != '-');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *argv[MOST + 1];
    struct host_options o;
    int argc = split((const char *)data, size, argv);
    host_set_name(argv[0]);
    int status = host_parse(argc, argv, &o);
    check(status == 0 || status == 1);
    if (status == 0) {
        check(o.script >= 0 && o.script <= argc);
        walk(argv, &o);
    }
    host_set_name("mplua");
    for (int i = 0; i < argc; i++) free(argv[i]);
    return 0;
}
