// Knows the format of Lua 5.4's ldump.c and the instructions that reach globals.
#include "bind/bytecode.h"

#include <string.h>

enum { MAX_NESTING = 220, SHORT_KEYS = 256 };   // Lua nests fewer; an instruction names constants below 256
enum { OP_GETUPVAL = 9, OP_GETTABUP = 11, OP_SETTABUP = 15 };
enum { K_NIL = 0x00, K_FALSE = 0x01, K_TRUE = 0x11, K_INTEGER = 0x03, K_FLOAT = 0x13, K_SHORT = 0x04, K_LONG = 0x14 };

struct reader {
    const uint8_t *p, *end;
    bool bad;
    void (*visit)(void *arg, const char *name, size_t len);
    void *arg;
};

struct function {
    const uint8_t *code;
    size_t instructions;
    struct reader constants;   // a reader that stands at them
    bool env[LMP_UPVALUES];
    bool wanted[SHORT_KEYS], all_wanted;
};

static const uint8_t *take(struct reader *r, size_t n, size_t size)
{
    size_t left = (size_t)(r->end - r->p);
    if (r->bad || n > left / size) {
        r->bad = true;
        return r->p;
    }
    const uint8_t *p = r->p;
    r->p += n * size;
    return p;
}

static uint8_t byte(struct reader *r)
{
    const uint8_t *p = take(r, 1, 1);
    return r->bad ? 0 : *p;
}

// Seven bits a byte, the highest first; the last byte has the eighth bit.
static size_t number(struct reader *r)
{
    size_t n = 0;
    for (int i = 0; i < 10 && !r->bad; i++) {
        uint8_t b = byte(r);
        n = n << 7 | (b & 0x7f);
        if (b & 0x80) return n;
    }
    r->bad = true;
    return 0;
}

static const char *string(struct reader *r, size_t *len)
{
    size_t n = number(r);
    *len = n ? n - 1 : 0;
    return (const char *)take(r, *len, 1);
}

static void skip_strings(struct reader *r, size_t numbers_after)
{
    size_t len;
    for (size_t n = number(r); n > 0 && !r->bad; n--) {
        string(r, &len);
        for (size_t i = 0; i < numbers_after; i++) number(r);
    }
}

static void skip_debug(struct reader *r)
{
    take(r, number(r), 1);
    for (size_t n = number(r); n > 0 && !r->bad; n--) {
        number(r);
        number(r);
    }
    skip_strings(r, 2);
    skip_strings(r, 0);
}

// A string constant, or NULL for another one.
static const char *constant(struct reader *r, size_t *len)
{
    switch (byte(r)) {
    case K_NIL:
    case K_FALSE:
    case K_TRUE: return NULL;
    case K_INTEGER:
    case K_FLOAT: take(r, 1, 8); return NULL;
    case K_SHORT:
    case K_LONG: return string(r, len);
    default: r->bad = true; return NULL;
    }
}

static void skip_constants(struct reader *r)
{
    size_t len;
    for (size_t n = number(r); n > 0 && !r->bad; n--) constant(r, &len);
}

static void visit_constants(const struct function *f)
{
    struct reader r = f->constants;
    size_t count = number(&r);
    for (size_t i = 0; i < count && !r.bad; i++) {
        size_t len;
        const char *name = constant(&r, &len);
        if (name && !r.bad && (f->all_wanted || (i < SHORT_KEYS && f->wanted[i]))) r.visit(r.arg, name, len);
    }
}

// An upvalue of a nested function that is not a local of the outer one is the outer one's upvalue. The outermost
// function has all of its upvalues from `outer`.
static void read_upvalues(struct reader *r, struct function *f, const bool *outer, int nesting)
{
    size_t count = number(r);
    const uint8_t *p = take(r, count, 3);
    if (r->bad || count >= LMP_UPVALUES) {
        r->bad = true;
        return;
    }
    for (size_t i = 0; i < count; i++) f->env[i] = nesting == 0 ? outer[i] : !p[i * 3] && outer[p[i * 3 + 1]];
}

// A function with very many constants fetches the globals table itself, and then any constant may be a name.
static void read_code(struct function *f)
{
    for (size_t i = 0; i < f->instructions; i++) {
        uint32_t op;
        memcpy(&op, f->code + i * 4, 4);
        uint8_t a = (uint8_t)(op >> 7), b = (uint8_t)(op >> 16), c = (uint8_t)(op >> 24);
        switch (op & 0x7f) {
        case OP_GETTABUP: f->wanted[c] |= f->env[b]; break;
        case OP_SETTABUP: f->wanted[b] |= f->env[a]; break;
        case OP_GETUPVAL: f->all_wanted |= f->env[b]; break;
        default: break;
        }
    }
}

static void read_function(struct reader *r, const bool *outer, int nesting)
{
    struct function f = {0};
    size_t len;
    if (nesting > MAX_NESTING) r->bad = true;
    string(r, &len);
    number(r);
    number(r);
    take(r, 3, 1);
    f.instructions = number(r);
    f.code = take(r, f.instructions, 4);
    f.constants = *r;
    skip_constants(r);
    read_upvalues(r, &f, outer, nesting);
    if (r->bad) return;
    read_code(&f);
    visit_constants(&f);
    for (size_t n = number(r); n > 0 && !r->bad; n--) read_function(r, f.env, nesting + 1);
    skip_debug(r);
}

static bool read_header(struct reader *r)
{
    static const uint8_t header[] = "\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    const size_t n = sizeof header - 1;
    int64_t integer;
    double real;
    const uint8_t *p = take(r, n + 16, 1);
    if (r->bad || memcmp(p, header, n) != 0) return false;
    memcpy(&integer, p + n, 8);
    memcpy(&real, p + n + 8, 8);
    return integer == 0x5678 && real == 370.5;
}

bool lmp_bytecode_globals(const uint8_t *code, size_t len, const bool env[LMP_UPVALUES],
                          void (*visit)(void *arg, const char *name, size_t len), void *arg)
{
    struct reader r = {.p = code, .end = code + len, .visit = visit, .arg = arg};
    if (!read_header(&r)) return false;
    byte(&r);
    read_function(&r, env, 0);
    return !r.bad && r.p == r.end;
}
