// What is known of a terminal.
#include <sys/ioctl.h>
#include <unistd.h>

#include "bind/classes.h"

// terminal_width(fd) -> columns | nil: it is none
int lterminal_width(lua_State *L)
{
    int fd = (int)luaL_checkinteger(L, 1);
    struct winsize size = {0};
    if (!isatty(fd)) return lua_pushnil(L), 1;
    bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    lua_pushinteger(L, known ? size.ws_col : 80);
    return 1;
}
