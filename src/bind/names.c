// What travels by name. The names of a state are collected when they are first needed, and again when
// package.loaded has got a new key; they do not keep anything alive.
//
//   S module [\0 field]...   the standard library
//   O module [\0 field]...   this library: require(module) finds it everywhere
//   M module [\0 field]...   require(module) may need the sender's package.path
//   G _G \0 field            a C function that somebody made global
//   C name                   a registered metatable; if a module is that table, [address] = its name
//
// [1] is whether the encoder knows how this Lua's tables begin.
#include "bind/codec.h"
#include "bind/codec_state.h"

static const char names_key = 'n', classes_key = 'c';

enum { C_FUNCTIONS = 1, LUA_FUNCTIONS = 2, TABLES = 4, FILES = 8 };

struct collector {
    lua_State *L;
    int names, loaded, visited;   // stack indices
    unsigned what;
};

// S before O before M before G, and then the first module in the alphabet.
static bool is_better(const char *name, const char *than)
{
    return name[0] != than[0] ? name[0] > than[0] : strcmp(name, than) < 0;
}

// Takes the name from the top: that of the value at idx.
static void set_name(struct collector *c, int idx)
{
    lua_State *L = c->L;
    int name = lua_gettop(L);
    lua_pushvalue(L, idx);
    if (lua_rawget(L, c->names) == LUA_TNIL || is_better(lua_tostring(L, name), lua_tostring(L, -1))) {
        lua_pushvalue(L, idx);
        lua_pushvalue(L, name);
        lua_rawset(L, c->names);
    }
    lua_settop(L, name - 1);
}

// prefix \0 field
static void push_field_name(lua_State *L, int prefix, int field)
{
    lua_pushvalue(L, prefix);
    lua_pushlstring(L, "", 1);
    lua_pushvalue(L, field);
    lua_concat(L, 3);
}

static bool is_standard_file(const char *field)
{
    return strcmp(field, "stdin") == 0 || strcmp(field, "stdout") == 0 || strcmp(field, "stderr") == 0;
}

static bool is_wanted(const struct collector *c, int key, int value)
{
    lua_State *L = c->L;
    switch (lua_type(L, value)) {
    case LUA_TFUNCTION: return c->what & (lua_iscfunction(L, value) ? C_FUNCTIONS : LUA_FUNCTIONS);
    case LUA_TTABLE: return c->what & TABLES;
    case LUA_TUSERDATA: return c->what & FILES && is_standard_file(lua_tostring(L, key));
    default: return false;
    }
}

static bool visit_first(const struct collector *c, int t)
{
    lua_State *L = c->L;
    lua_pushvalue(L, t);
    bool first = lua_rawget(L, c->visited) == LUA_TNIL;
    lua_pop(L, 1);
    lua_pushvalue(L, t);
    lua_pushboolean(L, true);
    lua_rawset(L, c->visited);
    return first;
}

// The fields of the table at t, whose name is at prefix.
static void collect_fields(struct collector *c, int t, int prefix, int depth)
{
    lua_State *L = c->L;
    luaL_checkstack(L, 12, NULL);
    if (!visit_first(c, t)) return;
    int key = lua_gettop(L) + 1;
    for (lua_pushnil(L); lua_next(L, t); lua_settop(L, key)) {
        if (lua_type(L, key) != LUA_TSTRING) continue;
        if (is_wanted(c, key, key + 1)) {
            push_field_name(L, prefix, key);
            set_name(c, key + 1);
        }
        if (depth > 0 && lua_istable(L, key + 1)) {
            push_field_name(L, prefix, key);
            collect_fields(c, key + 1, key + 2, depth - 1);
        }
    }
}

// The module on the top of the stack.
static void collect_module(struct collector *c, char kind, const char *name, int depth)
{
    lua_State *L = c->L;
    int t = lua_gettop(L);
    lua_pushfstring(L, "%c%s", kind, name);
    lua_pushvalue(L, -1);
    set_name(c, t);
    if (lua_istable(L, t)) collect_fields(c, t, t + 1, depth);
    lua_settop(L, t);
}

static void collect_standard(struct collector *c)
{
    static const struct {
        const char *name;
        unsigned what;
    } modules[] = {{"string", 0},    {"table", 0}, {"math", 0},  {"io", FILES}, {"os", 0},
                   {"coroutine", 0}, {"utf8", 0},  {"debug", 0}, {"bit32", 0},  {"package", TABLES}};
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        lua_pushstring(c->L, modules[i].name);
        c->what = C_FUNCTIONS | modules[i].what;
        if (lua_rawget(c->L, c->loaded) == LUA_TTABLE) collect_module(c, 'S', modules[i].name, 0);
        lua_pop(c->L, 1);
    }
}

// What the base library has made global in every state.
static void collect_base(struct collector *c)
{
    static const char *const names[] = {
        "assert",   "collectgarbage", "dofile",   "error",  "getmetatable", "ipairs",  "load",   "loadfile",
        "next",     "pairs",          "pcall",    "print",  "rawequal",     "rawget",  "rawlen", "rawset",
        "tonumber", "setmetatable",   "tostring", "select", "type",         "require", "warn",   "xpcall"};
    lua_State *L = c->L;
    lua_pushglobaltable(L);
    int t = lua_gettop(L);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lua_pushstring(L, names[i]);
        lua_pushstring(L, "S" LUA_GNAME);
        lua_pushvalue(L, t + 1);
        lua_rawget(L, t);
        push_field_name(L, t + 2, t + 1);
        if (lua_iscfunction(L, t + 3)) set_name(c, t + 3);
        lua_settop(L, t);
    }
    lua_pushstring(L, "S" LUA_GNAME);
    set_name(c, t);
    lua_pop(L, 1);
}

static bool is_ours(const char *module)
{
    return strncmp(module, "mp", 2) == 0 && (module[2] == '\0' || module[2] == '.');
}

static void collect_loaded(struct collector *c, int depth)
{
    lua_State *L = c->L;
    int key = lua_gettop(L) + 1;
    for (lua_pushnil(L); lua_next(L, c->loaded); lua_settop(L, key)) {
        if (lua_type(L, key) != LUA_TSTRING || !(lua_istable(L, key + 1) || lua_iscfunction(L, key + 1))) continue;
        const char *name = lua_tostring(L, key);
        bool global = strcmp(name, LUA_GNAME) == 0, ours = is_ours(name);
        c->what = C_FUNCTIONS | (ours ? LUA_FUNCTIONS | TABLES : 0);
        collect_module(c, global ? 'G' : ours ? 'O' : 'M', name, global ? 0 : ours ? 3 : depth);
    }
}

// The class of the table at t: it is found by that, and its module by its address.
static void name_class(struct collector *c, int t, int name)
{
    lua_State *L = c->L;
    lua_pushvalue(L, t);
    lua_rawget(L, c->names);
    lua_rawsetp(L, c->names, lua_topointer(L, t));
    lua_pushvalue(L, t);
    lua_pushfstring(L, "C%s", lua_tostring(L, name));
    lua_rawset(L, c->names);
}

static void collect_classes(struct collector *c)
{
    lua_State *L = c->L;
    lmp_push_classes(L);
    int classes = lua_gettop(L), key = classes + 1;
    for (lua_pushnil(L); lua_next(L, classes); lua_settop(L, key)) {
        if (lua_istable(L, key)) name_class(c, key, key + 1);
    }
    lua_pop(L, 1);
}

static void forget_names(lua_State *L)
{
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
}

// __newindex of package.loaded
static int module_loaded(lua_State *L)
{
    lua_settop(L, 3);
    lua_rawset(L, 1);
    forget_names(L);
    return 0;
}

// Whether we are told of new modules. A metatable that somebody else has set is left alone.
static bool watch(lua_State *L, int loaded)
{
    if (!lua_getmetatable(L, loaded)) {
        lua_createtable(L, 0, 1);
        lua_pushcfunction(L, module_loaded);
        lua_setfield(L, -2, "__newindex");
        lua_pushvalue(L, -1);
        lua_setmetatable(L, loaded);
    }
    lua_pushstring(L, "__newindex");
    lua_rawget(L, -2);
    bool ours = lua_tocfunction(L, -1) == module_loaded;
    lua_pop(L, 2);
    return ours;
}

static void push_weak_table(lua_State *L)
{
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushstring(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
}

static void collect(lua_State *L, int depth)
{
    luaL_checkstack(L, 20, NULL);
    push_weak_table(L);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_newtable(L);
    int top = lua_gettop(L);
    struct collector c = {.L = L, .names = top - 2, .loaded = top - 1, .visited = top};
    collect_standard(&c);
    collect_base(&c);
    collect_loaded(&c, depth);
    collect_classes(&c);
    lua_pushboolean(L, lmp_knows_arrays(L));
    lua_rawseti(L, c.names, 1);
    if (watch(L, c.loaded)) {
        lua_pushvalue(L, c.names);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    }
    lua_settop(L, c.names);
}

void lmp_push_names(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    collect(L, 0);
}

void lmp_push_deep_names(lua_State *L)
{
    collect(L, 3);
}

void lmp_push_classes(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &classes_key) == LUA_TTABLE) return;
    lua_pop(L, 1);
    push_weak_table(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &classes_key);
}

void lmp_set_class(lua_State *L, int name, int metatable)
{
    luaL_checkstack(L, 8, NULL);
    lmp_push_classes(L);
    lua_pushvalue(L, name);
    lua_pushvalue(L, metatable);
    lua_rawset(L, -3);
    lua_pushvalue(L, metatable);
    lua_pushvalue(L, name);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    forget_names(L);
}

int lmp_register(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lmp_set_class(L, 1, 2);
    return 1;
}
