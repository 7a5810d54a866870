// Classes: a metatable whose __index looks for a method, then for a field, and else tells what was meant.
//
// An object that is used a lot gets a metatable of its own, in which __index is a table of the methods: Lua finds them
// there without a call, which was a quarter of the instructions of a queue's put. A field is not in it, and the function that
// is asked next has the object as an upvalue.
#include <ctype.h>
#include <string.h>

#include "bind/distance.h"
#include "bind/lmp.h"
#include "core/object.h"

static const char CLASSES = 0;   // registry: [name] = metatable, of those that this state has met

static void push_classes(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &CLASSES) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &CLASSES);
}

static bool has_key(lua_State *L, int names, const char *key)
{
    lua_pushstring(L, key);
    bool has = lua_rawget(L, names) != LUA_TNIL;   // its __index may be who asks
    lua_pop(L, 1);
    return has;
}

// Pushes what others call `key`, if that is a key of the table.
static bool push_meant(lua_State *L, const char *key, int names)
{
    for (const struct lmp_synonym *row = lmp_synonyms; row->word; row++) {
        if (strcmp(row->word, key) != 0 || !has_key(L, names, row->meaning)) continue;
        lua_pushstring(L, row->meaning);
        return true;
    }
    return false;
}

// Pushes the key of the table that is most like `key`, or nil.
static void push_similar(lua_State *L, const char *key, int names)
{
    size_t length = strlen(key);
    int best = length <= 3 ? 2 : length < 18 ? (int)length / 3 + 2 : 8;
    lua_pushnil(L);
    int result = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, names)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING) continue;
        int d = lmp_distance(key, lua_tostring(L, -1));
        if (d >= best) continue;
        best = d;
        lua_pushvalue(L, -1);
        lua_replace(L, result);
    }
}

int lmp_unknown(lua_State *L, const char *who, const char *key, int names, int level)
{
    names = lua_absindex(L, names);
    if (!push_meant(L, key, names)) push_similar(L, key, names);
    const char *similar = lua_tostring(L, -1);
    luaL_where(L, level);
    if (similar) {
        lua_pushfstring(L, "%s has no '%s' (did you mean '%s'?)", who, key, similar);
    } else {
        lua_pushfstring(L, "%s has no '%s'", who, key);
    }
    lua_concat(L, 2);
    return lua_error(L);
}

// Names of methods and fields together, for the suggestion.
static void push_names(lua_State *L)
{
    lua_newtable(L);
    for (int i = 1; i <= 2; i++) {
        lua_pushnil(L);
        while (lua_next(L, lua_upvalueindex(i))) {
            lua_pop(L, 1);
            lua_pushvalue(L, -1);
            lua_pushboolean(L, 1);
            lua_settable(L, -4);
        }
    }
}

const char *lmp_article(const char *name)
{
    return strchr("aeiou", *name) || strcmp(name, "rlock") == 0 ? "an" : "a";
}

static int find_field(lua_State *L)
{
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TFUNCTION) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
        return 1;
    }
    const char *key = lua_tostring(L, 2);
    if (!key || strncmp(key, "__", 2) == 0) return 0;
    push_names(L);
    const char *name = lua_tostring(L, lua_upvalueindex(3));
    return lmp_unknown(L, lua_pushfstring(L, "%s %s", lmp_article(name), name), key, -2, lmp_caller(L));
}

static void copy(lua_State *L, int from, int to)
{
    lua_pushnil(L);
    while (lua_next(L, from)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, to);
    }
}

// Pushes the methods, with the __index of argument 1's class behind them.
static void push_hot_methods(lua_State *L, lua_CFunction index)
{
    lua_newtable(L);
    copy(L, lua_upvalueindex(1), lua_gettop(L));
    lua_createtable(L, 0, 1);
    for (int i = 1; i <= 3; i++) lua_pushvalue(L, lua_upvalueindex(i));
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, index, 4);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

static void make_hot(lua_State *L)
{
    int top = lua_gettop(L);
    lua_getmetatable(L, 1);
    lua_newtable(L);
    copy(L, top + 1, top + 2);
    lua_getfield(L, top + 1, "__index");
    push_hot_methods(L, lua_tocfunction(L, top + 3));
    lua_setfield(L, top + 2, "__index");
    lua_settop(L, top + 2);
    lua_setmetatable(L, 1);
    lua_settop(L, top);
}

int lmp_index(lua_State *L)
{
    if (lua_istable(L, 1)) {
        lua_pushvalue(L, lua_upvalueindex(4));
        lua_replace(L, 1);
        return find_field(L);
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) {
        lua_pop(L, 1);
        return find_field(L);
    }
    if (lmp_ref_used(L, 1)) make_hot(L);
    return 1;
}

int lmp_newindex(lua_State *L)
{
    const char *key = lua_tostring(L, 2);
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    return lmp_error(L, "cannot set '%s' of %s %s", key ? key : luaL_typename(L, 2), lmp_article(name), name);
}

static void push_functions(lua_State *L, const luaL_Reg *functions, int metatable)
{
    lua_newtable(L);
    if (!functions) return;
    lua_pushvalue(L, metatable);
    luaL_setfuncs(L, functions, 1);
}

static const luaL_Reg ref_meta[] = {{"__gc", lmp_ref_gc}, {"__tostring", lmp_ref_tostring}, {NULL, NULL}};

// Pushes the metatable.
static void make_class(lua_State *L, const struct lmp_class *class)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_newtable(L);
    int metatable = lua_gettop(L);
    if (class->kind) luaL_setfuncs(L, ref_meta, 0);
    if (class->meta) {
        lua_pushvalue(L, metatable);
        luaL_setfuncs(L, class->meta, 1);
    }
    push_functions(L, class->methods, metatable);
    push_functions(L, class->fields, metatable);
    lua_pushstring(L, class->name);
    lua_pushcclosure(L, class->index ? class->index : lmp_index, 3);
    lua_setfield(L, metatable, "__index");
    lua_pushstring(L, class->name);
    lua_pushcclosure(L, class->newindex ? class->newindex : lmp_newindex, 1);
    lua_setfield(L, metatable, "__newindex");
    lua_pushstring(L, class->name);
    lua_setfield(L, metatable, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, metatable, "__metatable");   // its functions trust what they are called with
    lua_settop(L, metatable);
    if (class->complete) class->complete(L);
}

// A state makes a class when it meets it first: most threads meet few.
static void push_class(lua_State *L, const char *name)
{
    push_classes(L);
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        const struct lmp_class *const *known = lmp_classes;
        while (strcmp((*known)->name, name) != 0) known++;
        make_class(L, *known);
        lua_pushvalue(L, -1);
        lua_setfield(L, -4, name);
        lua_replace(L, -2);
    }
    lua_remove(L, -2);
}

void lmp_setclass(lua_State *L, const char *name)
{
    push_class(L, name);
    lua_setmetatable(L, -2);
}

void *lmp_check(lua_State *L)
{
    void *self = lua_touserdata(L, 1);
    if (self && lua_getmetatable(L, 1)) {
        bool ours = lua_rawequal(L, -1, lua_upvalueindex(1));
        lua_pop(L, 1);
        if (ours) return self;
    }
    lua_getfield(L, lua_upvalueindex(1), "__name");
    lmp_wrong_self(L, lua_tostring(L, -1));
    return NULL;
}

// Where it was not called as a method, a colon is what is missing; but constructors, which have capitals, are none.
int lmp_wrong_self(lua_State *L, const char *class)
{
    lua_Debug ar;
    bool named = lua_getstack(L, 0, &ar) && lua_getinfo(L, "n", &ar) && strcmp(ar.namewhat, "field") == 0;
    if (!named || isupper((unsigned char)*ar.name)) return luaL_typeerror(L, 1, class);
    const char *given = lmp_push_kind(L, 1);
    return luaL_argerror(
        L, 1, lua_pushfstring(L, "%s expected, got %s; with a colon: %s:%s(...)", class, given, class, ar.name));
}

const char *lmp_push_kind(lua_State *L, int idx)
{
    const char *type = luaL_typename(L, idx);
    return luaL_getmetafield(L, idx, "__name") == LUA_TSTRING ? lua_tostring(L, -1) : type;
}

int lmp_type(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    const struct lmp_ref *ref = lmp_toref(L, 1);
    if (ref) return lua_pushstring(L, mp_kind_of(&(struct mp_obj){.kind = (uint16_t)ref->kind})->name), 1;
    bool may = lua_type(L, 1) == LUA_TUSERDATA || lua_type(L, 1) == LUA_TTABLE;
    if (!may || !lua_getmetatable(L, 1)) return lua_pushnil(L), 1;
    lua_getfield(L, 2, "__name");
    if (lua_type(L, 3) != LUA_TSTRING) return lua_pushnil(L), 1;
    push_classes(L);
    lua_getfield(L, 4, lua_tostring(L, 3));
    if (!lua_rawequal(L, -1, 2)) return lua_pushnil(L), 1;
    lua_settop(L, 3);
    return 1;
}

// class(metatable): of tables, which mp.type knows by its __name from here on
int lmp_class_of_tables(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_getfield(L, 1, "__name");
    push_classes(L);
    lua_insert(L, 2);
    lua_pushvalue(L, 1);
    lua_settable(L, 2);
    return 0;
}
