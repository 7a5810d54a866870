// What a recovery that takes long does meanwhile: its recoverer, the monitor, still sees who dies.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/handle.h"
#include "core/queue.h"
#include "core/tx.h"
#include "family.h"

enum { MANY = 2000, LOOKS = 10 };

static long checks, looks;

static void look(void)
{
    looks++;
}

static void fill(struct mp_queue *q)
{
    for (uint64_t i = 0; i < MANY; i++) {
        struct mp_build b;
        mp_build_init(&b);
        EXPECT(mp_build_room(&b, sizeof i) == 0, "room");
        memcpy(b.data, &i, sizeof i);
        b.len = sizeof i;
        EXPECT(mp_build_seal(&b) == 0, "seal");
        EXPECT(mp_queue_put(q, &b, MP_FOREVER) == 0, "put");
        mp_build_drop(&b);
    }
}

static struct mp_queue *full_queue(void)
{
    struct mp_queue *q;
    uint32_t handle;
    EXPECT(mp_queue_new(0, "full", 4, &q, &handle) == 0, "new");
    fill(q);
    return q;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
}

static void with_queue(void *arg)
{
    (void)arg;
    full_queue();
    die();
}

static void with_leases(void *arg)
{
    struct mp_msg *msg;
    (void)arg;
    struct mp_queue *q = full_queue();
    for (int i = 0; i < MANY; i++) EXPECT(mp_queue_lease(q, &msg, MP_NOW) == 0, "lease");
    die();
}

static void with_handles(void *arg)
{
    (void)arg;
    struct mp_queue *q;
    uint32_t handle;
    EXPECT(mp_queue_new(0, "many", 4, &q, &handle) == 0, "new");
    for (int i = 0; i < MANY; i++) EXPECT(mp_handle_open(&q->obj, &handle) == 0, "open");
    die();
}

static void expect_looks(const char *what, void (*f)(void *), long fewest)
{
    uint64_t before = family_blocks();
    pid_t pid = family_fork(1, f, NULL);
    EXPECT(waitpid(pid, NULL, 0) == pid, "waitpid");
    looks = 0;
    mp_latch_idle = look;
    family_bury(1);
    mp_latch_idle = NULL;
    EXPECT(looks >= fewest, "%s: looked %ld times", what, looks);
    family_expect_sound(what);
    EXPECT(family_blocks() == before, "%s: blocks", what);
    checks++;
}

int main(void)
{
    family_open(64 << 20);
    expect_looks("a queue", with_queue, LOOKS);
    expect_looks("leases", with_leases, 2L * LOOKS);   // and the queue itself
    expect_looks("handles", with_handles, LOOKS);
    return family_done("recover", checks);
}
