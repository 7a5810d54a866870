// A process or thread as an object: it outlives the process itself and its slot.
#pragma once
#include "handle.h"
#include "msg.h"
#include "park.h"

enum mp_process_state { MP_PROCESS_NEW, MP_PROCESS_STARTED, MP_PROCESS_FAILED };

struct mp_process {
    struct mp_obj obj;          // its latch guards what follows
    uint64_t state;             // FAILED: it could not be made
    uint64_t pid, status;       // status as wait tells it, once it has ended
    uint64_t slot, generation;  // while it runs; slot + 1
    uint64_t daemon;
    uint64_t outcome;           // ref of the message with its result or error
    uint64_t arena_full;        // not 0: there was no room for any; MiB in use << 32, MiB that there are
    uint64_t host;              // ref of the process with which a thread died, counted; 0: it ended by itself
    _Atomic uint64_t ended;     // published when all that it held is given back
    uint64_t njoining;
    struct mp_waitlist joining;
};

int mp_process_new(const char *name, size_t length, struct mp_process **made, uint32_t *handle);   // 0, ENOMEM
int mp_thread_new(const char *name, size_t length, struct mp_process **made, uint32_t *handle);

// Makes the process, in the maker's image. 0: *child tells which of the two we are.
// EBUSY: the maker has threads; EINVAL: started before; EAGAIN, ENOMEM
int mp_process_start(struct mp_process *p, bool own_stdin, bool *child);

int mp_process_join(struct mp_process *p, int64_t deadline);   // 0, ETIMEDOUT, EINTR; EINVAL: not started
int mp_process_signal(struct mp_process *p, int signo);        // 0, also when it has ended; EINVAL; errno
int mp_process_pid(const struct mp_process *p);                // 0: not started
bool mp_process_ended(const struct mp_process *p);
int mp_process_exitcode(const struct mp_process *p);           // once ended: 0..255, -n after signal n
struct mp_msg *mp_process_outcome(const struct mp_process *p); // NULL: it left none

struct mp_process *mp_process_host(const struct mp_process *p);   // NULL: none

struct mp_process *mp_process_self(void);                      // whichever of its threads asks
struct mp_process *mp_process_member(void);                    // of this process or thread
struct mp_process *mp_process_maker(void);                     // NULL in the first one
void mp_process_leave(struct mp_build *outcome);               // what the result is to be; takes the message
void mp_process_leave_nothing(void);                           // instead, when the arena is full
// One that runs, is no daemon and not us; NULL: there is none. Opens a handle for it.
struct mp_process *mp_process_straggler(uint32_t *handle);
struct mp_process *mp_thread_straggler(uint32_t *handle);      // likewise, of the threads of this process
struct mp_process *mp_process_child(uint64_t *slot, uint32_t *handle);   // the next of this process, from *slot on
struct mp_process *mp_process_in_slot(uint64_t slot, uint32_t *handle);   // likewise; NULL: there is none
// "process worker-3", "process-3" or "thread worker-3/reader" into text, of who is in a slot; returns text.
const char *mp_process_title(const struct mp_slot *slot, char *text, size_t size);

const char *mp_process_describe(const struct mp_process *p, char *text, size_t size);   // likewise, of a process

void mp_process_end(void);   // of a thread that ends by itself: for all to see, though it still has its slot
// By the monitor: the process of a slot that is no more, then the end for all to see.
void mp_process_record(struct mp_slot *slot);
void mp_process_publish_end(void);
