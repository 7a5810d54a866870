// The options before the script: what they are and where they stop.
#include "host/host.h"

#include <stdio.h>
#include <string.h>

#include "bind/distance.h"

static int show_help(void);
static int show_version(void);

// What lua(1) lacks has long names only, so that its own short ones can never mean something else here.
static const struct {
    const char *name, *help;
    int (*instead)(void);
} longopts[] = {
    {"--help", "show this text", show_help},
    {"--version", "show version information", show_version},
};

enum { NLONG = sizeof longopts / sizeof *longopts };

static void usage(FILE *out)
{
    fprintf(out,
            "usage: %s [options] [script [args]]\n"
            "Available options are:\n"
            "  -e stat   execute string 'stat'\n"
            "  -i        enter interactive mode after executing 'script'\n"
            "  -l mod    require library 'mod' into global 'mod'\n"
            "  -l g=mod  require library 'mod' into global 'g'\n"
            "  -v        show version information\n"
            "  -E        ignore environment variables\n"
            "  -W        turn warnings on\n"
            "  --        stop handling options\n"
            "  -         stop handling options and execute stdin\n",
            host_name());
    for (int i = 0; i < NLONG; i++) fprintf(out, "  %-9s %s\n", longopts[i].name, longopts[i].help);
}

void host_print_version(void)
{
    puts("mplua " MPLUA_VERSION "  " LUA_COPYRIGHT);
    fflush(stdout);
}

static int show_help(void)
{
    usage(stdout);
    return 0;
}

static int show_version(void)
{
    host_print_version();
    return 0;
}

static int refuse(const char *option, const char *format)
{
    fprintf(stderr, "%s: ", host_name());
    fprintf(stderr, format, option);
    fputc('\n', stderr);
    usage(stderr);
    return 1;
}

// The long option that was probably meant, or NULL.
static const char *nearest(const char *option)
{
    const char *best = NULL;
    int limit = 4;   // three edits are a typo, more are another word
    for (int i = 0; i < NLONG; i++) {
        int d = lmp_distance(option, longopts[i].name);
        if (d >= limit) continue;
        limit = d;
        best = longopts[i].name;
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
    for (int i = 0; i < NLONG; i++) {
        if (strcmp(option, longopts[i].name) != 0) continue;
        if (!o->instead) o->instead = longopts[i].instead;
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
