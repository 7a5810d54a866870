// Any bytes, as a message. The first time nothing may be called and little memory taken; the second time modules are asked
// for and __mp_unpack is called; what comes out of that goes through the codec again. Functions' code is never accepted:
// what Lua itself makes of damaged bytecode is not ours. Our reader of it is given the bytes too.
#include <stdlib.h>

#include "bind/bytecode.h"
#include "bind/classes.h"
#include "bind/codec.h"
#include "bind/codec_state.h"
#include "core/layout.h"
#include "core/queue.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OBJECTS = 3, MEMORY = 64 * 1024 * 1024 };

static mp_ref objects[OBJECTS];

struct memory {
    size_t used, most, limit;
};

static void check(bool ok)
{
    if (!ok) abort();
}

// A process of a family without a monitor.
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    check(mp_arena_open(UINT64_C(256) * 1024 * 1024) == 0);
    atomic_store(&mp_arena->slots_top, 1);
    atomic_store(&mp_arena->slots_live, 1);
    mp_slot_adopt(mp_slot_at(0));
    atomic_store(&mp_self.slot->state, MP_SLOT_LIVE);
    for (int i = 0; i < OBJECTS; i++) {
        struct mp_queue *q;
        uint32_t handle;
        check(mp_queue_new(0, "q", 1, &q, &handle) == 0);
        objects[i] = mp_refof(q);
    }
    return 0;
}

static void *allocate(void *arg, void *old, size_t old_size, size_t size)
{
    struct memory *m = arg;
    if (!old) old_size = 0;
    if (size > old_size && size - old_size > m->limit - m->used) return NULL;
    void *p = NULL;
    if (size > 0) {
        p = realloc(old, size);
        if (!p) return NULL;
    } else {
        free(old);
    }
    m->used += size - old_size;
    if (m->used > m->most) m->most = m->used;
    return p;
}

// Libraries that have no effects outside.
static void open_libraries(lua_State *L)
{
    static const luaL_Reg libraries[] = {
        {LUA_TABLIBNAME, luaopen_table}, {LUA_STRLIBNAME, luaopen_string}, {LUA_UTF8LIBNAME, luaopen_utf8}};
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    lmp_openrefs(L);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, "class");
    lua_insert(L, -2);
    lmp_set_class(L, lua_gettop(L) - 1, lua_gettop(L));
    lua_settop(L, 0);
}

static int decode(lua_State *L)
{
    const struct mp_view *view = lua_touserdata(L, 1);
    unsigned may = (unsigned)lua_tointeger(L, 2);
    lua_settop(L, 0);
    return lmp_decode_with(L, view, may);
}

static int encode(lua_State *L)
{
    struct mp_build *b = lua_touserdata(L, lua_gettop(L));
    lua_pop(L, 1);
    lmp_encode(L, 1, lua_gettop(L), "argument %d", b);
    return 0;
}

// Leaves the values on the stack; false and none: it raised.
static bool try_decode(lua_State *L, const struct mp_view *view, unsigned may)
{
    lua_settop(L, 0);
    lua_pushcfunction(L, decode);
    lua_pushlightuserdata(L, (void *)view);
    lua_pushinteger(L, may);
    if (lua_pcall(L, 2, LUA_MULTRET, 0) == LUA_OK) return true;
    lua_settop(L, 0);
    return false;
}

// What was received can be sent on, unless a metatable came that is not registered; and then it arrives.
static void send_on(lua_State *L, const struct memory *memory)
{
    struct mp_build b;
    int n = lua_gettop(L);
    mp_build_init(&b);
    if (!lua_checkstack(L, n + 3)) return;
    lua_pushcfunction(L, encode);
    for (int i = 1; i <= n; i++) lua_pushvalue(L, i);
    lua_pushlightuserdata(L, &b);
    bool sent = lua_pcall(L, n + 1, 0, 0) == LUA_OK;
    if (sent && mp_build_seal(&b) == 0) {
        struct mp_view view = {.data = b.data, .len = b.len, .refs = b.refs, .nrefs = b.nrefs};
        if (b.block) view = mp_message_view((const struct mp_msg *)(b.data - offsetof(struct mp_msg, bytes)));
        bool arrived = try_decode(L, &view, LMP_CALLS);
        check(arrived ? lua_gettop(L) == n : memory->most > MEMORY / 2);
    }
    mp_build_drop(&b);
}

static void run(lua_State *L, struct memory *memory, const uint8_t *data, size_t size, unsigned may)
{
    struct mp_view view = {.data = data, .len = size, .refs = objects, .nrefs = OBJECTS};
    size_t before = memory->used;
    memory->most = before;
    bool ok = try_decode(L, &view, may);
    if (may == 0) check(memory->most - before <= 512 * size + (size_t)128 * 1024);
    if (ok) send_on(L, memory);
    lua_settop(L, 0);
}

static void run_both(const uint8_t *data, size_t size)
{
    struct memory memory = {.limit = MEMORY};
    lua_State *L = lua_newstate(allocate, &memory);
    open_libraries(L);
    run(L, &memory, data, size, 0);
    lua_gc(L, LUA_GCCOLLECT);
    run(L, &memory, data, size, LMP_CALLS);
    lua_close(L);
}

static void no_name(void *arg, const char *name, size_t len)
{
    size_t *sum = arg;
    for (size_t i = 0; i < len; i++) *sum += (unsigned char)name[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const bool env[LMP_UPVALUES] = {true};
    size_t sum = 0;
    if (size > 0 && data[0] == '\x1b') {
        lmp_bytecode_globals(data, size, env, no_name, &sum);
        return 0;
    }
    run_both(data, size);
    return 0;
}
