// The report of who waits for what: of memory that is used for something else meanwhile, to somebody who does not read.
#include "core/report.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/heap.h"
#include "core/layout.h"
#include "core/lock.h"
#include "family.h"

enum { WAITER = 1, ENOUGH = 4096 };

static long checks;
static int ends[2];

static void expect(const char *what)
{
    char text[ENOUGH];
    mp_report_waits(ends[1]);
    ssize_t n = read(ends[0], text, sizeof text - 1);
    EXPECT(n > 0, "read");
    text[n] = '\0';
    EXPECT(strstr(text, what) != NULL, "%s: %s", what, text);
    checks++;
}

// A member that says that it waits for what is at `ref`.
static void wait_for(uint64_t ref)
{
    struct mp_slot *slot = mp_slot_at(WAITER);
    atomic_store(&mp_arena->slots_top, WAITER + 1);
    atomic_store(mp_slot_pid(slot), getpid());
    atomic_store(&slot->state, MP_SLOT_LIVE);
    slot->wait.object = ref;
    slot->wait.count = 1;
}

static void bytes(uint8_t byte)
{
    mp_ref ref;
    int place;
    EXPECT(mp_alloc(512, &ref, &place) == 0, "alloc");
    memset(mp_ptr(ref), byte, 512);
    wait_for(ref);
    expect("waits for the clock");
    mp_inflight_free(place);
}

static void wild_owner(void)
{
    struct mp_lock *l;
    uint32_t handle;
    EXPECT(mp_lock_new(MP_LOCK, "wild", 4, &l, &handle) == 0, "new");
    atomic_store(&l->owner, UINT64_MAX / 2);
    wait_for(mp_refof(l));
    expect("waits for lock 'wild' since");
    atomic_store(&l->owner, 0);
}

static void wild_name(void)
{
    struct mp_lock *l;
    uint32_t handle;
    EXPECT(mp_lock_new(MP_LOCK, NULL, 0, &l, &handle) == 0, "new");
    l->obj.name = UINT64_C(1) << 56;
    wait_for(mp_refof(l));
    expect("waits for the clock");
    l->obj.name = 0;
}

static void nobody_reads(void)
{
    char page[ENOUGH] = {0};
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], page, sizeof page) > 0) continue;
    EXPECT(errno == EAGAIN, "the pipe is full");
    fcntl(ends[1], F_SETFL, 0);
    mp_report_waits(ends[1]);   // returns
    checks++;
}

int main(void)
{
    family_open(64 << 20);
    EXPECT(pipe(ends) == 0, "pipe");
    bytes(0);
    bytes(0xff);
    wild_owner();
    wild_name();
    nobody_reads();
    return family_done("report", checks);
}
