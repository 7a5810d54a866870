// A thread that makes a Lua state and ends it, and is joined.
#include <pthread.h>

#include <lauxlib.h>
#include <lua.h>

#include "clock.h"

static void *thread(void *arg)
{
    lua_State *L = luaL_newstate();
    if (!L) clock_die("luaL_newstate");
    lua_close(L);
    return arg;
}

static double run(uint64_t n, const void *arg)
{
    (void)arg;
    double begin = clock_seconds();
    for (uint64_t i = 0; i < n; i++) {
        pthread_t id;
        if (pthread_create(&id, NULL, thread, NULL) != 0) clock_die("pthread_create");
        pthread_join(id, NULL);
    }
    return clock_seconds() - begin;
}

int main(void)
{
    return clock_measure(run, NULL, 1);
}
