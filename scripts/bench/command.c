// command OPERATIONS PROGRAM ARG...: prints the microseconds that one of so many operations takes that a run of a
// program does. What it prints is thrown away; when it fails we fail.
#include <fcntl.h>
#include <spawn.h>

#include "clock.h"

extern char **environ;

struct command {
    char **argv;
    posix_spawn_file_actions_t files;
};

static double run(uint64_t n, const void *arg)
{
    const struct command *c = arg;
    double begin = clock_seconds();
    for (uint64_t i = 0; i < n; i++) {
        pid_t pid;
        if (posix_spawnp(&pid, c->argv[0], &c->files, NULL, c->argv, environ) != 0) clock_die(c->argv[0]);
        clock_wait(pid);
    }
    return clock_seconds() - begin;
}

int main(int argc, char **argv)
{
    if (argc < 3) return EXIT_FAILURE;
    struct command c = {.argv = argv + 2};
    posix_spawn_file_actions_init(&c.files);
    posix_spawn_file_actions_addopen(&c.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&c.files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&c.files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    return clock_measure(run, &c, atof(argv[1]));
}
