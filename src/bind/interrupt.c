// Ctrl-C and p:interrupt(): an error "interrupted" in the blocking call, or at the next instruction. Of the main thread,
// which alone gets signals; the others only note where they run.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bind/lmp.h"
#include "core/clock.h"
#include "core/layout.h"
#include "core/park.h"
#include "core/slot.h"

static const char INTERRUPTION = 0;   // registry: the message raised last
static _Thread_local lua_State *running;
// Of the main thread, too; beside what a new process writes to anyway.
static _Thread_local bool root, handled;   // handled: by us or, inherited, by our maker
static _Thread_local struct mp_slot *watched;   // a child has our handler until it sets its own
static _Thread_local volatile sig_atomic_t ending;
static int64_t noticed;
static pid_t noticed_from;

enum { SAME_NS = 100 * 1000 * 1000 };   // a kill of the whole job reaches us twice: directly and from the monitor

static void stop(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    if (mp_interrupted()) lmp_interrupt(L);
}

enum { NEXT = LUA_MASKCALL | LUA_MASKLINE | LUA_MASKCOUNT };

static void stop_soon(void)
{
    lua_sethook(running, stop, NEXT | LUA_MASKRET, 1);
}

// Both of a pair that the monitor passed on one of.
static bool same_again(const siginfo_t *info)
{
    int64_t before = noticed;
    pid_t from = noticed_from;
    noticed = mp_now();
    noticed_from = info->si_pid;
    bool one_is_passed_on = (from == getppid()) != (info->si_pid == getppid());
    return info->si_code <= 0 && one_is_passed_on && noticed - before < SAME_NS;
}

// While the kernel makes a process a signal arrives without origin.
static bool is_typed(const siginfo_t *info)
{
    return info->si_code > 0 || (info->si_code == SI_USER && info->si_pid == 0);
}

static bool is_main(void)
{
    return root && mp_self.slot == watched;
}

// What the terminal sends means the first process only.
// A second one, before the first was noticed or while the process ends, is by somebody who will not wait.
static void on_interrupt(int signo, siginfo_t *info, void *context)
{
    (void)context;
    bool first = is_main() || mp_self.stranger;
    if (!first && is_typed(info)) return;
    if (first && same_again(info)) return;
    if (first && (mp_interrupt_pending() || ending)) signal(signo, SIG_DFL), raise(signo);
    mp_interrupt();
    stop_soon();
}

// What is typed reaches all at once. The monitor first tells who waits for what, and then passes it on to main: which may
// not have seen the one that was typed until then, and sees one of both.
static void on_quit(int signo, siginfo_t *info, void *context)
{
    (void)context;
    bool told = is_main() && atomic_load(&mp_arena->quitting);
    if (is_typed(info) && !mp_self.stranger && !told) return;
    signal(signo, SIG_DFL);
    raise(signo);
}

static void watch_quit(void)
{
    struct sigaction old, act = {.sa_sigaction = on_quit, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGQUIT, NULL, &old);
    if (old.sa_handler != SIG_IGN) sigaction(SIGQUIT, &act, NULL);   // children have it from us
}

void lmp_watch_signals(lua_State *L, bool is_root)
{
    struct sigaction old, act = {.sa_sigaction = on_interrupt, .sa_flags = SA_SIGINFO};
    running = L;
    root = is_root;
    watched = mp_self.slot;
    ending = 0;
    if (is_root) {
        watch_quit();
        sigaction(SIGINT, NULL, &old);
        if (old.sa_handler == SIG_IGN) return;   // nohup, or in the background of a shell without job control
    }
    if (!handled) sigaction(SIGINT, &act, NULL);
    handled = true;
    if (mp_interrupt_pending()) stop_soon();   // it came while the handler was still our maker's
}

lua_State *lmp_running(void)
{
    return running;
}

// An interruption that the coroutine did not get to raise is raised by who resumed it.
lua_State *lmp_set_running(lua_State *co)
{
    lua_State *before = running;
    running = co;
    if (mp_interrupt_pending()) stop_soon();
    return before;
}

// Not where our caller returns, whose results would be lost.
void lmp_interrupt_soon(void)
{
    mp_interrupt();
    lua_sethook(running, stop, NEXT, 1);
}

void lmp_ending(void)
{
    ending = 1;
}

int lmp_interrupt(lua_State *L)
{
    lua_sethook(L, NULL, 0, 0);
    lua_sethook(running, NULL, 0, 0);
    lmp_place(L);
    lua_pushliteral(L, "interrupted");
    lua_concat(L, 2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &INTERRUPTION);
    return lua_error(L);
}

// Something may have been put before or behind the message meanwhile: a position, a traceback.
bool lmp_interrupted(lua_State *L)
{
    bool is = false;
    if (lua_type(L, -1) != LUA_TSTRING) return false;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &INTERRUPTION) == LUA_TSTRING) {
        const char *message = lua_tostring(L, -1);
        is = strstr(lua_tostring(L, -2), message) != NULL;
    }
    lua_pop(L, 1);
    return is;
}
