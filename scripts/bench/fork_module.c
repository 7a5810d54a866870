// A C module for Lua: one function that makes a process, which ends at once, and waits for its end.
#include <sys/wait.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

static int fork_wait(lua_State *L)
{
    pid_t pid = fork();
    if (pid < 0) return luaL_error(L, "fork failed");
    if (pid == 0) _exit(0);
    if (waitpid(pid, NULL, 0) != pid) return luaL_error(L, "waitpid failed");
    return 0;
}

int luaopen_fork_module(lua_State *L);
int luaopen_fork_module(lua_State *L)
{
    lua_pushcfunction(L, fork_wait);
    return 1;
}
