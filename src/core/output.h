// Standard output and error of a family: lines stay whole, whoever else writes.
#pragma once

void mp_output_open(void);     // once, before anything is written: replaces stdout and stderr
void mp_output_settle(void);   // whole lines are out; called before others can see what we do next
void mp_output_flush(void);    // the same for every file, before a process is made
void mp_output_end(void);      // all is out, also the line that has no end yet
void mp_output_forget(void);   // in a child: what the maker has not written is the maker's
