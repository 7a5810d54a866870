// os.execute and io.popen as Lua has them, but no program outlives the process that started it.
#include "host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/single_threaded.h>
#include <unistd.h>

#include "core/output.h"
#include "host/program.h"

// What io makes of a file, with the program at its other end.
struct stream {
    luaL_Stream io;
    pid_t pid, owner;   // the program, and who waits for it
};

// The program's output comes after ours. Another thread may hold a file while it reads, so then only our own stdout.
static void flush_all(void)
{
    if (__libc_single_threaded)
        mp_output_end();
    else
        fflush(mp_stdout);
}

// os.execute([command]) -> true | nil, "exit" | "signal", code;   without command: whether there is a shell
static int exec_execute(lua_State *L)
{
    const char *command = luaL_optstring(L, 1, NULL);
    int status = 0;
    flush_all();
    int err = host_execute(command ? command : "exit 0", &status);
    errno = err;
    if (command != NULL) return luaL_execresult(L, err ? -1 : status);
    lua_pushboolean(L, !err && status == 0);
    return 1;
}

// file:close() -> as os.execute
static int exec_close(lua_State *L)
{
    struct stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);
    int status = 0;
    int write_err = fclose(s->io.f) == 0 ? 0 : errno;
    int err = s->owner == getpid() ? host_wait(s->pid, &status) : ECHILD;
    if (!err) err = write_err;
    errno = err;
    return luaL_execresult(L, err ? -1 : status);
}

// A closed file, so that an error from here on leaks nothing.
static struct stream *new_stream(lua_State *L)
{
    struct stream *s = lua_newuserdatauv(L, sizeof *s, 0);
    memset(s, 0, sizeof *s);
    luaL_setmetatable(L, LUA_FILEHANDLE);
    return s;
}

// PR_SET_PDEATHSIG is about the thread that started the program; the file may be open after a thread's end.
static bool in_main_thread(void)
{
    return gettid() == getpid();
}

// Connects our end, then starts the program at the other one. Returns 0 or an errno value.
static int start_at(struct stream *s, const char *command, bool reading, int ours, int theirs)
{
    s->io.f = fdopen(ours, reading ? "r" : "w");
    if (s->io.f == NULL) {
        int err = errno;
        close(ours);
        return err;
    }
    int err = host_start(command, theirs, reading ? STDOUT_FILENO : STDIN_FILENO, in_main_thread(), &s->pid);
    if (err) fclose(s->io.f);
    return err;
}

static int open_program(struct stream *s, const char *command, bool reading)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    int theirs = ends[reading ? 1 : 0];
    int err = start_at(s, command, reading, ends[reading ? 0 : 1], theirs);
    close(theirs);
    if (err) return err;
    s->owner = getpid();
    s->io.closef = exec_close;
    return 0;
}

// io.popen(command, [mode]) -> file | nil, message, code
static int exec_popen(lua_State *L)
{
    const char *command = luaL_checkstring(L, 1);
    const char *mode = luaL_optstring(L, 2, "r");
    bool reading = strcmp(mode, "r") == 0;
    struct stream *s = new_stream(L);
    luaL_argcheck(L, reading || strcmp(mode, "w") == 0, 2, "invalid mode");
    flush_all();
    int err = open_program(s, command, reading);
    if (!err) return 1;
    errno = err;
    return luaL_fileresult(L, 0, command);
}

static void replace(lua_State *L, const char *library, const char *name, lua_CFunction f)
{
    lua_getglobal(L, library);
    lua_pushcfunction(L, f);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

int host_open_exec(lua_State *L)
{
    replace(L, LUA_OSLIBNAME, "execute", exec_execute);
    replace(L, LUA_IOLIBNAME, "popen", exec_popen);
    return 0;
}
