// What the codec's files share.
#pragma once
#include "bind/codec_format.h"

// Tables and functions nested deeper than this are put off: neither side ever uses more of the C stack.
enum { LMP_DEPTH = 160, LMP_PACK_DEPTH = LMP_DEPTH + 40 };

// Where a value is in the build; of an upvalue: where its function is, and which it is of it.
struct lmp_seen {
    const void *what;
    uint64_t at : 56, upvalue : 8;
};

// A key of a nested table, and where it was written last. When it is met for the second time it gets
// its slot as its number in the message, for the times after that.
struct lmp_repeat {
    const char *s;
    uint64_t at : 63, numbered : 1;
};

// Stack slots, counted from `base`. Lua owns all memory, so an error leaks nothing.
enum lmp_slot {
    LMP_SLOT_PACKED = 1,   // [userdata] = n, [-n] = userdata, [n] = what __mp_pack gave
    LMP_SLOT_NAMES,        // see byname.c
    LMP_SLOT_SEEN,
    LMP_SLOT_INDEX,
    LMP_SLOT_KEPT,
    LMP_SLOT_LATER,
    LMP_SLOT_UNITS,
    LMP_SLOT_EXTRAS,       // list of names of globals and of classes; [name of a global] = true
    LMP_SLOT_FEW,          // what the first LMP_FEW seen are; of the others KEPT has the n-th at n
    LMP_FEW = 8,
    LMP_REPEATS = 128
};

struct lmp_decoder;

struct lmp_encoder {
    lua_State *L;
    struct mp_build *b;
    int base;
    size_t start;             // offset of GRAPH
    struct lmp_seen *seen;    // in order of appearance; all are kept alive, so that addresses stay names
    uint32_t nseen, seencap;
    int logbuckets;           // of the index
    uint32_t *index;          // hash table of positions in `seen` + 1; NULL while there are few
    uint32_t *later;          // positions in `seen` of what was put off
    uint32_t nlater, latercap;
    uint64_t *units;          // where the extras' "needed" bytes are
    uint32_t nunits, unitcap;
    int nextras;
    int npacked, nwanted;     // userdata packed, and met
    bool in_unit, looked_again, path_cut, knows_names, asked_arrays, knows_arrays, knows_repeats;
    const char *why;          // what cannot travel; NULL: the arena is full
    size_t path_at;           // path[path_at...]: where it is, from the value that is sent
    char path[400], reason[120];
    struct lmp_seen few[LMP_FEW];
    struct lmp_repeat repeats[LMP_REPEATS];   // has content when knows_repeats
};

// All that return bool: false when it cannot travel; then `why` says it.
bool lmp_enc_value(struct lmp_encoder *e, int idx, int depth);
bool lmp_enc_unit(struct lmp_encoder *e, int idx, int depth);   // with all that is put off in it
bool lmp_enc_text(struct lmp_encoder *e, int idx);
void lmp_enc_stack(struct lmp_encoder *e);   // makes room on it for some depths
bool lmp_enc_items(struct lmp_encoder *e, int t, int depth);    // sizes and items of a table
bool lmp_enc_bodies(struct lmp_encoder *e, uint32_t from, int depth);
bool lmp_enc_size(struct lmp_encoder *e, uint64_t n);
bool lmp_enc_bytes(struct lmp_encoder *e, const char *s, size_t len);
bool lmp_knows_arrays(lua_State *L);
void *lmp_codec_grow(lua_State *L, int slot, size_t size);   // raises when there is no memory
void lmp_codec_free(lua_State *L, int slot);

// seen.c
struct lmp_seen *lmp_enc_find(struct lmp_encoder *e, const void *what);
void lmp_enc_add(struct lmp_encoder *e, int idx, const void *what, int upvalue,
                 uint64_t at);   // idx 0: nothing to keep
void lmp_enc_forget(struct lmp_encoder *e, uint32_t from);
void lmp_enc_push(struct lmp_encoder *e, uint32_t position);
bool lmp_enc_again(struct lmp_encoder *e, const struct lmp_seen *s);
bool lmp_enc_field(struct lmp_encoder *e, const char *s, size_t len);   // a key, at most LMP_SHORT_MAX bytes

// packed.c
bool lmp_enc_userdata(struct lmp_encoder *e, int idx, int depth);
void lmp_enc_call_packers(struct lmp_encoder *e);   // of all userdata met since

// function.c
bool lmp_enc_code(struct lmp_encoder *e, int idx);
bool lmp_enc_upvalues(struct lmp_encoder *e, int idx, int depth);

// byname.c
bool lmp_enc_has_name(struct lmp_encoder *e, int idx);   // true: pushes it
bool lmp_enc_name(struct lmp_encoder *e, int idx);   // of what is at idx; it is on the top
void lmp_enc_look_again(struct lmp_encoder *e);          // for what modules got after their names were collected

// names.c
void lmp_push_names(lua_State *L);             // [object] = kind and path, see names.c
void lmp_push_deep_names(lua_State *L);        // collected anew, from further down in the modules
void lmp_push_classes(lua_State *L);           // [name] = metatable, [metatable] = name
void lmp_set_class(lua_State *L, int name, int metatable);

// extras.c
int lmp_enc_extras_list(struct lmp_encoder *e);         // the stack index of the list
bool lmp_enc_extras(struct lmp_encoder *e);
void lmp_dec_extras(struct lmp_decoder *d);

// encode_path.c
bool lmp_enc_fail(struct lmp_encoder *e, const char *why);   // returns false, as the next ones
bool lmp_enc_full(struct lmp_encoder *e);
bool lmp_enc_fail_table(struct lmp_encoder *e);
bool lmp_enc_fail_key(struct lmp_encoder *e);
bool lmp_enc_fail_userdata(struct lmp_encoder *e, int idx);
void lmp_enc_path(struct lmp_encoder *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lmp_enc_path_key(struct lmp_encoder *e, int idx);
int lmp_enc_raise(struct lmp_encoder *e, const char *what, int number);

static inline bool lmp_enc_byte(struct lmp_encoder *e, int byte)
{
    if (lmp_codec_room(e->b, 1)) return lmp_enc_full(e);
    e->b->data[e->b->len++] = (uint8_t)byte;
    return true;
}

enum lmp_decoder_slot {
    LMP_SLOT_SHARED = 1,   // the n-th value of `offsets`
    LMP_SLOT_OFFSETS,
    LMP_SLOT_PUT_OFF,
    LMP_SLOT_FRESH,        // [name] = a metatable that this message brings, [metatable] = true: all of it is there
    LMP_SLOT_INSTANCES,    // list of those that have one of these
    LMP_SLOT_REPEATS,      // [slot] = string
    LMP_SLOTS_END = LMP_SLOT_REPEATS
};

enum { LMP_CODE = 1, LMP_CALLS = 2 };   // accepts functions' code; loads modules and calls __mp_unpack

struct lmp_decoder {
    lua_State *L;
    const struct mp_view *msg;
    const uint8_t *p, *end;
    const uint8_t *start;    // GRAPH
    int base;
    unsigned may;
    size_t budget;           // table entries that may still be allocated before they are read
    uint64_t *offsets;       // of the shared values, ascending
    uint32_t nshared, sharedcap;
    uint32_t nlater, ninstances;
};

int lmp_decode_with(lua_State *L, const struct mp_view *msg, unsigned may);

// Each pushes one value or raises. `at` is the distance of its tag from GRAPH.
void lmp_dec_value(struct lmp_decoder *d, int depth);
void lmp_dec_unit(struct lmp_decoder *d, int depth);
void lmp_dec_ref(struct lmp_decoder *d);
void lmp_dec_string(struct lmp_decoder *d);
void lmp_dec_function(struct lmp_decoder *d, int tag, uint64_t at, int depth);
void lmp_dec_named(struct lmp_decoder *d, int tag, uint64_t at);
void lmp_dec_class(struct lmp_decoder *d, int tag, uint64_t at);
void lmp_dec_object(struct lmp_decoder *d);
void lmp_dec_packed(struct lmp_decoder *d, int tag, uint64_t at, int depth);

void lmp_dec_upvalues(struct lmp_decoder *d, int f, int depth);
void lmp_dec_items(struct lmp_decoder *d, int t, int depth);
void lmp_dec_bodies(struct lmp_decoder *d, uint32_t from, int depth);
void lmp_dec_put_off(struct lmp_decoder *d, int idx);
uint32_t lmp_dec_reserve(struct lmp_decoder *d, int tag, uint64_t at);   // a value begins: 0 when no REF follows
void lmp_dec_share(struct lmp_decoder *d, uint32_t reserved, int idx);   // and here it is

_Noreturn void lmp_dec_bad(struct lmp_decoder *d);   // raises
uint8_t lmp_dec_byte(struct lmp_decoder *d);
uint64_t lmp_dec_size(struct lmp_decoder *d);
const uint8_t *lmp_dec_bytes(struct lmp_decoder *d, uint64_t len);
