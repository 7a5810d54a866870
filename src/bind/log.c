// The C part of mp.log.
#include "bind/classes.h"
#include "bind/lmp.h"
#include "core/output.h"

// write(text): to stderr, whole
static int log_write(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    mp_output_error(text, size);
    return 0;
}

static const luaL_Reg functions[] = {
    {"write", log_write}, {"raise", lmp_core_raise}, {"unknown", lmp_core_unknown}, {NULL, NULL}};

int llog_open(lua_State *L)
{
    luaL_newlib(L, functions);
    return 1;
}
