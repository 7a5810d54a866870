// warn(...): as Lua has it, but a message goes out in one piece, whoever else writes to stderr.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "bind/lmp.h"
#include "core/output.h"

enum { LEAST = 256 };

static const char PREFIX[] = "Lua warning: ";
static _Atomic bool on;   // in all threads of the process, and in those that it starts
static _Thread_local struct {
    char *text;   // what has come of a message
    size_t size, cap;
    bool begun, lost;   // lost: without memory for all of it
} line;

static bool make_room(size_t size)
{
    if (line.size + size <= line.cap) return true;
    size_t cap = (line.size + size) * 2 + LEAST;
    char *grown = realloc(line.text, cap);
    if (!grown) return false;
    line.text = grown;
    line.cap = cap;
    return true;
}

static void add(const char *text, size_t size)
{
    if (line.lost || !make_room(size)) {
        line.lost = true;
        return;
    }
    memcpy(line.text + line.size, text, size);
    line.size += size;
}

static void begin(void)
{
    line.size = 0;
    line.begun = true;
    line.lost = false;
    add(PREFIX, sizeof PREFIX - 1);
}

static void finish(void)
{
    static const char lost[] = "Lua warning: not enough memory to tell it\n";
    add("\n", 1);
    if (line.lost) {
        mp_output_error(lost, sizeof lost - 1);
    } else {
        mp_output_error(line.text, line.size);
    }
    line.begun = false;
}

static void control(const char *word)
{
    if (strcmp(word, "on") == 0) atomic_store(&on, true);
    if (strcmp(word, "off") == 0) atomic_store(&on, false);
}

void lmp_warn(void *ud, const char *piece, int more)
{
    (void)ud;
    if (!line.begun && !more && piece[0] == '@') {
        control(piece + 1);
        return;
    }
    if (!line.begun) begin();
    add(piece, strlen(piece));
    if (more) return;
    if (atomic_load(&on)) {
        finish();
    } else {
        line.begun = false;
    }
}

void lmp_warn_leave(void)
{
    free(line.text);
    line.text = NULL;
    line.size = line.cap = 0;
}
