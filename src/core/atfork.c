#include "atfork.h"

#include <dlfcn.h>
#include <stddef.h>

enum { HANDLERS = 64 };

struct handlers {
    void (*prepare)(void);
    void (*parent)(void);
    void (*child)(void);
};

static struct handlers registered[HANDLERS];
static int count;

#if !defined(__SANITIZE_THREAD__)
// Stands before glibc's, to which it passes all on: fork itself must run them too.
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso);
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void), void *dso)
{
    int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);
    *(void **)&next = dlsym(RTLD_NEXT, "__register_atfork");
    if (count < HANDLERS) registered[count++] = (struct handlers){prepare, parent, child};
    return next ? next(prepare, parent, child, dso) : 0;
}
#endif

void mp_atfork_prepare(void)
{
    for (int i = count - 1; i >= 0; i--) {
        if (registered[i].prepare) registered[i].prepare();
    }
}

void mp_atfork_parent(void)
{
    for (int i = 0; i < count; i++) {
        if (registered[i].parent) registered[i].parent();
    }
}

void mp_atfork_child(void)
{
    for (int i = 0; i < count; i++) {
        if (registered[i].child) registered[i].child();
    }
}
