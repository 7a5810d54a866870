// What the programs of the bench in C share, as clock.lua has it.
#pragma once
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline double clock_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Prints the microseconds of one operation. run(n, arg) does n of them, or n times `operations`, and returns the
// seconds that count.
static inline int clock_measure(double (*run)(uint64_t n, const void *arg), const void *arg, double operations)
{
    const char *text = getenv("BENCH_SECONDS");
    double seconds = text ? atof(text) : 0.15;
    for (uint64_t n = 1;;) {
        double took = run(n, arg);
        if (took >= seconds / 2) return printf("%.9g\n", took / (double)n / operations * 1e6) < 0;
        double more = seconds / (took + 1e-9);
        n = (uint64_t)((double)n * (more < 2 ? 2 : more > 10 ? 10 : more)) + 1;
    }
}

static inline __attribute__((noreturn)) void clock_die(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static inline void *clock_share(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) clock_die("mmap");
    return p;
}

// Private memory that is there already. Where two such blocks begin in a page is no matter of chance, since some CPUs
// copy twenty times as slowly from a place that is a few bytes before the other one in its page.
static inline unsigned char *clock_memory(size_t size)
{
    size_t whole = (size + 4095) / 4096 * 4096;
    unsigned char *p = aligned_alloc(4096, whole);
    if (!p) clock_die("aligned_alloc");
    memset(p, 1, whole);
    return p;
}

static inline pid_t clock_fork(void)
{
    pid_t pid = fork();
    if (pid < 0) clock_die("fork");
    return pid;
}

static inline void clock_wait(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || status != 0) {
        fprintf(stderr, "a process failed\n");
        exit(EXIT_FAILURE);
    }
}
