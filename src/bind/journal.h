// Journals: how far a worker of a pool has come with its chunk of tasks, in a buffer that outlives it.
//
// State:     which chunk, the task that was begun last, the last one that is done, the results that were not sent yet.
// Invariant: only the worker writes it, but for the state, which others write while the worker is stopped.
// Death:     who takes the chunk next reads here which tasks are done, and which one died with the worker.
#pragma once
#include "bind/lmp.h"

struct ljournal {
    _Atomic int64_t state;      // a number, for lua/mp/pool
    _Atomic int64_t chunk;      // 0: none
    _Atomic int64_t progress;   // of the last task that is done: position << NOTED_BITS | results in `bytes`
    _Atomic int64_t begun;      // position of the last task that was begun
    _Atomic int64_t tried;      // position << NOTED_BITS | how often that one was begun before
    _Atomic double deadline;    // of the task that was begun, 0: none
    uint64_t used;              // of `bytes`
    uint8_t bytes[];            // simple values, see codec_format.h
};

// A result takes at least a byte, so no more than SIZE are noted. Longer strings are sent alone.
enum { LJOURNAL_SIZE = 32768, LJOURNAL_LONGEST = 1024, LJOURNAL_NOTED_BITS = 16 };

struct ljournal *ljournal_check(lua_State *L, int idx);   // raises
void ljournal_begin(struct ljournal *j, int64_t chunk, int64_t first, int64_t tries);
bool ljournal_note(lua_State *L, struct ljournal *j, int64_t position);   // see task.c

static inline int64_t ljournal_position(int64_t word)
{
    return word >> LJOURNAL_NOTED_BITS;
}

static inline int64_t ljournal_count(int64_t word)
{
    return word & ((1 << LJOURNAL_NOTED_BITS) - 1);
}

static inline int64_t ljournal_both(int64_t position, int64_t count)
{
    return (int64_t)((uint64_t)position << LJOURNAL_NOTED_BITS) | count;
}
