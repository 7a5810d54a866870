// A family without Lua and without a monitor, for the tests of the core: this process is the recoverer.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define EXPECT(ok, ...) ((ok) ? (void)0 : family_fail(__FILE__, __LINE__, #ok, "" __VA_ARGS__))

_Noreturn void family_fail(const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

void family_open(uint64_t quota);              // an arena; this process is slot 0
void family_adopt(uint64_t index);             // this process or thread is slot `index` from here on
pid_t family_fork(uint64_t index, void (*f)(void *), void *arg);   // a child that is slot `index`, runs f, exits 0
void family_as(uint64_t index, void (*f)(void));   // f() in our process, as what slot `index` did before it runs
void family_bury(uint64_t index);   // of a child that was reaped, with its threads: both steps of recovery
void family_expect_sound(const char *when);   // fsck
uint64_t family_blocks(void);   // in use, our own magazines left out

// Threads as members, for the race detector.
void family_threads(int n, void (*f)(void *), void *arg);   // as slots 1..n; returns when all have ended

// The closing line of a test program; its exit status.
int family_done(const char *name, long checks);
