#include "snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/layout.h"
#include "family.h"

enum { PAGE = 4096 };

static const char zeros[PAGE];
static size_t npages, nlisted;
static uint32_t *listed;          // the pages that there are
static bool *is_listed;
static unsigned char *resident;   // as the kernel sees it
static char *copy;                // of the arena, where it is listed

static void *reserve(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    EXPECT(p != MAP_FAILED, "mmap of %zu bytes", size);
    return p;
}

void snapshot_open(uint64_t quota)
{
    npages = (mp_arena->heap.first * MP_SPAN + quota) / PAGE;
    copy = reserve(npages * PAGE);
    listed = reserve(npages * sizeof *listed);
    is_listed = reserve(npages * sizeof *is_listed);
    resident = reserve(npages);
}

static char *page(size_t i)
{
    return (char *)mp_arena + i * PAGE;
}

static char *copy_of(size_t i)
{
    return copy + i * PAGE;
}

static void look_for_pages(void)
{
    EXPECT(mincore(mp_arena, npages * PAGE, resident) == 0, "mincore");
}

// What is not listed was empty. Tells whether something there is not.
static bool list_pages(void)
{
    bool found = false;
    look_for_pages();
    for (size_t i = 0; i < npages; i++) {
        if (!(resident[i] & 1) || is_listed[i]) continue;
        is_listed[i] = true;
        listed[nlisted++] = (uint32_t)i;
        memset(copy_of(i), 0, PAGE);
        found |= memcmp(page(i), zeros, PAGE) != 0;
    }
    return found;
}

void snapshot_take(void)
{
    snapshot_renew(true);
}

bool snapshot_renew(bool more)
{
    bool changed = more && list_pages();
    for (size_t k = 0; k < nlisted; k++) {
        size_t i = listed[k];
        if (memcmp(copy_of(i), page(i), PAGE) == 0) continue;
        memcpy(copy_of(i), page(i), PAGE);
        changed = true;
    }
    return changed;
}

void snapshot_restore(void)
{
    list_pages();
    for (size_t k = 0; k < nlisted; k++) {
        size_t i = listed[k];
        if (memcmp(copy_of(i), page(i), PAGE) != 0) memcpy(page(i), copy_of(i), PAGE);
    }
}
