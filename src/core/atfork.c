#include "atfork.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stddef.h>

enum { HANDLERS = 64 };

struct handlers {
    void (*prepare)(void);
    void (*parent)(void);
    void (*child)(void);
    void *library;   // where it is loaded
};

static struct handlers registered[HANDLERS];
static _Atomic int count;   // threads may load libraries at the same time

static void *library_of(void (*f)(void))
{
    Dl_info info;
    void *address;
    *(void (**)(void)) & address = f;
    return f && dladdr(address, &info) ? info.dli_fbase : NULL;
}

// A library that was unloaded took its handlers with it.
static void call(const struct handlers *h, void (*f)(void))
{
    if (f && library_of(f) == h->library) f();
}

#if !defined(__SANITIZE_THREAD__)
// Stands before glibc's, to which it passes all on: fork itself must run them too.
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso)
{
    int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&next = dlsym(RTLD_NEXT, "__register_atfork");
    int at = atomic_fetch_add(&count, 1);
    if (at < HANDLERS) {
        void (*any)(void) = prepare ? prepare : parent ? parent : child;
        registered[at] = (struct handlers){prepare, parent, child, library_of(any)};
    }
    return next ? next(prepare, parent, child, dso) : 0;
}
#endif

static int known(void)
{
    int n = atomic_load(&count);
    return n < HANDLERS ? n : HANDLERS;
}

void mp_atfork_prepare(void)
{
    for (int i = known() - 1; i >= 0; i--) {
        call(&registered[i], registered[i].prepare);
    }
}

void mp_atfork_parent(void)
{
    for (int i = 0; i < known(); i++) {
        call(&registered[i], registered[i].parent);
    }
}

void mp_atfork_child(void)
{
    for (int i = 0; i < known(); i++) {
        call(&registered[i], registered[i].child);
    }
}
