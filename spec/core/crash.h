// Kills a process at each crash point of an operation, recovers, and looks: all must be as before, or as after it.
//
// A case is run in six ways: alone; stopped at the point while a peer works on the same objects; with others asleep
// on them; with one of those stopped, or going on, at that moment; with the recoverer killed as well; and with each
// allocation failing once.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CRASH_IDS = 128, CRASH_FACTS = 6, CRASH_PEERS = 4, CRASH_SLEEPERS = 3 };
enum { CRASH_RECOVERER, CRASH_VICTIM, CRASH_PEER, CRASH_FIRST_SLEEPER };   // slots
enum { CRASH_HELPERS = 1000 };   // ids from here on are those of messages that peers and sleepers put

struct crash_state {
    uint64_t nids, ids[CRASH_IDS];   // messages in order
    uint64_t facts[CRASH_FACTS];     // the last: objects that exist
};

struct crash_sleeper {
    void (*op)(void);
    bool (*ready)(void);   // would it go on now?
};

struct crash_case {
    const char *name;
    void (*setup)(void);                     // by the recoverer
    void (*begin)(void);                     // by the victim, before it may be killed
    int (*op)(void);                         // by the victim. 0, ENOMEM
    void (*look)(struct crash_state *got);   // by the recoverer: tells what there is, and takes it out
    void (*end)(void);                       // by the recoverer: gives back what setup made
    void (*poke)(void);                      // by the recoverer, when the victim sleeps
    void (*peers[CRASH_PEERS])(void);
    struct crash_sleeper sleepers[CRASH_SLEEPERS];
    bool spinning;   // the victim spins beside the sleepers, and the poke comes before recovery
    bool napping;    // the same, but it wakes up by itself
    bool leaving;   // the sleepers give up after a while
    bool unordered;   // the victim's death may change the order
    bool several;    // other threads or processes of the victim's change the arena, too
    bool frugal;   // there are allocations that it can do without
    // Of an operation of several steps: may it have stopped there? NULL: it is one step.
    bool (*between)(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got);
};

// For peers and sleepers: what they took and put. The recoverer counts it in.
void crash_took(uint64_t id);
void crash_gave(uint64_t id);

// NAME_test [--single-step=STRIDE] [PART OF A CASE'S NAME]
//
// With single steps the operation is run alone, instruction by instruction. After each one that has changed the arena
// it is as if the process died: each time, or each STRIDE-th. Exit status.
int crash_main(int argc, char **argv, const char *name, const struct crash_case *list, size_t ncases);
bool crash_shrinks(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got);
