// Transactions: the one way to change shared state.
//
// A latch names its owner's slot. A store made by TX is logged in the slot before it happens; mp_commit forgets the
// log. Whoever dies before that is undone by the monitor. mp_publish is for a word that others read without its
// latch: that one store commits everything logged before it.
// Only the compiler must keep the order: what a killed process leaves is a prefix of its stores.
#pragma once
#include "killpoint.h"
#include "slot.h"

#define MP_LATCH_WAITED 0x80000000u
enum { MP_TICKETS = 0x3ffff };
#define mp_barrier() __asm__ volatile("" ::: "memory")
#define TX(field, value) mp_tx(&(field), (uint64_t)(value))
// A word that others read without its latch and for which an undone store is harmless: say why where it stands.
#define TX_ATOMIC(field, value) mp_tx((uint64_t *)&(field), (uint64_t)(value))

void mp_latch_slowly(struct mp_latch *latch, uint32_t ours);
void mp_unlatch_wake(struct mp_latch *latch);
_Noreturn void mp_tx_overflow(void);
// Called every 2 ms while a latch is not to be had. The monitor's: its owner may have died.
extern void (*mp_latch_idle)(void);
// In each step of what may be long, with no transaction open: then that is called, too, every so many steps.
void mp_long_work(void);

// What was stored is visible before what is loaded next. The race detector knows no fences.
static inline void mp_fence(void)
{
#if defined(__SANITIZE_THREAD__)
    static _Thread_local _Atomic int word;
    atomic_fetch_add(&word, 1);
#else
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

// After an unlatch or another exchange, before looking who sleeps: what we published is visible before that look. On
// x86 the exchange has done it.
static inline void mp_fence_after_exchange(void)
{
#if !defined(__x86_64__)
    mp_fence();
#endif
}

// A word that others change meanwhile.
static inline uint64_t mp_relaxed(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline void mp_tx(uint64_t *word, uint64_t value)
{
    struct mp_slot *me = mp_self.slot;
    uint64_t n = me->nlog;
    if (__builtin_expect(n >= MP_LOG, 0)) mp_tx_overflow();
    me->log[n].word = word;
    me->log[n].old = *word;
    mp_barrier();
    me->nlog = n + 1;
    mp_barrier();
    MP_KILLPOINT("tx.logged");
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
    mp_barrier();
    MP_KILLPOINT("tx.stored");
}

static inline void mp_commit(void)
{
    mp_barrier();
    mp_self.slot->nlog = 0;
    mp_barrier();
    MP_KILLPOINT("tx.committed");
}

// `value` differs from what *word holds: recovery tells by it whether the store happened.
static inline void mp_publish(_Atomic uint64_t *word, uint64_t value)
{
    struct mp_slot *me = mp_self.slot;
    mp_barrier();
    if (me->nlog == 0) {
        MP_KILLPOINT("publish.before");
        atomic_store_explicit(word, value, memory_order_release);
        MP_KILLPOINT("publish.stored");
        return;
    }
    me->commit_old = atomic_load_explicit(word, memory_order_relaxed);
    mp_barrier();
    me->commit_word = word;
    mp_barrier();
    MP_KILLPOINT("publish.before");
    atomic_store_explicit(word, value, memory_order_release);
    mp_barrier();
    MP_KILLPOINT("publish.stored");
    me->nlog = 0;
    mp_barrier();
    MP_KILLPOINT("publish.forgotten");
    me->commit_word = NULL;
    mp_barrier();
}

// Lists the latch before it is taken. The ticket makes the word ours alone: a latch that we listed, freed and died
// on may be other memory by the time the monitor looks.
static inline uint32_t mp_list_latch(struct mp_latch *latch)
{
    struct mp_slot *me = mp_self.slot;
    uint64_t n = me->nheld;
    uint32_t word = mp_self.id | (++mp_self.ticket & MP_TICKETS) << MP_SLOT_BITS;
    me->held[n].latch = latch;
    me->held[n].word = word;
    mp_barrier();
    me->nheld = n + 1;
    mp_barrier();
    MP_KILLPOINT("latch.listed");
    return word;
}

static inline void mp_latch(struct mp_latch *latch)
{
    uint32_t word = mp_list_latch(latch), unowned = 0;
    if (__builtin_expect(!atomic_compare_exchange_strong(&latch->owner, &unowned, word), 0)) {
        mp_latch_slowly(latch, word);
    }
    mp_barrier();
    MP_KILLPOINT("latch.taken");
}

// False: it is taken, and that is all.
static inline bool mp_try_latch(struct mp_latch *latch)
{
    uint32_t word = mp_list_latch(latch), unowned = 0;
    if (atomic_compare_exchange_strong(&latch->owner, &unowned, word)) {
        mp_barrier();
        MP_KILLPOINT("latch.taken");
        return true;
    }
    mp_self.slot->nheld--;
    mp_barrier();
    return false;
}

// Frees the latch taken last.
static inline void mp_unlatch(void)
{
    struct mp_slot *me = mp_self.slot;
    uint64_t n = me->nheld - 1;
    struct mp_latch *latch = me->held[n].latch;
    mp_barrier();
    MP_KILLPOINT("unlatch.before");
    if (__builtin_expect(atomic_exchange(&latch->owner, 0) & MP_LATCH_WAITED, 0)) mp_unlatch_wake(latch);
    mp_barrier();
    MP_KILLPOINT("unlatch.freed");
    me->nheld = n;
    mp_barrier();
}

static inline void mp_commit_unlatch(void)
{
    mp_commit();
    mp_unlatch();
}
