// Threads: members of a family that share a process with others, and have slots of their own.
#pragma once
#include "msg.h"
#include "process.h"

// Makes the thread, which runs `run` and ends as one that has returned that exit status. What it is to do is `input`, a
// message in a block; it takes it. 0; EINVAL: started before; EAGAIN: all slots are taken, or the system has no more
int mp_thread_start(struct mp_process *t, struct mp_build *input, int (*run)(void));

// In the thread: its input, and giving that back.
const struct mp_msg *mp_thread_input(void);
void mp_thread_drop_input(void);

bool mp_is_thread(void);   // else the main thread of a process asks
int mp_threads(void);   // of this process, 1 when /proc is missing. None that has ended counts
bool mp_threads_running(void);   // do any of ours run in this process?
