#include "atfork.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slot.h"

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

// What the child reads of its maker's slot it finds in a copy, which lets nobody in.
static void become_stranger(void)
{
    static struct mp_slot copy;
    if (!mp_self.slot || mp_self.stranger) return;
    memcpy((void *)&copy, (const void *)mp_self.slot, sizeof copy);
    atomic_store(&copy.stop, 1);
    mp_self.slot = &copy;
    mp_self.stranger = true;
}

void mp_atfork_watch(void)
{
    pthread_atfork(NULL, NULL, become_stranger);
}

void mp_stranger_end(void)
{
    static const char why[] =
        "mplua: a process that fork made cannot use objects of mp; mp.Process makes one that can\n";
    if (write(STDERR_FILENO, why, sizeof why - 1) < 0) _exit(EXIT_FAILURE);
    _exit(EXIT_FAILURE);
}

#if !defined(__SANITIZE_THREAD__)
// Stands before glibc's, to which it passes all on: fork itself must run them too.
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso)
{
    int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&next = dlsym(RTLD_NEXT, "__register_atfork");
    int at = child == become_stranger ? HANDLERS : atomic_fetch_add(&count, 1);   // a clone of ours makes no stranger
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
