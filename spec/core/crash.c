#include "crash_parts.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/layout.h"
#include "core/tx.h"
#include "family.h"
#include "snapshot.h"

enum { QUOTA = 64 << 20 };

struct crash_shared *crash_shared;
struct crash_counts crash_counts;
const struct crash_case *crash_now;
const char *crash_way = "";
long crash_point, crash_state_stride;

static void open_arena(void)
{
    crash_shared = mmap(NULL, sizeof *crash_shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    EXPECT(crash_shared != MAP_FAILED, "mmap");
    crash_tell_hangs();
    mp_latch_idle = crash_free_latches;
    family_open(QUOTA);
    crash_note_state();
    if (crash_state_stride) snapshot_open(QUOTA);
}

static void run_killed(void)
{
    struct crash_state before, after;
    struct crash_tally alone = {0}, peers = {0}, sleepers = {0}, both = {0};
    crash_references(&before, &after);
    long points = crash_run_alone(&before, &after, &alone);
    for (int i = 0; i < CRASH_PEERS && crash_now->peers[i]; i++) {
        crash_way = "with a peer";
        crash_run_with_peer(&before, &after, crash_now->peers[i], points, &peers);
    }
    long more = crash_run_with_sleepers(&before, &after, &sleepers);
    crash_run_with_leavers(&before, &after, more, &sleepers);
    crash_run_with_stopped(&before, &after, &sleepers);
    crash_run_recoverer_killed(&before, &after, points, &both);
    long nomem = crash_run_out_of_memory(&before, &after, true) + crash_run_out_of_memory(&before, &after, false);
    printf("%-40s points %3ld, %3ld: old %3ld new %3ld; peers %3ld/%3ld; sleepers %3ld/%3ld; twice %3ld/%3ld",
           crash_now->name, points, more, alone.old, alone.new, peers.old, peers.new, sleepers.old, sleepers.new,
           both.old, both.new);
    printf("; between %ld; no memory %ld\n", alone.between + peers.between + sleepers.between + both.between, nomem);
}

static void run_single_steps(void)
{
    struct crash_state before, after;
    struct crash_tally t = {0};
    long first_state = crash_counts.states;
    crash_references(&before, &after);
    crash_run_stepped(&before, &after, &t);
    printf("%-40s instructions %6ld, states %5ld: old %5ld new %5ld between %5ld\n", crash_now->name, crash_point,
           crash_counts.states - first_state, t.old, t.new, t.between);
}

static void run_case(const struct crash_case *c)
{
    crash_now = c;
    crash_counts.cases++;
    crash_point = 0;
    if (crash_state_stride) {
        run_single_steps();
    } else {
        run_killed();
    }
    fflush(stdout);
    crash_now = NULL;
}

static void print_visited(void)
{
    printf("points:");
    for (int i = 0; i < CRASH_NAMES && atomic_load(&crash_shared->visited[i]); i++) {
        printf(" %s", atomic_load(&crash_shared->visited[i]));
    }
    printf("\n");
}

static void print_totals(const char *name)
{
    if (crash_state_stride) {
        printf("%s: %ld cases, %ld instructions, %ld states, %ld of them judged\n", name, crash_counts.cases,
               crash_counts.instructions, crash_counts.states, crash_counts.kills);
        return;
    }
    printf("%s: %ld cases, %ld kills, %ld kills while stopped beside a peer, %ld of the recoverer too, %ld allocations "
           "failed\n",
           name, crash_counts.cases, crash_counts.kills, crash_counts.stops, crash_counts.double_kills,
           crash_counts.failures);
    print_visited();
}

int crash_main(int argc, char **argv, const char *name, const struct crash_case *list, size_t ncases)
{
    static const char option[] = "--single-step=";
    if (argc > 1 && strncmp(argv[1], option, sizeof option - 1) == 0) {
        crash_state_stride = strtol(argv[1] + sizeof option - 1, NULL, 10);
        EXPECT(crash_state_stride > 0, "a number: %s", argv[1]);
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
