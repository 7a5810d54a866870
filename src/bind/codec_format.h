// The bytes of a message, and the simple values.
//
// A message is values one after another; every value begins with a tag. Integers, lengths and
// offsets are little-endian and as short as they can be.
#pragma once
#include <string.h>
#include "bind/lmp.h"
#include "core/bytes.h"
#include "core/msg.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are copied as they are");

enum lmp_tag {
    LMP_NIL,
    LMP_FALSE,
    LMP_TRUE,
    LMP_FLOAT,             // 8 bytes
    LMP_OBJECT,            // size: which of the message's references
    LMP_END,               // of pairs, of a graph
    LMP_GRAPH,             // size n, n values, the bodies put off, extras, END
    LMP_JOINED,            // byte i, REF f: this upvalue is the i-th of f
    LMP_INT = 0x08,        // + width - 1; the integer in `width` bytes
    LMP_STRING = 0x10,     // + width - 1; length, bytes
    LMP_REF = 0x18,        // + width - 1; distance from GRAPH to the tag of a value that is meant again

    // These may have LMP_SHARED: a REF to it follows somewhere.
    LMP_TABLE = 0x20,      // sizes, [metatable], items; with LATER: [metatable], the rest is put off
    LMP_FUNCTION = 0x28,   // 4 bytes: length, string.dump's bytes, upvalues; with LATER: these are put off
    LMP_AGAIN_LATER = 0x2c,   // byte: slot; a SHORT string, which takes that slot
    LMP_AGAIN,             // byte: slot; the string that is in it
    LMP_TEXT = 0x30,       // size, bytes: a long string
    LMP_NAMED = 0x32,      // string: "module\0field\0..."
    LMP_MODULE = 0x34,     // the same, of a module that may have to be loaded: package.path, package.cpath
    LMP_CLASS = 0x36,      // string: the name of a registered metatable; how it is made is an extra
    LMP_CLASS_MODULE = 0x38,   // the same and as in MODULE: a module's table
    LMP_PACKED = 0x3a,     // __mp_unpack, value, the bodies put off in it

    // Extras of a graph: a string (the name), byte (needed), 8 bytes: length of what follows
    LMP_GLOBAL = 0x3c,     // a value, the bodies put off in it
    LMP_DEFINITION,        // its metatable or nil, a table's sizes and items, the bodies put off in it
    LMP_NO_DEFINITION,     // string: why not

    LMP_SHORT = 0x40,      // + length; bytes
    LMP_SMALL = 0x80,      // + integer - LMP_SMALL_MIN
    LMP_SMALL_MIN = -32,

    LMP_SHARED = 1,        // bit of the tags from TABLE to PACKED
    LMP_LATER = 2,         // bits of TABLE and FUNCTION
    LMP_META = 4
};

enum { LMP_SHORT_MAX = LMP_SMALL - LMP_SHORT - 1, LMP_WORD_MAX = 9 };

int lmp_codec_more_room(struct mp_build *b, size_t more);   // 0, ENOMEM

static inline int lmp_codec_room(struct mp_build *b, size_t more)
{
    return b->cap - b->len >= more ? 0 : lmp_codec_more_room(b, more);
}

static inline int lmp_width(uint64_t v)
{
    return (64 - __builtin_clzll(v | 1) + 7) / 8;
}

// At most LMP_WORD_MAX bytes, whatever the width: there must be room. Returns what follows.
static inline uint8_t *lmp_put_word(uint8_t *p, enum lmp_tag tag, uint64_t v, int width)
{
    *p = (uint8_t)((int)tag + width - 1);
    memcpy(p + 1, &v, sizeof v);
    return p + 1 + width;
}

static inline uint8_t *lmp_put_integer(uint8_t *p, lua_Integer i)
{
    uint64_t v = (uint64_t)i;
    if (v - (uint64_t)LMP_SMALL_MIN < 256 - LMP_SMALL) {
        *p = (uint8_t)(v - (uint64_t)LMP_SMALL_MIN + LMP_SMALL);
        return p + 1;
    }
    return lmp_put_word(p, LMP_INT, v, lmp_width((v ^ (uint64_t)(i >> 63)) << 1));   // one more for the sign
}

static inline uint8_t *lmp_put_float(uint8_t *p, lua_Number f)
{
    *p = LMP_FLOAT;
    memcpy(p + 1, &f, sizeof f);
    return p + 1 + sizeof f;
}

// False: no room.
static inline bool lmp_put_string(struct mp_build *b, const char *s, size_t len)
{
    if (len > SIZE_MAX - LMP_WORD_MAX || lmp_codec_room(b, len + LMP_WORD_MAX)) return false;
    uint8_t *p = b->data + b->len;
    if (len <= LMP_SHORT_MAX) {
        *p++ = (uint8_t)(LMP_SHORT + len);
    } else {
        p = lmp_put_word(p, LMP_STRING, len, lmp_width(len));
    }
    mp_copy(p, s, len);
    b->len = (size_t)(p + len - b->data);
    return true;
}

// A nil, boolean or number: at most LMP_WORD_MAX bytes, for which there must be room. Returns what follows; NULL: it is
// another one.
static inline uint8_t *lmp_put_plain(lua_State *L, int idx, int type, uint8_t *p)
{
    switch (type) {
    case LUA_TNUMBER:
        return lua_isinteger(L, idx) ? lmp_put_integer(p, lua_tointegerx(L, idx, NULL))
                                     : lmp_put_float(p, lua_tonumberx(L, idx, NULL));
    case LUA_TNIL: *p = LMP_NIL; return p + 1;
    case LUA_TBOOLEAN: *p = lua_toboolean(L, idx) ? LMP_TRUE : LMP_FALSE; return p + 1;
    default: return NULL;
    }
}

// `type` is the value's. False: not a nil, boolean, number or string, or no room.
static inline bool lmp_put_simple(lua_State *L, int idx, int type, struct mp_build *b)
{
    if (type == LUA_TSTRING) {
        size_t len;
        const char *s = lua_tolstring(L, idx, &len);
        return lmp_put_string(b, s, len);
    }
    if (lmp_codec_room(b, LMP_WORD_MAX)) return false;
    uint8_t *p = lmp_put_plain(L, idx, type, b->data + b->len);
    if (!p) return false;
    b->len = (size_t)(p - b->data);
    return true;
}

// Where `width` bytes of a number end, or NULL when they are not all there.
static inline const uint8_t *lmp_get_word(const uint8_t *p, const uint8_t *end, int width, uint64_t *v)
{
    size_t left = (size_t)(end - p);
    if (left >= sizeof *v) {
        memcpy(v, p, sizeof *v);
        *v &= UINT64_MAX >> (64 - 8 * width);
    } else {
        if (left < (size_t)width) return NULL;
        *v = 0;
        memcpy(v, p, (size_t)width);
    }
    return p + width;
}

static inline const uint8_t *lmp_get_string(lua_State *L, const uint8_t *p, const uint8_t *end, uint64_t len)
{
    if (len > (size_t)(end - p)) return NULL;
    lua_pushlstring(L, (const char *)p, len);
    return p + len;
}

static inline const uint8_t *lmp_get_float(lua_State *L, const uint8_t *p, const uint8_t *end)
{
    lua_Number f;
    if ((size_t)(end - p) < sizeof f) return NULL;
    memcpy(&f, p, sizeof f);
    lua_pushnumber(L, f);
    return p + sizeof f;
}

// Pushes the simple value at p < end and returns what follows; NULL and nothing pushed: another tag, or cut off.
static inline const uint8_t *lmp_get_simple(lua_State *L, const uint8_t *p, const uint8_t *end)
{
    uint64_t v;
    int tag = *p++;
    if (tag >= LMP_SMALL) {
        lua_pushinteger(L, tag - LMP_SMALL + LMP_SMALL_MIN);
        return p;
    }
    if (tag >= LMP_SHORT) return lmp_get_string(L, p, end, (uint64_t)(tag - LMP_SHORT));
    int width = (tag & 7) + 1;
    switch (tag & ~7) {
    case LMP_NIL:
        if (tag == LMP_FLOAT) return lmp_get_float(L, p, end);
        if (tag > LMP_FLOAT) return NULL;
        if (tag == LMP_NIL)
            lua_pushnil(L);
        else
            lua_pushboolean(L, tag == LMP_TRUE);
        return p;
    case LMP_INT:
        p = lmp_get_word(p, end, width, &v);
        if (p) lua_pushinteger(L, (lua_Integer)(v << (64 - 8 * width)) >> (64 - 8 * width));
        return p;
    case LMP_STRING: p = lmp_get_word(p, end, width, &v); return p ? lmp_get_string(L, p, end, v) : NULL;
    default: return NULL;
    }
}
