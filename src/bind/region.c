#include "bind/region.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32 * 1024, ALIGN = 16 };

void lmp_region_open(struct lmp_region *r)
{
    r->begin = r->next = malloc(BLOCK);
    r->end = r->begin ? r->begin + BLOCK : NULL;
    r->last = NULL;
}

void lmp_region_close(struct lmp_region *r)
{
    free(r->begin);
}

static bool is_inside(const struct lmp_region *r, const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)r->begin < (uintptr_t)(r->end - r->begin);
}

static size_t room(size_t size)
{
    return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static void *take(struct lmp_region *r, size_t size)
{
    if (size > (size_t)(r->end - r->next)) return malloc(size);
    r->last = r->next;
    r->next += room(size);
    return r->last;
}

static void give_back(struct lmp_region *r, char *ptr)
{
    if (ptr == r->last) r->next = ptr;
}

// ptr is in the block.
static void *resize(struct lmp_region *r, char *ptr, size_t osize, size_t nsize)
{
    if (ptr == r->last && nsize <= (size_t)(r->end - ptr)) {
        r->next = ptr + room(nsize);
        return ptr;
    }
    if (nsize <= osize) return ptr;
    void *grown = take(r, nsize);
    if (grown) memcpy(grown, ptr, osize);
    return grown;
}

void *lmp_region_alloc(void *ud, void *ptr, size_t osize, size_t nsize)
{
    struct lmp_region *r = ud;
    if (!ptr) return nsize > 0 ? take(r, nsize) : NULL;
    if (!is_inside(r, ptr)) {
        if (nsize > 0) return realloc(ptr, nsize);
        free(ptr);
        return NULL;
    }
    if (nsize > 0) return resize(r, ptr, osize, nsize);
    give_back(r, ptr);
    return NULL;
}
