// Where the Lua code is that waits.
#include <string.h>

#include "bind/lmp.h"

// "FILE:LINE", without printf: this is on the way of every sleep.
static void put_place(char *text, size_t size, const char *file, int line)
{
    char digits[12];
    size_t n = strlen(file), at = sizeof digits;
    for (unsigned rest = (unsigned)line; at == sizeof digits || rest > 0; rest /= 10)
        digits[--at] = (char)('0' + rest % 10);
    digits[--at] = ':';
    if (n + sizeof digits - at >= size) n = size - 1 - (sizeof digits - at);
    memcpy(text, file, n);
    memcpy(text + n, digits + at, sizeof digits - at);
    text[n + sizeof digits - at] = '\0';
}

// The nearest function that has lines.
void lmp_where(char *text, size_t size)
{
    lua_Debug ar;
    lua_State *L = lmp_running();
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.currentline <= 0 || strncmp(ar.source, "=mp/", 4) == 0) continue;
        put_place(text, size, ar.short_src, ar.currentline);
        return;
    }
    text[0] = '\0';
}
