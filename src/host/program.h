// Programs run by the shell that are killed when the thread that started them ends.
#pragma once
#include <stdbool.h>
#include <sys/types.h>

// Starts `sh -c command`. `fd`, when not negative, becomes its descriptor `target`.
// A program that is not `bound` goes on after the end of who started it. Returns 0 or an errno value.
int host_start(const char *command, int fd, int target, bool bound, pid_t *pid);
int host_wait(pid_t pid, int *status);                  // 0, ECHILD; *status as waitpid gives it
int host_execute(const char *command, int *status);     // start and wait as system(3) does: 0 or an errno value
