// Standard output and error of a family: lines stay whole, whoever else writes. Each thread has streams of its own.
#pragma once
#include <stdbool.h>
#include <stdio.h>

void mp_output_open(void);     // once, before anything is written: replaces stdout and stderr
bool mp_output_begin(void);    // once in each further thread, which has none before. False: no memory
void mp_output_leave(void);    // all that the thread wrote is out, and its streams are closed
void mp_output_settle_now(void);
void mp_output_flush(void);    // the same for every file, before a process is made
void mp_output_error(const char *text, size_t size);   // to stderr in one piece, of any size
void mp_output_end(void);      // all is out, also the line that has no end yet
void mp_output_forget(void);   // in a child: what the maker has not written is the maker's

extern _Thread_local FILE *mp_stdout, *mp_stderr;   // of this thread, for the main thread the C library's

// As __fpending, without a call.
static inline bool mp_output_pending(const FILE *f)
{
    return f->_IO_write_ptr > f->_IO_write_base;
}

// Whole lines are out: called before others can see what we do next.
static inline void mp_output_settle(void)
{
    if (mp_output_pending(mp_stdout) || mp_output_pending(mp_stderr)) mp_output_settle_now();
}
