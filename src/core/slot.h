// A slot: what the family knows of one process or thread.
//
// State:     transaction log and latches, in-flight blocks, magazines, handles, what it waits for.
// Invariant: only the owner writes its slot, but for its park word, its node, and what is said to be others'.
// Death:     the monitor undoes the log, frees the latches and gives back everything that the slot lists.
#pragma once
#include "arena.h"
#include "object.h"
#include "park.h"

enum { MP_LOG = 64, MP_HELD = 6, MP_CLASSES = 18, MP_MAGAZINE = 32, MP_HANDLES0 = 64, MP_CHUNKS = 20 };
// What is to be freed goes through the in-flight list too: so allocations leave some entries.
enum { MP_INFLIGHT = 16, MP_INFLIGHT_KEPT = 4 };
enum mp_slot_state { MP_SLOT_FREE, MP_SLOT_STARTING, MP_SLOT_LIVE, MP_SLOT_RETIRED, MP_SLOT_DYING };

// What a process does inside the core.
enum mp_op {
    MP_OP_NONE,
    MP_OP_OBJECT,
    MP_OP_START,
    MP_OP_RETIRE,
    MP_OP_JOIN,
    MP_OP_WAIT,
    MP_OP_PUT,
    MP_OP_GET,
    MP_OP_QUEUE,
    MP_OP_EVENT,
    MP_OP_LOCK,
    MP_OP_SEMAPHORE,
    MP_OP_CONDITION,
    MP_OP_BARRIER,
    MP_OP_TABLE,
    MP_OP_PIPE
};

// What an in-flight entry holds: kind << 32 | ref.
enum mp_inflight_kind {
    MP_RAW = 1,    // bytes only
    MP_MESSAGE,
    MP_OBJECT,     // that was not published yet
    MP_BORROWED,   // a message that a table has, or had
    MP_COUNTED,    // a reference to an object
    MP_CHAIN       // messages that name each other
};

enum mp_gate { MP_GATE_FLUSH = 1, MP_GATE_COLLECT = 2 };

struct mp_undo {
    uint64_t *word;
    uint64_t old;
};

// A latch that is being taken, is held, or is being freed; `word` is what its owner word is while it is ours.
struct mp_held {
    struct mp_latch *volatile latch;
    volatile uint32_t word;
};

struct mp_handle {
    uint64_t object;   // ref; 0 is free
    uint64_t held;   // permits, lock depth or barrier participation
};

struct mp_magazine {
    uint64_t count;
    uint64_t items[MP_MAGAZINE];
};

// What a sleeper waits for, for people to read. Written by the owner before it sleeps.
struct mp_wait_record {
    uint64_t object;   // ref, 0 for a sleep
    uint64_t count;   // objects waited for at once
    int64_t since, deadline;
    char where[104];   // file:line of the Lua call
};

struct mp_slot {
    _Alignas(MP_LINE) _Atomic uint32_t park;
    _Atomic uint32_t stopped;   // the monitor's word for it, of a process; see stops.c
    _Atomic uint64_t state;   // enum mp_slot_state
    uint64_t generation;
    uint64_t process;   // ref of its process or thread object, counted
    uint64_t parent;   // ref of its maker's process object, counted
    uint64_t leader;   // of a thread: slot + 1 of its process
    uint64_t starting;   // the child that is being made: slot + 1, generation << MP_SLOT_BITS
    uint64_t status;   // as wait tells it, once it is dying
    uint64_t next_free;
    uint64_t lost;     // it did not end by itself but with its process
    _Atomic uint64_t threads;   // of a process: not 0 when it has had any, which is stored by whichever starts one

    _Alignas(MP_LINE) volatile uint64_t nlog;
    _Atomic uint64_t *volatile commit_word;
    volatile uint64_t commit_old;
    volatile uint64_t nheld;
    struct mp_held held[MP_HELD];
    volatile uint64_t op;          // not 0: inside the core
    _Atomic uint64_t gate;         // enum mp_gate: what there is to do when leaving the core
    _Atomic uint32_t stop;         // not 0: whoever enters the core waits, see world.c
    _Atomic uint32_t at_gate;      // he does

    uint64_t inflight[MP_INFLIGHT];
    uint64_t garbage;              // objects of cycles, with a reference of ours, to be taken apart
    uint64_t condemned;   // objects without references, to be taken apart
    uint64_t leases;   // messages leased from queues
    uint64_t objects[MP_KINDS];   // made minus destroyed here, wraps

    struct mp_node node;
    uint64_t guards;      // distance of the list that it may be the sentry of, 0: none
    uint64_t waitset;   // block with `nwaits` nodes, while it waits for several objects
    uint64_t nwaits;
    struct mp_wait_record wait;

    uint64_t chunks[MP_CHUNKS];   // chunk k > 0 holds MP_HANDLES0 << k handles
    struct mp_handle handles[MP_HANDLES0];
    struct mp_undo log[MP_LOG];
    struct mp_magazine magazines[MP_CLASSES];
};

// This process or thread.
struct mp_self {
    struct mp_slot *slot;
    uint32_t id;                     // slot + 1
    uint32_t ticket;                 // counts latches taken
    _Atomic int interrupted;         // a signal asks the blocking call to return
    bool deaf;                       // it does not now: what it waits for it must have
    uint32_t handle_top, nfree, free_cap;
    uint32_t *free_handles;   // indices below handle_top that are free
    uint32_t patience, spins;   // of the last spins, see spin.c
    uint32_t doubts, doubts_left;
    uint64_t left_to;     // the sentry that is to take what we added, 0: none
    uint64_t stops_seen;
    uint32_t blindly;     // so many more may be left to it without a look at the CPUs
    uint32_t naps_left_out;   // in so many waits that might be naps, see sentry.c
    int64_t yield_debt;   // ns, see yield.c
    bool dismantling;
    bool stranger;    // made by fork and not by us: see atfork.h
    bool overdraws;   // allocates for what will give memory back: a span more than the quota, if need be
};
extern _Thread_local struct mp_self mp_self;

struct mp_slot *mp_slot_at(uint64_t index);
uint64_t mp_slot_index(const struct mp_slot *slot);
_Atomic int32_t *mp_slot_pid(const struct mp_slot *slot);   // the kernel writes it when the process is made
struct mp_slot *mp_slot_of_process(const struct mp_slot *slot);   // of a thread: its leader's, else itself
bool mp_slot_running(const struct mp_slot *slot);   // its process exists and was not reaped
bool mp_slot_stopped(const struct mp_slot *slot);   // its process is, as far as the monitor knows
bool mp_slot_killed(const struct mp_slot *slot);   // it is recovered after a signal ended its process
int mp_slot_claim(struct mp_slot **claimed);   // starting, named by our own slot. 0, EAGAIN: all are taken
void mp_slot_free(struct mp_slot *slot);   // of one that is empty but for `process`, which becomes ours
void mp_slot_drop_parent(struct mp_slot *slot);
void mp_slot_adopt(struct mp_slot *slot);   // this process or thread is its owner from here on
uint64_t mp_slots_top(void);   // slots from here on were never used
uint64_t mp_slots_live(void);
uint64_t mp_slots_awake(void);   // live and not parked

// Every operation of the core is between these two.
void mp_wait_at_gate(void);
void mp_leave_slowly(void);

static inline void mp_enter(uint64_t op)
{
    struct mp_slot *me = mp_self.slot;
    __atomic_store_n(&me->op, op, __ATOMIC_RELAXED);
    __asm__ volatile("" ::: "memory");
    if (__builtin_expect(atomic_load_explicit(&me->stop, memory_order_acquire) != 0, 0)) mp_wait_at_gate();
}

static inline void mp_leave(void)
{
    __asm__ volatile("" ::: "memory");
    __atomic_store_n(&mp_self.slot->op, 0, __ATOMIC_RELEASE);
    if (__builtin_expect(atomic_load_explicit(&mp_self.slot->gate, memory_order_relaxed) != 0, 0)) mp_leave_slowly();
}
