#include "crash.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/fsck.h"
#include "core/heap.h"
#include "core/killpoint.h"
#include "core/layout.h"
#include "core/recover.h"
#include "core/tx.h"
#include "family.h"
#include "snapshot.h"

// A fork is dear with the address sanitizer: then only some points are visited, others in each way.
#if defined(__SANITIZE_ADDRESS__)
enum { PATIENCE = 60, DOUBLE_KILLS = 8, STRIDE = 5, PEER_STRIDE = 13, MOST_POINTS = 60 };
#else
enum { PATIENCE = 20, DOUBLE_KILLS = 100, STRIDE = 1, PEER_STRIDE = 1, MOST_POINTS = 200 };
#endif
enum { MOST_NAMES = 256, QUOTA = 64 << 20, SKIPPED = 77, NEVER = 0 };

// What the processes of a test tell each other, beside the arena.
struct shared {
    const char *_Atomic point;         // where the victim was killed or stopped
    const char *_Atomic second;        // where the recoverer was
    _Atomic long points;               // of the operation
    _Atomic uint64_t ntook, ngave;
    uint64_t took[CRASH_IDS], gave[CRASH_IDS];
    const char *_Atomic visited[MOST_NAMES];
};

static struct shared *shared;
static const struct crash_case *now;   // for the report of a hang
static const char *way = "";
static long point_now;
static uint64_t blocks_before;
static uint64_t objects_before[MP_KINDS];
static long kills, double_kills, stops, failures, cases, instructions, states;
static long state_stride;   // of the single steps: so many states for each that is judged. 0: kills at crash points

// ---- reports ----

static const char *where(void)
{
    static char text[256];
    const char *point = atomic_load(&shared->point), *second = atomic_load(&shared->second);
    snprintf(text, sizeof text, "%s, %s, point %ld (%s%s%s)", now ? now->name : "", way, point_now,
             point ? point : "none", second ? ", recoverer: " : "", second ? second : "");
    return text;
}

#define CHECK(ok, ...) ((ok) ? (void)0 : complain(__LINE__, #ok, "" __VA_ARGS__))

_Noreturn static void complain(int line, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

_Noreturn static void complain(int line, const char *what, const char *format, ...)
{
    char detail[512];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    fflush(stdout);
    fprintf(stderr, "FAIL %s: line %d: expected %s: %s\n", where(), line, what, detail);
    _exit(1);
}

static void say(const char *text)
{
    if (text && write(STDERR_FILENO, text, strlen(text)) < 0) _exit(1);
}

// In a signal handler, so without stdio.
static void hang(int signo)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    (void)signo;
    digits[at] = '\0';
    for (long n = point_now; n > 0 && at > 0; n /= 10) digits[--at] = (char)('0' + n % 10);
    say("FAIL hang: ");
    say(now ? now->name : "");
    say(", ");
    say(way);
    say(", point ");
    say(digits + at);
    say(" ");
    say(atomic_load(&shared->point));
    say(" ");
    say(atomic_load(&shared->second));
    say("\n");
    _exit(1);
}

// ---- the members ----

// In a member, in front of the point that is hit.
static void visit(const char *_Atomic *at)
{
    const char *none = NULL;
    atomic_store(at, mp_killpoint_name);
    for (int i = 0; i < MOST_NAMES; i++, none = NULL) {
        if (atomic_compare_exchange_strong(&shared->visited[i], &none, mp_killpoint_name)) return;
        if (strcmp(none, mp_killpoint_name) == 0) return;
    }
}

static void die(void)
{
    visit(&shared->point);
    raise(SIGKILL);
}

static void die_recovering(void)
{
    visit(&shared->second);
    raise(SIGKILL);
}

static void stop(void)
{
    visit(&shared->point);
    raise(SIGSTOP);
}

enum { BEFORE = -1, AFTER = -2, TRACED = -3 };   // where else a victim dies, or waits for its tracer

struct victim {
    long left;             // points to pass, BEFORE or AFTER the operation, TRACED
    void (*action)(void);
};

static void run_victim(void *arg)
{
    const struct victim *v = arg;
    mp_latch_idle = NULL;
    if (now->begin) now->begin();
    if (v->left == BEFORE) raise(SIGKILL);
    if (v->left == TRACED && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(4);
    if (v->left == TRACED) raise(SIGSTOP);
    mp_killpoint_action = v->action;
    mp_killpoint_left = v->left > 0 ? v->left : LONG_MAX;
    mp_enter(MP_OP_OBJECT);
    int err = now->op();
    mp_leave();
    if (v->left == AFTER) atomic_store(&shared->points, LONG_MAX - mp_killpoint_left);
    mp_killpoint_left = NEVER;
    if (err) _exit(2);
    if (v->left == AFTER) raise(SIGKILL);
}

static void run_helper(void *arg)
{
    void (*const *op)(void) = arg;
    mp_latch_idle = NULL;
    mp_enter(MP_OP_OBJECT);
    (*op)();
    mp_leave();
    mp_retire();
}

void crash_took(uint64_t id)
{
    uint64_t n = atomic_load(&shared->ntook);
    if (n >= CRASH_IDS) _exit(3);
    shared->took[atomic_fetch_add(&shared->ntook, 1)] = id;
}

void crash_gave(uint64_t id)
{
    shared->gave[atomic_fetch_add(&shared->ngave, 1)] = id;
}

// ---- the course of a kill ----

static void prepare(void)
{
    atomic_store(&shared->point, NULL);
    atomic_store(&shared->second, NULL);
    atomic_store(&shared->ntook, 0);
    atomic_store(&shared->ngave, 0);
    alarm(PATIENCE);
    for (uint64_t i = CRASH_VICTIM; i < CRASH_FIRST_SLEEPER + CRASH_SLEEPERS; i++) {
        atomic_store(&mp_slot_at(i)->park, MP_PARK_EMPTY);
        atomic_store(&mp_slot_at(i)->at_gate, 0);
    }
    now->setup();
}

static void census(uint64_t objects[MP_KINDS])
{
    for (int k = 0; k < MP_KINDS; k++) {
        objects[k] = mp_arena->objects[k];
        for (uint64_t i = 0; i < mp_slots_top(); i++) objects[k] += mp_slot_at(i)->objects[k];
    }
}

static void expect_sound(void)
{
    char why[256] = "";
    bool sound = mp_fsck_run(why, sizeof why);
    CHECK(sound, "%s", why);
}

// After the look nothing of the case may be left.
static void finish(struct crash_state *got)
{
    uint64_t objects[MP_KINDS], blocks;
    expect_sound();
    memset(got, 0, sizeof *got);
    census(objects);
    for (int k = 0; k < MP_KINDS; k++) got->facts[CRASH_FACTS - 1] += objects[k];
    now->look(got);
    expect_sound();
    now->end();
    expect_sound();
    blocks = family_blocks();
    CHECK(blocks == blocks_before, "%" PRIu64 " blocks, had %" PRIu64, blocks, blocks_before);
    census(objects);
    for (int k = 0; k < MP_KINDS; k++) {
        CHECK(objects[k] == objects_before[k], "%" PRIu64 " objects of kind %d, had %" PRIu64, objects[k], k,
              objects_before[k]);
    }
    alarm(0);
}

// Or at the gate of the core.
static bool parked(uint64_t slot)
{
    return atomic_load(&mp_slot_at(slot)->park) == MP_PARK_PARKED || atomic_load(&mp_slot_at(slot)->at_gate);
}

static bool ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

static int reap(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0) CHECK(errno == EINTR, "waitpid: %d", errno);
    return status;
}

static pid_t victim;

static pid_t start_victim(long left, void (*action)(void))
{
    struct victim v = {.left = left, .action = action};
    victim = family_fork(CRASH_VICTIM, run_victim, &v);
    return victim;
}

// A victim that a poke has woken may die with a latch that the rest of the poke needs.
static void free_latches(void)
{
    if (victim && ended(victim)) mp_recover_undo(mp_slot_at(CRASH_VICTIM));
}

// Until the victim has ended or sleeps. Tells whether it sleeps: else its latches may still be taken.
static bool sleeps(pid_t pid)
{
    while (!ended(pid) && !parked(CRASH_VICTIM)) sched_yield();
    return parked(CRASH_VICTIM);
}

// True: it was killed at its point; false: it had done all.
static bool was_killed(int status)
{
    CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0, "victim's status %#x", status);
    return WIFSIGNALED(status);
}

// The victim to its end: what it sleeps for is given to it, or, when it ended before that, to the others.
static bool end_victim(pid_t pid)
{
    bool poked = now->poke && sleeps(pid);
    if (poked) now->poke();
    bool killed = was_killed(reap(pid));
    family_bury(CRASH_VICTIM);
    if (now->poke && !poked) now->poke();
    return killed;
}

// ---- judging ----

// A long operation is visited at so many points at least.
static long stride(long most)
{
    long points = atomic_load(&shared->points);
    return points <= 10 ? 1 : points / MOST_POINTS * most > most ? points / MOST_POINTS * most : most;
}

static bool same(const struct crash_state *a, const struct crash_state *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void print_state(char *text, size_t size, const struct crash_state *s)
{
    size_t at = 0;
    for (uint64_t i = 0; i < s->nids && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%" PRIu64 " ", s->ids[i]);
    }
    for (int i = 0; i < CRASH_FACTS && at < size; i++) {
        at += (size_t)snprintf(text + at, size - at, "%s%" PRIu64, i ? "," : "/ ", s->facts[i]);
    }
}

_Noreturn static void complain_of_state(const struct crash_state *got, const struct crash_state *before,
                                        const struct crash_state *after)
{
    char a[300], b[300], c[300];
    print_state(a, sizeof a, got);
    print_state(b, sizeof b, before);
    print_state(c, sizeof c, after);
    fprintf(stderr, "FAIL %s: has %s, before %s, after %s\n", where(), a, b, c);
    _exit(1);
}

struct tally {
    long old, new, between;
};

static void judge(struct tally *t, const struct crash_state *got, const struct crash_state *before,
                  const struct crash_state *after)
{
    if (same(got, before)) {
        t->old++;
    } else if (same(got, after)) {
        t->new ++;
    } else if (now->between && now->between(before, after, got)) {
        t->between++;
    } else {
        complain_of_state(got, before, after);
    }
}

bool crash_shrinks(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    if (got->nids > before->nids || got->nids < after->nids) return false;
    uint64_t gone = before->nids - got->nids;
    return memcmp(got->ids, before->ids + gone, got->nids * sizeof got->ids[0]) == 0;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(uint64_t *ids, uint64_t n)
{
    qsort(ids, n, sizeof *ids, compare);
}

// What helpers put is somewhere, once; what the case had is as before or as after.
static void judge_with_helpers(struct tally *t, const struct crash_state *got, struct crash_state before,
                               struct crash_state after, bool ordered)
{
    struct crash_state own = {0};
    uint64_t theirs[CRASH_IDS] = {0}, ntheirs = 0, ntook = atomic_load(&shared->ntook), n = ntook + got->nids;
    CHECK(n <= CRASH_IDS, "%" PRIu64 " messages", n);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t id = i < ntook ? shared->took[i] : got->ids[i - ntook];
        if (id >= CRASH_HELPERS) {
            theirs[ntheirs++] = id;
        } else {
            own.ids[own.nids++] = id;
        }
    }
    uint64_t ngave = atomic_load(&shared->ngave);
    sort(theirs, ntheirs);
    sort(shared->gave, ngave);
    CHECK(ntheirs == ngave && memcmp(theirs, shared->gave, ngave * sizeof *theirs) == 0,
          "%" PRIu64 " messages of helpers, they put %" PRIu64, ntheirs, ngave);
    memset(before.facts, 0, sizeof before.facts);
    memset(after.facts, 0, sizeof after.facts);
    if (!ordered) {
        sort(own.ids, own.nids);
        sort(before.ids, before.nids);
        sort(after.ids, after.nids);
    }
    judge(t, &own, &before, &after);
}

enum { OLD = 20, NEW, BETWEEN };   // statuses of a process that judges

static int verdict(const struct crash_state *got, const struct crash_state *before, const struct crash_state *after)
{
    struct tally t = {0};
    judge(&t, got, before, after);
    return t.old ? OLD : t.new ? NEW : BETWEEN;
}

static void references(struct crash_state *before, struct crash_state *after)
{
    way = "reference";
    for (int i = 0; i < 2; i++) {
        prepare();
        end_victim(start_victim(i == 0 ? BEFORE : AFTER, NULL));
        finish(i == 0 ? before : after);
    }
}

// ---- the ways ----

// Returns how many points there are.
static long run_alone(const struct crash_state *before, const struct crash_state *after, struct tally *t)
{
    long points = atomic_load(&shared->points);
    way = "alone";
    for (point_now = 1;; point_now += stride(STRIDE)) {
        struct crash_state got;
        prepare();
        bool killed = end_victim(start_victim(point_now, die));
        finish(&got);
        if (!killed) {
            if (!same(&got, after)) complain_of_state(&got, before, after);
            return points;
        }
        kills++;
        judge(t, &got, before, after);
    }
}

static bool is_victim(uint32_t word)
{
    uint64_t owner = word & ((1u << MP_SLOT_BITS) - 1);
    return owner == CRASH_VICTIM + 1 || (owner && mp_slot_at(owner - 1)->leader == CRASH_VICTIM + 1);
}

// Or at the gate of the core, which the victim has shut.
static bool waits_for_latch(uint64_t slot)
{
    const struct mp_slot *s = mp_slot_at(slot);
    uint64_t n = s->nheld;
    if (atomic_load(&s->at_gate)) return true;
    if (n == 0) return false;
    const struct mp_held held = s->held[n - 1];
    uint32_t word = atomic_load(&held.latch->owner);
    return (word & MP_LATCH_WAITED) && is_victim(word);
}

static void expect_success(pid_t pid, const char *who)
{
    int status = reap(pid);
    CHECK(status == 0, "%s's status %#x", who, status);
}

static void kill_stopped(pid_t pid)
{
    kill(pid, SIGKILL);
    reap(pid);
}

static void run_with_peer(const struct crash_state *before, const struct crash_state *after, void (*op)(void),
                          long points, struct tally *t)
{
    for (point_now = 1; point_now <= points; point_now += stride(PEER_STRIDE)) {
        struct crash_state got;
        int status;
        prepare();
        pid_t pid = start_victim(point_now, stop);
        waitpid(pid, &status, WUNTRACED);
        bool alive = WIFSTOPPED(status);   // else it took a shorter way than at first
        pid_t peer = family_fork(CRASH_PEER, run_helper, &op);
        while (!ended(peer) && !waits_for_latch(CRASH_PEER)) sched_yield();
        if (alive) kill_stopped(pid);
        family_bury(CRASH_VICTIM);
        expect_success(peer, "peer");
        family_bury(CRASH_PEER);
        finish(&got);
        stops += alive;
        judge_with_helpers(t, &got, *before, *after, !now->unordered);
    }
}

static int count_sleepers(void)
{
    int n = 0;
    while (n < CRASH_SLEEPERS && now->sleepers[n].op) n++;
    return n;
}

// Each has ended, or sleeps and has nothing to go on for.
static bool settled(const pid_t *pids, int n)
{
    for (int i = 0; i < n; i++) {
        if (ended(pids[i])) continue;
        if (!parked(CRASH_FIRST_SLEEPER + (uint64_t)i) || now->sleepers[i].ready()) return false;
    }
    return true;
}

static void start_sleepers(pid_t *pids, int n)
{
    for (int i = 0; i < n; i++) {
        void (*op)(void) = now->sleepers[i].op;
        uint64_t slot = CRASH_FIRST_SLEEPER + (uint64_t)i;
        pids[i] = family_fork(slot, run_helper, &op);
        while (!parked(slot) && !ended(pids[i])) sched_yield();
    }
}

static void end_sleepers(const pid_t *pids, int n)
{
    for (int i = 0; i < n; i++) {
        bool by_itself = ended(pids[i]);
        if (!by_itself) kill(pids[i], SIGKILL);
        int status = reap(pids[i]);
        CHECK(status == 0 || (!by_itself && status == SIGKILL), "sleeper %d's status %#x", i, status);
        if (!by_itself) kills++;
        family_bury(CRASH_FIRST_SLEEPER + (uint64_t)i);
    }
}

// A victim that sleeps itself is there first, so that it is the one to be chosen.
static bool kill_chosen(pid_t *pids, int n)
{
    pid_t pid = start_victim(point_now, die);
    bool sleeping = sleeps(pid);
    if (!sleeping) family_bury(CRASH_VICTIM);
    start_sleepers(pids, n);
    now->poke();
    bool killed = was_killed(reap(pid));
    if (sleeping) family_bury(CRASH_VICTIM);
    return killed;
}

// A victim that looks at the object while others sleep: what comes when it is dead and not yet buried is for them.
static bool kill_spinning(pid_t *pids, int n)
{
    start_sleepers(pids, n);
    pid_t pid = start_victim(point_now, die);
    bool sleeping = sleeps(pid);
    now->poke();
    if (sleeping) kill_stopped(pid);
    bool killed = !sleeping && was_killed(reap(pid));
    family_bury(CRASH_VICTIM);
    return killed;
}

static bool kill_beside(pid_t *pids, int n)
{
    if (now->spinning) return kill_spinning(pids, n);
    if (now->poke) return kill_chosen(pids, n);
    start_sleepers(pids, n);
    return end_victim(start_victim(point_now, die));
}

// Who slept wakes up if there is something for it, and takes or puts each message once.
static long run_with_sleepers(const struct crash_state *before, const struct crash_state *after, struct tally *t)
{
    int n = count_sleepers();
    way = "with sleepers";
    if (n == 0) return 0;
    for (point_now = 1;; point_now += stride(STRIDE)) {
        struct crash_state got;
        pid_t pids[CRASH_SLEEPERS];
        prepare();
        bool killed = kill_beside(pids, n);
        for (int calm = 0; calm < 2; calm = settled(pids, n) ? calm + 1 : 0) sched_yield();
        end_sleepers(pids, n);
        finish(&got);
        judge_with_helpers(t, &got, *before, *after, false);
        if (!killed) return point_now - 1;
        kills++;
    }
}

// Sleepers that give up while the victim, who may be about to wake them, is stopped.
static void run_with_leavers(const struct crash_state *before, const struct crash_state *after, long points,
                             struct tally *t)
{
    int n = count_sleepers();
    way = "with sleepers that leave";
    for (point_now = 1; now->leaving && point_now <= points; point_now += stride(STRIDE)) {
        struct crash_state got;
        pid_t pids[CRASH_SLEEPERS];
        int status;
        prepare();
        start_sleepers(pids, n);
        pid_t pid = start_victim(point_now, stop);
        waitpid(pid, &status, WUNTRACED);
        for (int i = 0; i < n; i++) {
            while (!ended(pids[i]) && !waits_for_latch(CRASH_FIRST_SLEEPER + (uint64_t)i)) sched_yield();
        }
        if (WIFSTOPPED(status)) kill_stopped(pid);
        family_bury(CRASH_VICTIM);
        for (int i = 0; i < n; i++) {
            expect_success(pids[i], "sleeper");
            family_bury(CRASH_FIRST_SLEEPER + (uint64_t)i);
        }
        finish(&got);
        stops++;
        judge_with_helpers(t, &got, *before, *after, false);
    }
}

static void recover_victim(void *arg)
{
    const long *left = arg;
    mp_killpoint_action = die_recovering;
    mp_killpoint_left = *left;
    mp_enter(MP_OP_OBJECT);
    family_bury(CRASH_VICTIM);
    mp_leave();
    mp_killpoint_left = NEVER;
    mp_retire();
}

// Kills the victim at a point and the recoverer at its m-th. False: it has fewer.
static bool kill_both(long m, const struct crash_state *before, const struct crash_state *after, struct tally *t)
{
    struct crash_state got;
    prepare();
    pid_t pid = start_victim(point_now, die);
    bool poked = now->poke && sleeps(pid);
    if (poked) now->poke();
    was_killed(reap(pid));
    int status = reap(family_fork(CRASH_PEER, recover_victim, &m));
    CHECK(status == 0 || status == SIGKILL, "recoverer's status %#x", status);
    mp_recover_undo(mp_slot_at(CRASH_PEER));
    mp_recover_undo(mp_slot_at(CRASH_VICTIM));
    family_bury(CRASH_PEER);
    family_bury(CRASH_VICTIM);
    if (now->poke && !poked) now->poke();
    finish(&got);
    if (status == 0) return false;
    double_kills++;
    judge(t, &got, before, after);
    return true;
}

// Every point of the recovery at a few points of the operation; at the others some.
static void run_recoverer_killed(const struct crash_state *before, const struct crash_state *after, long points,
                                 struct tally *t)
{
    way = "recoverer killed";
    long done = double_kills;
    for (int i = 1; i <= 2 && double_kills - done < DOUBLE_KILLS / 2; i++) {
        point_now = 1 + points * i / 3 % points;
        for (long m = 1; double_kills - done < DOUBLE_KILLS / 2 && kill_both(m, before, after, t); m++) continue;
    }
    for (long k = 0; k < DOUBLE_KILLS / 2; k++) {
        point_now = 1 + k * 7 % points;
        kill_both(1 + k * 5 % 29, before, after, t);
    }
}

// Without a recovery: what a failed operation leaves is leaked while its process lives.
static int left_behind(void)
{
    const struct mp_slot *me = mp_self.slot;
    for (int i = 0; i < MP_INFLIGHT; i++) {
        if (me->inflight[i]) return 4;
    }
    return me->condemned || me->nheld || me->nlog ? 5 : 0;
}

enum { DONE = 10, DONE_WITHOUT, REFUSED };   // statuses of a process whose allocations fail

static void fail_alloc(void *arg)
{
    const long *left = arg;
    if (now->begin) now->begin();
    mp_failpoint_left = *left;
    mp_enter(MP_OP_OBJECT);
    int err = now->op();
    mp_leave();
    bool hit = mp_failpoint_left < 0;
    mp_failpoint_left = 0;
    int fault = left_behind();
    if (fault) _exit(fault);
    if (err != 0 && !(err == ENOMEM && hit)) _exit(6);
    mp_retire();
    _exit(err ? REFUSED : hit ? DONE_WITHOUT : DONE);
}

// One allocation fails, or all from that one on.
static long run_out_of_memory(const struct crash_state *before, const struct crash_state *after, bool lasts)
{
    way = lasts ? "out of memory" : "short of memory";
    mp_failpoint_lasts = lasts;
    if (now->poke) return 0;
    for (point_now = 1;; point_now++) {
        struct crash_state got;
        prepare();
        int status = reap(family_fork(CRASH_VICTIM, fail_alloc, &point_now));
        int did = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        CHECK(did == DONE || did == REFUSED || (did == DONE_WITHOUT && (!lasts || now->frugal || same(before, after))),
              "victim's status %#x", status);
        family_bury(CRASH_VICTIM);
        finish(&got);
        bool between = did == REFUSED && now->between && now->between(before, after, &got);
        if (!between && !same(&got, did == REFUSED ? before : after)) complain_of_state(&got, before, after);
        if (did == DONE) return point_now - 1;
        failures++;
    }
}

// ---- single steps ----

// The usual one reads the clock without the kernel, and begins again when that counts on meanwhile. At single steps it
// always does.
int read_clock(clockid_t clock, struct timespec *time) __asm__("clock_gettime");

int read_clock(clockid_t clock, struct timespec *time)
{
    return (int)syscall(SYS_clock_gettime, clock, time);
}

static bool poked;

// The victim goes on by one instruction. One that sleeps in the kernel is poked.
static int step(pid_t pid, int signo, struct rusage *usage)
{
    int status;
    CHECK(ptrace(PTRACE_SINGLESTEP, pid, NULL, (void *)(intptr_t)signo) == 0, "ptrace: %d", errno);
    for (;;) {
        bool may_sleep = now->poke && !poked;
        pid_t got = wait4(pid, &status, may_sleep ? WNOHANG : 0, usage);
        if (got == pid) return status;
        CHECK(got == 0 || errno == EINTR, "wait4: %d", errno);
        if (got == 0 && parked(CRASH_VICTIM)) {
            now->poke();
            poked = true;
        }
        sched_yield();
    }
}

static void note_place(pid_t pid)
{
#if defined(__x86_64__)
    extern const char __executable_start[];
    static char place[64];
    struct user_regs_struct regs;
    CHECK(ptrace(PTRACE_GETREGS, pid, NULL, &regs) == 0, "ptrace: %d", errno);
    snprintf(place, sizeof place, "program's start + %#llx", regs.rip - (uintptr_t)__executable_start);
    atomic_store(&shared->point, place);
#else
    (void)pid;   // which also could not take a reservation and store with it
    CHECK(false, "a processor whose single steps are known");
#endif
}

// The victim stands still, which leaves the arena as its death would: another process judges, then all is put back.
static void judge_here(const struct crash_state *before, const struct crash_state *after, struct tally *t)
{
    pid_t pid = fork();
    CHECK(pid >= 0, "fork: %d", errno);
    if (pid == 0) {
        struct crash_state got;
        alarm(PATIENCE);
        family_bury(CRASH_VICTIM);
        if (now->poke && !poked) now->poke();
        finish(&got);
        _exit(verdict(&got, before, after));
    }
    int status = reap(pid), found = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (found < OLD || found > BETWEEN) _exit(1);   // it has said why
    t->old += found == OLD;
    t->new += found == NEW;
    t->between += found == BETWEEN;
    snapshot_restore();
    alarm(PATIENCE);
}

// Returns the victim's status after its next instruction.
static int step_on(pid_t pid, int status, struct rusage *usage)
{
    int signo = WSTOPSIG(status);
    return step(pid, signo == SIGTRAP || signo == SIGSTOP ? 0 : signo, usage);
}

static pid_t start_traced(int *status)
{
    prepare();
    poked = false;
    pid_t pid = start_victim(TRACED, NULL);
    waitpid(pid, status, WUNTRACED);
    CHECK(WIFSTOPPED(*status), "ptrace is not allowed here: status %#x", *status);
    return pid;
}

static void end_traced(int status, struct crash_state *got)
{
    was_killed(status);
    family_bury(CRASH_VICTIM);
    if (now->poke && !poked) now->poke();
    finish(got);
}

// After the first n instructions.
static void kill_stepped(long n, const struct crash_state *before, const struct crash_state *after, struct tally *t)
{
    struct crash_state got;
    struct rusage usage;
    int status;
    pid_t pid = start_traced(&status);
    for (long i = 0; i < n && WIFSTOPPED(status); i++) status = step_on(pid, status, &usage);
    if (WIFSTOPPED(status)) {
        note_place(pid);
        kill(pid, SIGKILL);
        status = reap(pid);
    }
    end_traced(status, &got);
    judge(t, &got, before, after);
}

enum { MOST_STATES = 4096 };

// Instructions that leave the arena as it was need no judgement: who dies there leaves the same. When others of the
// victim's are at work, it is killed indeed, later.
static void run_stepped(const struct crash_state *before, const struct crash_state *after, struct tally *t)
{
    static long later[MOST_STATES];
    struct crash_state got;
    struct rusage usage = {0};
    long faults = 0, nlater = 0;
    int status;
    way = "single steps";
    pid_t pid = start_traced(&status);
    snapshot_take();
    for (point_now = 1;; point_now++) {
        status = step_on(pid, status, &usage);
        if (!WIFSTOPPED(status)) break;
        if (++instructions % 1000 == 0) alarm(PATIENCE);
        bool changed = snapshot_renew(usage.ru_minflt != faults);
        faults = usage.ru_minflt;
        if (!changed || ++states % state_stride != 0) continue;
        kills++;
        if (now->several && nlater < MOST_STATES) later[nlater++] = point_now;
        if (now->several) continue;
        note_place(pid);
        judge_here(before, after, t);
    }
    CHECK(!was_killed(status), "victim's status %#x", status);
    end_traced(status, &got);
    if (!same(&got, after)) complain_of_state(&got, before, after);
    long total = point_now;
    for (long i = 0; i < nlater; i++) {
        point_now = later[i];
        kill_stepped(point_now, before, after, t);
    }
    point_now = total;
}

// ---- all of it ----

static void open_arena(void)
{
#if defined(__SANITIZE_THREAD__)
    exit(SKIPPED);   // it cannot follow forks
#endif
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(shared != MAP_FAILED, "mmap");
    signal(SIGALRM, hang);
    mp_latch_idle = free_latches;
    family_open(QUOTA);
    blocks_before = family_blocks();
    census(objects_before);
    if (state_stride) snapshot_open(QUOTA);
}

static void run_killed(void)
{
    struct crash_state before, after;
    struct tally alone = {0}, peers = {0}, sleepers = {0}, both = {0};
    references(&before, &after);
    long points = run_alone(&before, &after, &alone);
    for (int i = 0; i < CRASH_PEERS && now->peers[i]; i++) {
        way = "with a peer";
        run_with_peer(&before, &after, now->peers[i], points, &peers);
    }
    long more = run_with_sleepers(&before, &after, &sleepers);
    run_with_leavers(&before, &after, more, &sleepers);
    run_recoverer_killed(&before, &after, points, &both);
    long nomem = run_out_of_memory(&before, &after, true) + run_out_of_memory(&before, &after, false);
    printf("%-40s points %3ld, %3ld: old %3ld new %3ld; peers %3ld/%3ld; sleepers %3ld/%3ld; twice %3ld/%3ld",
           now->name, points, more, alone.old, alone.new, peers.old, peers.new, sleepers.old, sleepers.new, both.old,
           both.new);
    printf("; between %ld; no memory %ld\n", alone.between + peers.between + sleepers.between + both.between, nomem);
}

static void run_single_steps(void)
{
    struct crash_state before, after;
    struct tally t = {0};
    long first_state = states;
    references(&before, &after);
    run_stepped(&before, &after, &t);
    printf("%-40s instructions %6ld, states %5ld: old %5ld new %5ld between %5ld\n", now->name, point_now,
           states - first_state, t.old, t.new, t.between);
}

static void run_case(const struct crash_case *c)
{
    now = c;
    cases++;
    point_now = 0;
    if (state_stride) {
        run_single_steps();
    } else {
        run_killed();
    }
    fflush(stdout);
    now = NULL;
}

static void print_visited(void)
{
    printf("points:");
    for (int i = 0; i < MOST_NAMES && atomic_load(&shared->visited[i]); i++) {
        printf(" %s", atomic_load(&shared->visited[i]));
    }
    printf("\n");
}

static void print_totals(const char *name)
{
    if (state_stride) {
        printf("%s: %ld cases, %ld instructions, %ld states, %ld of them judged\n", name, cases, instructions, states,
               kills);
        return;
    }
    printf("%s: %ld cases, %ld kills, %ld kills while stopped beside a peer, %ld of the recoverer too, %ld allocations "
           "failed\n",
           name, cases, kills, stops, double_kills, failures);
    print_visited();
}

int crash_main(int argc, char **argv, const char *name, const struct crash_case *list, size_t ncases)
{
    static const char option[] = "--single-step=";
    if (argc > 1 && strncmp(argv[1], option, sizeof option - 1) == 0) {
        state_stride = strtol(argv[1] + sizeof option - 1, NULL, 10);
        EXPECT(state_stride > 0, "a number: %s", argv[1]);
        argc--;
        argv++;
    }
    open_arena();
    for (size_t i = 0; i < ncases; i++) {
        if (argc < 2 || strstr(list[i].name, argv[1])) run_case(&list[i]);
    }
    print_totals(name);
    return 0;
}
