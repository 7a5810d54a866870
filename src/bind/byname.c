// Modules, what is in them, and registered metatables: by name on the way, looked up on arrival.
#include "bind/codec_state.h"
#include "bind/hold.h"

// The next of the names that a path consists of; NULL at its end.
static const char *next_part(const char *path, size_t len, const char *part)
{
    part += strlen(part) + 1;
    return part < path + len ? part : NULL;
}

static void push_loaded(lua_State *L)
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

// The field of the table on the top takes its place; nil when that is no table.
static void raw_field(lua_State *L, const char *name)
{
    if (lua_istable(L, -1)) {
        lua_pushstring(L, name);
        lua_rawget(L, -2);
    } else {
        lua_pushnil(L);
    }
    lua_replace(L, -2);
}

// Is what this path leads to now still the value at idx?
static bool leads_to(lua_State *L, const char *path, size_t len, int idx)
{
    push_loaded(L);
    for (const char *part = path; part; part = next_part(path, len, part)) raw_field(L, part);
    bool same = lua_rawequal(L, -1, idx);
    lua_pop(L, 1);
    return same;
}

bool lmp_enc_has_name(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    int names = e->base + LMP_SLOT_NAMES;
    if (!e->knows_names) {
        e->knows_names = true;
        lmp_push_names(L);
        lua_replace(L, names);
    }
    lua_pushvalue(L, idx);
    if (lua_rawget(L, names) == LUA_TSTRING) {
        size_t len;
        const char *name = lua_tolstring(L, -1, &len);
        if (name[0] == 'C' || leads_to(L, name + 1, len - 1, idx)) return true;
    }
    lua_pop(L, 1);
    return false;
}

void lmp_enc_look_again(struct lmp_encoder *e)
{
    if (e->looked_again) return;
    e->looked_again = true;
    lmp_push_deep_names(e->L);
    lua_replace(e->L, e->base + LMP_SLOT_NAMES);
}

// package.path and package.cpath
static bool put_search_paths(struct lmp_encoder *e)
{
    static const char *const fields[] = {"path", "cpath"};
    lua_State *L = e->L;
    bool ok = true;
    for (int i = 0; i < 2 && ok; i++) {
        push_loaded(L);
        raw_field(L, LUA_LOADLIBNAME);
        raw_field(L, fields[i]);
        ok = lua_type(L, -1) == LUA_TSTRING ? lmp_enc_text(e, lua_gettop(L)) : lmp_enc_byte(e, LMP_NIL);
        lua_pop(L, 1);
    }
    return ok;
}

static bool put_path(struct lmp_encoder *e, int tag, const char *path, size_t len)
{
    return lmp_enc_byte(e, tag) && lmp_enc_bytes(e, path, len) && (tag == LMP_NAMED || put_search_paths(e));
}

// How the class is made goes with the message, unless a module makes it.
static bool put_class(struct lmp_encoder *e, int idx, const char *name, size_t len)
{
    lua_State *L = e->L;
    size_t pathlen;
    lua_rawgetp(L, e->base + LMP_SLOT_NAMES, lua_topointer(L, idx));
    const char *path = lua_tolstring(L, -1, &pathlen);
    bool ok = path && leads_to(L, path + 1, pathlen - 1, idx);
    if (ok) {
        ok = lmp_enc_byte(e, LMP_CLASS_MODULE) && lmp_enc_bytes(e, name, len) &&
             lmp_enc_bytes(e, path + 1, pathlen - 1) && put_search_paths(e);
    } else {
        ok = lmp_enc_byte(e, LMP_CLASS) && lmp_enc_bytes(e, name, len);
        lua_pushvalue(L, idx);
        lua_rawseti(L, lmp_enc_extras_list(e), ++e->nextras);
    }
    lua_pop(L, 1);
    return ok;
}

bool lmp_enc_name(struct lmp_encoder *e, int idx)
{
    lua_State *L = e->L;
    size_t len;
    const char *name = lua_tolstring(L, -1, &len);
    lmp_enc_add(e, idx, lua_topointer(L, idx), 0, e->b->len);
    bool ok = name[0] == 'C'   ? put_class(e, idx, name + 1, len - 1)
              : name[0] == 'M' ? put_path(e, LMP_MODULE, name + 1, len - 1)
                               : put_path(e, LMP_NAMED, name + 1, len - 1);
    lua_pop(L, 1);
    return ok;
}

// Puts the sender's path, at idx, before the one in package; this one takes the place at idx. Pushes the result.
static void extend_path(lua_State *L, int package, const char *field, int idx)
{
    lua_getfield(L, package, field);
    if (lua_isstring(L, -1) && lua_isstring(L, idx) && !lua_rawequal(L, -1, idx)) {
        lua_pushfstring(L, "%s;%s", lua_tostring(L, idx), lua_tostring(L, -1));
        lua_pushvalue(L, -1);
        lua_setfield(L, package, field);
    } else {
        lua_pushvalue(L, -1);
    }
    lua_insert(L, -2);
    lua_replace(L, idx);
}

// Unless the module has changed it.
static void restore_path(lua_State *L, int package, const char *field, int old, int extended)
{
    lua_getfield(L, package, field);
    if (lua_rawequal(L, -1, extended)) {
        lua_pushvalue(L, old);
        lua_setfield(L, package, field);
    }
    lua_pop(L, 1);
}

static int call_require(lua_State *L, const char *module)
{
    lua_pushglobaltable(L);
    lua_getfield(L, -1, "require");
    lua_pushstring(L, module);
    return lmp_pcall_lifted(L, 1, 1);
}

// Pushes the module. The sender's paths are at `paths` and the next index; 0: they are not needed.
static void require_module(struct lmp_decoder *d, const char *module, int paths)
{
    lua_State *L = d->L;
    int package = lua_gettop(L) + 1;
    if (!(d->may & LMP_CALLS)) lmp_error(L, "module '%s' is not loaded here", module);
    push_loaded(L);
    raw_field(L, LUA_LOADLIBNAME);
    bool extend = paths && lua_istable(L, package);
    if (extend) {
        extend_path(L, package, "path", paths);
        extend_path(L, package, "cpath", paths + 1);
    }
    int err = call_require(L, module), result = lua_gettop(L);
    if (extend) {
        restore_path(L, package, "path", paths, package + 1);
        restore_path(L, package, "cpath", paths + 1, package + 2);
    }
    if (err && lmp_interrupted(L)) lua_error(L);
    if (err) lmp_error(L, "cannot receive module '%s': %s", module, luaL_tolstring(L, result, NULL));
    lua_replace(L, package);
    lua_settop(L, package);
}

// "io\0write" -> "io.write"; pushes it too
static const char *path_text(lua_State *L, const char *path, size_t len)
{
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    for (size_t i = 0; i < len; i++) luaL_addchar(&text, path[i] ? path[i] : '.');
    luaL_pushresult(&text);
    return lua_tostring(L, -1);
}

// Pushes what the path at idx leads to here.
static void push_named(struct lmp_decoder *d, int idx, int paths)
{
    lua_State *L = d->L;
    size_t len;
    const char *path = lua_tolstring(L, idx, &len), *part = path;
    push_loaded(L);
    raw_field(L, path);
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        require_module(d, path, paths);
    }
    while ((part = next_part(path, len, part))) {
        if (!lua_istable(L, -1)) break;
        lua_getfield(L, -1, part);
        lua_replace(L, -2);
    }
    if (part || lua_isnil(L, -1)) lmp_error(L, "cannot receive '%s': it is not here", path_text(L, path, len));
}

static void dec_search_paths(struct lmp_decoder *d)
{
    for (int i = 0; i < 2; i++) {
        if (d->p < d->end && *d->p == LMP_NIL) {
            d->p++;
            lua_pushnil(d->L);
        } else {
            lmp_dec_string(d);
        }
    }
}

void lmp_dec_named(struct lmp_decoder *d, int tag, uint64_t at)
{
    lua_State *L = d->L;
    uint32_t n = lmp_dec_reserve(d, tag, at);
    int path = lua_gettop(L) + 1;
    bool is_module = (tag & ~LMP_SHARED) == LMP_MODULE;
    lmp_dec_string(d);
    if (is_module) dec_search_paths(d);
    push_named(d, path, is_module ? path + 1 : 0);
    lua_replace(L, path);
    lua_settop(L, path);
    lmp_dec_share(d, n, path);
}

// The metatable that this state has under the name at idx.
static bool push_class(lua_State *L, int name)
{
    lmp_push_classes(L);
    lua_pushvalue(L, name);
    bool found = lua_rawget(L, -2) == LUA_TTABLE;
    if (found)
        lua_replace(L, -2);
    else
        lua_pop(L, 2);
    return found;
}

// One that an extra will fill.
static void push_fresh_class(struct lmp_decoder *d, int name)
{
    lua_State *L = d->L;
    int fresh = d->base + LMP_SLOT_FRESH;
    if (lua_isnil(L, fresh)) {
        lua_newtable(L);
        lua_replace(L, fresh);
    }
    lua_pushvalue(L, name);
    if (lua_rawget(L, fresh) == LUA_TTABLE) return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, name);
    lua_pushvalue(L, -2);
    lua_rawset(L, fresh);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, false);
    lua_rawset(L, fresh);
}

// The module may register the class itself when it is loaded.
static void push_class_of_module(struct lmp_decoder *d, int name)
{
    lua_State *L = d->L;
    push_named(d, name + 1, name + 2);
    if (push_class(L, name)) return;
    if (!lua_istable(L, -1)) lmp_error(L, "cannot receive '%s': no table", lua_tostring(L, name));
    lmp_set_class(L, name, lua_gettop(L));
}

void lmp_dec_class(struct lmp_decoder *d, int tag, uint64_t at)
{
    lua_State *L = d->L;
    uint32_t n = lmp_dec_reserve(d, tag, at);
    int name = lua_gettop(L) + 1;
    bool is_module = (tag & ~LMP_SHARED) == LMP_CLASS_MODULE;
    lmp_dec_string(d);
    if (is_module) {
        lmp_dec_string(d);
        dec_search_paths(d);
    }
    bool found = push_class(L, name);
    if (!found && is_module) push_class_of_module(d, name);
    if (!found && !is_module) push_fresh_class(d, name);
    lua_replace(L, name);
    lua_settop(L, name);
    lmp_dec_share(d, n, name);
}
