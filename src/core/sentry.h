// One of those who wait for things that come one by one, and who will take the next: while there is one, not each thing
// that comes wakes one of those who sleep.
//
// A sentry spins, or it naps: sleeps, and looks up from time to time. Naps are for when there are more who run than CPUs:
// to wake another one then makes nothing faster. So while all CPUs are busy who adds a thing leaves it to the one that
// naps, which takes what nobody else has taken within a nap.
//
// State:     in each list a word, its sentry: slot + 1, and whether it naps; in each slot the list that it may be the
//            sentry of; in each process the sentry that it left something to.
// Invariant: who is named in the word looks at what there is once more after it has withdrawn: who adds a thing and then
//            reads the word, and the sentry that withdraws and then looks, cannot both miss the other.
// Death:     the slot tells the list before the word tells the slot, and until nothing is owed any more: the monitor
//            withdraws the dead at once, and wakes the family. Of who left something to a sentry: it is seen at the end
//            of a nap.
#pragma once
#include "park.h"
#include "slot.h"

// We are it from here on. False: there is one,
bool mp_sentry_spins(struct mp_waitlist *list);   // or nobody sleeps there
bool mp_sentry_naps(struct mp_waitlist *list);   // or no more run than there are CPUs
void mp_sentry_leave(struct mp_slot *of);   // of one that may be it, by itself or when it is dead
void mp_sentry_withdraw(const struct mp_slot *of);   // the same, but what it owes is not done yet: `guards` tells so

int mp_sentry_park(const struct mp_flow *flow, int64_t deadline);   // as mp_park, and naps when we are the sentry
// Who has slept until one came, or was the sentry, and takes it or gives up: wakes the next one if there is more and no
// sentry, as who added it may have left it to us.
void mp_sentry_over(const struct mp_flow *flow);
void mp_sentry_settle(const struct mp_flow *flow, bool over);   // of one that has withdrawn and looked again

const struct mp_slot *mp_sentry_of(const struct mp_waitlist *list);   // NULL: there is none
void mp_sentry_call(void);   // before we wait ourselves: wakes the one that we left something to
void mp_wake_for_one(
    const struct mp_flow *flow);   // one thing was added: wakes a taker, unless the sentry will take it
