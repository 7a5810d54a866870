// The C part of mp.log.
#include "bind/classes.h"
#include "core/output.h"

// write(text): to stderr, whole
static int log_write(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    mp_output_error(text, size);
    return 0;
}

int llog_open(lua_State *L)
{
    lua_pushcfunction(L, log_write);
    return 1;
}
