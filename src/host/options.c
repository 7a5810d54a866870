// The options before the script: what they are and where they stop.
#include "host/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/distance.h"

// Of a standard stream, which may have no descriptor of its own.
static bool in_colours(const FILE *out)
{
    int fd = out == stderr ? STDERR_FILENO : STDOUT_FILENO;
    const char *no = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR"), *term = getenv("TERM");
    if (no && *no) return false;
    if (force && *force) return strcmp(force, "0") != 0;
    return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

// What is between \1 and \2 is bold.
static void put_text(FILE *out, const char *text, bool bold)
{
    for (; *text; text++) {
        if (*text != '\1' && *text != '\2')
            fputc(*text, out);
        else if (bold)
            fputs(*text == '\1' ? "\033[1m" : "\033[0m", out);
    }
}

static void usage(FILE *out, bool more)
{
    bool bold = in_colours(out);
    fprintf(out, "usage: %s %s\nAvailable options are:\n", host_name(), host_usage);
    put_text(out, host_options_text, bold);
    if (more) put_text(out, host_more_text, bold);
}

void host_print_version(void)
{
    puts("mplua " MPLUA_VERSION "  " LUA_COPYRIGHT);
    fflush(stdout);
}

int host_show_help(void)
{
    usage(stdout, true);
    return 0;
}

int host_show_version(void)
{
    host_print_version();
    return 0;
}

static int refuse(const char *option, const char *format)
{
    fprintf(stderr, "%s: ", host_name());
    fprintf(stderr, format, option);
    fputc('\n', stderr);
    usage(stderr, false);
    return 1;
}

// The long option that was probably meant, or NULL.
static const char *nearest(const char *option)
{
    const char *best = NULL;
    int limit = 4;   // three edits are a typo, more are another word
    for (const struct host_long_option *known = host_long_options; known->name; known++) {
        int d = lmp_distance(option, known->name);
        if (d >= limit) continue;
        limit = d;
        best = known->name;
    }
    return best;
}

static int unknown_long(const char *option)
{
    const char *meant = nearest(option);
    fprintf(stderr, "%s: unrecognized option '%s' ", host_name(), option);
    if (meant)
        fprintf(stderr, "(did you mean '%s'?)\n", meant);
    else
        fprintf(stderr, "('%s --help' lists the options)\n", host_name());
    return 1;
}

static int long_option(const char *option, struct host_options *o)
{
    for (const struct host_long_option *known = host_long_options; known->name; known++) {
        if (strcmp(option, known->name) != 0) continue;
        if (!o->instead) o->instead = known->instead;
        return 0;
    }
    return unknown_long(option);
}

// -e and -l: the value is joined or the next argument, which must not look like an option.
static int skip_value(char **argv, int *i)
{
    const char *option = argv[*i];
    if (option[2] != '\0') return 0;
    const char *value = argv[*i + 1];
    if (value == NULL || value[0] == '-') return refuse(option, "'%s' needs argument");
    ++*i;
    return 0;
}

static int short_option(char **argv, int *i, struct host_options *o)
{
    const char *option = argv[*i];
    switch (option[1]) {
    case 'e': o->flags |= HOST_STATEMENT; return skip_value(argv, i);
    case 'l': return skip_value(argv, i);
    case 'i': o->flags |= HOST_INTERACTIVE | HOST_VERSION; break;
    case 'v': o->flags |= HOST_VERSION; break;
    case 'E': o->flags |= HOST_NOENV; break;
    case 'W': break;
    default: return refuse(option, "unrecognized option '%s'");
    }
    return option[2] == '\0' ? 0 : refuse(option, "unrecognized option '%s'");
}

int host_parse(int argc, char **argv, struct host_options *o)
{
    *o = (struct host_options){.script = argc};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool option = arg[0] == '-' && arg[1] != '\0';
        bool last = strcmp(arg, "--") == 0;
        if (!option || last) {
            o->script = last ? i + 1 : i;
            return 0;
        }
        int status = arg[1] == '-' ? long_option(arg, o) : short_option(argv, &i, o);
        if (status != 0) return status;
    }
    return 0;
}
