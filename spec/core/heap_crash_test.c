// The heap, whose users are killed at every point: small blocks by the magazine, runs with free neighbours on both
// sides, an arena that is full.
#include <errno.h>
#include <string.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/heap.h"
#include "core/layout.h"
#include "core/queue.h"
#include "core/tx.h"
#include "crash.h"
#include "family.h"

enum { SOME = 3, RUNS = 5 };

static struct mp_queue *q;   // holds blocks: what is in flight is not enough to empty or fill a magazine
static uint32_t handle;
static int runs[RUNS], whole;
static size_t block_size, run_spans;
static uint64_t block_count;

// ---- blocks in a queue ----

static int put_block(uint64_t id)
{
    struct mp_build b;
    mp_build_init(&b);
    int err = mp_build_room(&b, block_size);
    if (!err) {
        memcpy(b.data, &id, sizeof id);
        b.len = block_size;
        err = mp_build_to_block(&b);
    }
    if (!err) err = mp_build_seal(&b);
    if (!err) err = mp_queue_put(q, &b, MP_NOW);
    mp_build_drop(&b);
    return err;
}

static int op_put_all(void)
{
    int err = 0;
    for (uint64_t i = 1; i <= block_count && !err; i++) err = put_block(i);
    if (err) mp_queue_clear(q);   // an operation of many does all or nothing
    return err;
}

static int op_clear(void)
{
    mp_queue_clear(q);
    return 0;
}

static void open_blocks(size_t size, uint64_t count)
{
    block_size = size;
    block_count = count;
    EXPECT(mp_queue_new(0, NULL, 0, &q, &handle) == 0, "new");
}

static void open_40_small(void)
{
    open_blocks(8, 40);
}

static void open_20_medium(void)
{
    open_blocks(400, 20);
}

static void open_12_pages(void)
{
    open_blocks(4000, 12);
}

static void open_7_big(void)
{
    open_blocks(30000, 7);
}

static void fill_40_small(void)
{
    open_40_small();
    EXPECT(op_put_all() == 0, "put");
}

static void fill_20_medium(void)
{
    open_20_medium();
    EXPECT(op_put_all() == 0, "put");
}

static void fill_12_pages(void)
{
    open_12_pages();
    EXPECT(op_put_all() == 0, "put");
}

static void fill_7_big(void)
{
    open_7_big();
    EXPECT(op_put_all() == 0, "put");
}

static void look(struct crash_state *got)
{
    struct mp_item item;
    while (mp_queue_get(q, &item, MP_NOW) == 0) {
        memcpy(&got->ids[got->nids++], item.view.data, sizeof got->ids[0]);
        mp_item_drop(&item);
    }
}

static void end(void)
{
    mp_handle_close(handle);
}

static bool grows(const struct crash_state *before, const struct crash_state *after, const struct crash_state *got)
{
    return got->nids > before->nids && got->nids < after->nids &&
           memcmp(got->ids, after->ids, got->nids * sizeof got->ids[0]) == 0;
}

// ---- runs ----

static int take(size_t size, int *place)
{
    mp_ref ref;
    return mp_alloc(size, &ref, place);
}

// Of five neighbours the second and the fourth are free, the third is the victim's.
static void open_runs(void)
{
    run_spans = 2;
    for (int i = 0; i < RUNS; i++) EXPECT(take(run_spans * MP_SPAN, &runs[i]) == 0, "run");
    mp_inflight_free(runs[1]);
    mp_inflight_free(runs[3]);
}

static void begin_with_run(void)
{
    uint64_t *from = &mp_slot_at(CRASH_RECOVERER)->inflight[runs[2]];
    mp_self.slot->inflight[0] = *from;
    *from = 0;
}

static void begin_with_first_run(void)
{
    uint64_t *from = &mp_slot_at(CRASH_RECOVERER)->inflight[runs[0]];
    mp_self.slot->inflight[0] = *from;
    *from = 0;
}

static int op_free_run(void)
{
    mp_inflight_free(0);
    return 0;
}

// Cuts a free run, fills one exactly, and takes from the end.
static int op_take_runs(void)
{
    static const size_t spans[SOME] = {1, 2, 7};
    int places[SOME], n = 0, err = 0;
    while (n < SOME && !err) {
        err = take(spans[n] * MP_SPAN, &places[n]);
        if (!err) n++;
    }
    while (n > 0) mp_inflight_free(places[--n]);
    return err;
}

static void look_at_runs(struct crash_state *got)
{
    (void)got;
    for (int i = 0; i < RUNS; i++) {
        uint64_t entry = mp_self.slot->inflight[runs[i]];
        if (entry) mp_inflight_free(runs[i]);
    }
}

static void end_nothing(void)
{
}

// ---- sizes ----

static int op_take_sizes(void)
{
    static const size_t sizes[] = {1, 40, 96, 500, 1024, 2000, 4000, 8000, 30000, 70000};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    int places[SIZES], n = 0, err = 0;
    while (n < SIZES && !err) {
        err = take(sizes[n], &places[n]);
        if (!err) n++;
    }
    for (int i = 0; i < n; i += 2) mp_inflight_free(places[i]);
    for (int i = 1; i < n; i += 2) mp_inflight_free(places[i]);
    return err;
}

static int op_grow(void)
{
    struct mp_build b;
    mp_build_init(&b);
    int err = 0;
    for (size_t more = 200; more < 300000 && !err; more *= 4) {
        err = mp_build_room(&b, more);
        if (!err) b.len += more;
    }
    if (!err) err = mp_build_seal(&b);
    mp_build_drop(&b);
    return err;
}

static void begin_with_magazines(void)
{
    EXPECT(op_take_sizes() == 0, "sizes");
}

// ---- a full arena ----

static void open_full(void)
{
    uint64_t rest = mp_arena_limit() - mp_arena_used();
    EXPECT(take(rest - (uint64_t)4 * MP_SPAN, &whole) == 0, "the rest");
}

// Takes what is left and then what the magazines hold: refused or not, all comes back.
static int op_exhaust(void)
{
    int places[SOME], n = 0, err = 0;
    while (n < SOME && !err) {
        err = take((size_t)(n + 1) * MP_SPAN, &places[n]);
        if (!err) n++;
    }
    while (n > 0) mp_inflight_free(places[--n]);
    return 0;
}

static void look_at_whole(struct crash_state *got)
{
    (void)got;
    mp_inflight_free(whole);
}

static const struct crash_case cases[] = {
    {"alloc and free of many sizes", end_nothing, NULL, op_take_sizes, look_at_runs, end_nothing, .between = NULL},
    {"the same, from magazines", end_nothing, begin_with_magazines, op_take_sizes, look_at_runs, end_nothing,
     .between = NULL},
    {"a build that grows", end_nothing, NULL, op_grow, look_at_runs, end_nothing, .between = NULL},
    {"40 small blocks", open_40_small, NULL, op_put_all, look, end, .between = grows},
    {"20 medium blocks", open_20_medium, NULL, op_put_all, look, end, .between = grows},
    {"12 pages", open_12_pages, NULL, op_put_all, look, end, .between = grows},
    {"7 big blocks", open_7_big, NULL, op_put_all, look, end, .between = grows},
    {"40 small blocks freed", fill_40_small, NULL, op_clear, look, end, .between = crash_shrinks},
    {"20 medium blocks freed", fill_20_medium, NULL, op_clear, look, end, .between = crash_shrinks},
    {"12 pages freed", fill_12_pages, NULL, op_clear, look, end, .between = crash_shrinks},
    {"7 big blocks freed", fill_7_big, NULL, op_clear, look, end, .between = crash_shrinks},
    {"a run between free ones is freed", open_runs, begin_with_run, op_free_run, look_at_runs, end_nothing,
     .between = NULL},
    {"a run before a free one is freed", open_runs, begin_with_first_run, op_free_run, look_at_runs, end_nothing,
     .between = NULL},
    {"runs cut and filled", open_runs, NULL, op_take_runs, look_at_runs, end_nothing, .between = NULL},
    {"a full arena", open_full, begin_with_magazines, op_exhaust, look_at_whole, end_nothing, .between = NULL},
};

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "heap_crash", cases, sizeof cases / sizeof *cases);
}
