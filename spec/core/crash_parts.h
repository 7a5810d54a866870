// What the files of the crash tests share: crash.c runs the cases, crash_ways.c, crash_sleepers.c and crash_steps.c each
// in its ways, crash_victim.c has the members, crash_judge.c compares, crash_report.c says what is wrong.
#pragma once
#include <sys/types.h>

#include "crash.h"

// A fork is dear with the address sanitizer: then only some points are visited, others in each way.
#if defined(__SANITIZE_ADDRESS__)
enum { PATIENCE = 60, DOUBLE_KILLS = 8, STRIDE = 5, PEER_STRIDE = 13, MOST_POINTS = 60 };
#else
enum { PATIENCE = 20, DOUBLE_KILLS = 100, STRIDE = 1, PEER_STRIDE = 1, MOST_POINTS = 200 };
#endif
enum { CRASH_NAMES = 256, NEVER = 0 };

// What the processes of a test tell each other, beside the arena.
struct crash_shared {
    const char *_Atomic point;   // where the victim was killed or stopped
    const char *_Atomic second;   // where the recoverer was
    _Atomic long points;   // of the operation
    _Atomic uint64_t ntook, ngave;
    uint64_t took[CRASH_IDS], gave[CRASH_IDS];
    const char *_Atomic visited[CRASH_NAMES];
};

struct crash_counts {
    long cases, kills, double_kills, stops, failures, instructions, states;
};

// Outcomes that were judged.
struct crash_tally {
    long old, new, between;
};

extern struct crash_shared *crash_shared;
extern struct crash_counts crash_counts;
extern const struct crash_case *crash_now;
extern const char *crash_way;
extern long crash_point;   // that is visited now
// Of the single steps: so many states for each that is judged. 0: kills at crash points
extern long crash_state_stride;

// ---- reports ----

#define CHECK(ok, ...) ((ok) ? (void)0 : crash_complain(__FILE__, __LINE__, #ok, "" __VA_ARGS__))

_Noreturn void crash_complain(const char *file, int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
_Noreturn void crash_complain_of_state(const struct crash_state *got, const struct crash_state *before,
                                       const struct crash_state *after);
void crash_tell_hangs(void);   // at SIGALRM

// ---- the members ----

enum { BEFORE = -1, AFTER = -2, TRACED = -3 };   // where else a victim dies, or waits for its tracer

// At a crash point.
void crash_die(void);
void crash_die_recovering(void);
void crash_stop(void);

void crash_run_helper(void *arg);
pid_t crash_start_victim(long left, void (*action)(void));
void crash_free_latches(void);
bool crash_sleeps(pid_t pid);   // waits until the victim sleeps or has ended; does it sleep?
bool crash_was_killed(int status);
bool crash_end_victim(pid_t pid);
bool crash_waits_for_latch(uint64_t slot);

// ---- the course of a kill ----

void crash_note_state(void);   // that each case has to leave
void crash_prepare(void);
void crash_finish(struct crash_state *got);   // looks, ends the case, and expects that nothing is left
bool crash_parked(uint64_t slot);
bool crash_ended(pid_t pid);
int crash_reap(pid_t pid);
void crash_kill_stopped(pid_t pid);
void crash_expect_success(pid_t pid, const char *who);

// ---- judging ----

enum { OLD = 20, NEW, BETWEEN };   // statuses of a process that judges

long crash_stride(long most);   // to the next point that is visited
bool crash_same(const struct crash_state *a, const struct crash_state *b);
void crash_judge(struct crash_tally *t, const struct crash_state *got, const struct crash_state *before,
                 const struct crash_state *after);
void crash_judge_with_helpers(struct crash_tally *t, const struct crash_state *got, struct crash_state before,
                              struct crash_state after, bool ordered);
int crash_verdict(const struct crash_state *got, const struct crash_state *before, const struct crash_state *after);
// What the case leaves that is not begun, and the one that is done.
void crash_references(struct crash_state *before, struct crash_state *after);

// ---- the ways ----

long crash_run_alone(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t);
void crash_run_with_peer(const struct crash_state *before, const struct crash_state *after, void (*op)(void),
                         long points, struct crash_tally *t);
long crash_run_with_sleepers(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t);
void crash_run_with_leavers(const struct crash_state *before, const struct crash_state *after, long points,
                            struct crash_tally *t);
void crash_run_with_stopped(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t);
void crash_run_recoverer_killed(const struct crash_state *before, const struct crash_state *after, long points,
                                struct crash_tally *t);
long crash_run_out_of_memory(const struct crash_state *before, const struct crash_state *after, bool lasts);
void crash_run_stepped(const struct crash_state *before, const struct crash_state *after, struct crash_tally *t);
