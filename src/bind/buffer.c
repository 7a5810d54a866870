// Nothing here has to be between mp_enter and mp_leave: bytes are just written.
#include "core/buffer.h"

#include <string.h>

#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/bytes.h"
#include "core/output.h"
#include "core/slot.h"

// Lua looks twice at the bytes of a short string: they must not change meanwhile.
enum { SHORT = 128 };

struct range {
    uint64_t first, n;   // from 0 on
};

static struct mp_buffer *checkbuffer(lua_State *L)
{
    return (struct mp_buffer *)lmp_checkobj(L, MP_BUFFER);
}

// As in the string library -1 is the last byte.
static lua_Integer from_begin(const struct mp_buffer *b, lua_Integer i)
{
    return i < 0 ? (lua_Integer)b->n + i + 1 : i;
}

static int out_of_range(lua_State *L, const struct mp_buffer *b, lua_Integer i, lua_Integer j)
{
    const char *why = lua_pushfstring(L, "has no bytes %I to %I: its length is %I", (LUAI_UACINT)i, (LUAI_UACINT)j,
                                      (LUAI_UACINT)b->n);
    return lmp_raise(L, &b->obj, why);
}

// buffer:read([i, j]) -> string, of those bytes that there are
static int lbuffer_read(lua_State *L)
{
    const struct mp_buffer *b = checkbuffer(L);
    lua_Integer i = from_begin(b, lmp_optinteger(L, 2, 1)), j = from_begin(b, lmp_optinteger(L, 3, -1));
    char copy[SHORT];
    if (i < 1) i = 1;
    if (j > (lua_Integer)b->n) j = (lua_Integer)b->n;
    size_t n = j < i ? 0 : (size_t)(j - i) + 1;
    const char *bytes = n > 0 ? mp_buffer_at(b, (uint64_t)i - 1) : "";
    if (n <= SHORT) bytes = memcpy(copy, bytes, n);
    lua_pushlstring(L, bytes, n);
    return 1;
}

// buffer:write(i, string)
static int lbuffer_write(lua_State *L)
{
    const struct mp_buffer *b = checkbuffer(L);
    lua_Integer i = lmp_checkinteger(L, 2), at = from_begin(b, i);
    size_t n;
    const char *bytes = luaL_checklstring(L, 3, &n);
    bool fits = at >= 1 && n <= b->n && (uint64_t)at - 1 <= b->n - n;
    if (!fits) return out_of_range(L, b, i, (lua_Integer)((lua_Unsigned)i + n - 1));
    mp_output_settle();
    if (n > 0) mp_copy(mp_buffer_at(b, (uint64_t)at - 1), bytes, n);
    return 0;
}

// buffer:fill(byte, [i, j])
static int lbuffer_fill(lua_State *L)
{
    const struct mp_buffer *b = checkbuffer(L);
    lua_Integer byte = lmp_checkinteger(L, 2), i = lmp_optinteger(L, 3, 1), j = lmp_optinteger(L, 4, -1);
    lua_Integer first = from_begin(b, i), last = from_begin(b, j);
    luaL_argcheck(L, byte >= 0 && byte <= UINT8_MAX, 2, "a byte is 0..255");
    if (last < first) return 0;
    if (first < 1 || last > (lua_Integer)b->n) return out_of_range(L, b, i, j);
    mp_output_settle();
    memset(mp_buffer_at(b, (uint64_t)first - 1), (int)byte, (size_t)(last - first) + 1);
    return 0;
}

// #buffer
static int lbuffer_len(lua_State *L)
{
    lua_pushinteger(L, (lua_Integer)checkbuffer(L)->n);
    return 1;
}

// mp.Buffer(n) | mp.Buffer{n =, name =}
int lbuffer_new(lua_State *L)
{
    static const char *const options[] = {"n", "name", NULL};
    lmp_options(L, "Buffer", options);
    lua_settop(L, 2);
    lua_Integer n = lmp_checkinteger(L, 1);
    luaL_argcheck(L, n >= 0, 1, "a length must not be negative");
    size_t length = 0;
    const char *name = lmp_optname(L, 2, &length);
    struct mp_buffer *b;
    uint32_t handle;
    lmp_newref(L, "buffer");
    mp_enter(MP_OP_OBJECT);
    int err = mp_buffer_new((uint64_t)n, name, length, &b, &handle);
    mp_leave();
    if (err) return lmp_arena_full(L);
    lmp_setref(L, handle);
    return 1;
}

static const luaL_Reg methods[] = {
    {"read", lbuffer_read}, {"write", lbuffer_write}, {"fill", lbuffer_fill}, {NULL, NULL}};
static const luaL_Reg fields[] = {{"name", lmp_ref_name}, {NULL, NULL}};
static const luaL_Reg meta[] = {{"__len", lbuffer_len}, {NULL, NULL}};

const struct lmp_class lbuffer_class = {
    .name = "buffer", .kind = MP_BUFFER, .methods = methods, .fields = fields, .meta = meta};
