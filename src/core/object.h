// Objects: what Lua code holds, sends and waits for.
//
// State:     references = slots that have a handle + messages and objects that mention it.
// Invariant: an object is in at least one of: a handle table, a message, another object, a condemned list.
// Death:     the monitor closes the handles of the dead; the last reference gone condemns the object.
#pragma once
#include "arena.h"

struct mp_slot;
struct mp_handle;
struct mp_waitlist;
struct mp_fsck;

enum mp_object_kind {
    MP_NONE,
    MP_PROCESS,
    MP_THREAD,
    MP_QUEUE,
    MP_CONNECTION,
    MP_EVENT,
    MP_LOCK,
    MP_RLOCK,
    MP_SEMAPHORE,
    MP_CONDITION,
    MP_BARRIER,
    MP_VALUE,
    MP_ARRAY,
    MP_BUFFER,
    MP_TABLE,
    MP_MANAGER,
    MP_KINDS
};

struct mp_obj {
    struct mp_latch latch;   // of the references, and of what else the kind says
    uint16_t kind;
    uint16_t aux;      // reserved for tools that watch objects
    uint64_t refs;
    uint64_t next;     // condemned list
    uint64_t name;     // ref of a string block, 0: called by kind and serial number
    uint64_t serial;   // the low 40 bits; above them its place among the suspects
    uint64_t scope;    // ref of the manager that it belongs to, counted; 0: none
};

struct mp_string {
    uint64_t length;
    char bytes[];
};

struct mp_kind {
    const char *name;
    size_t size;
    bool (*ready)(const struct mp_obj *obj);           // would a wait for it end now? Read without latch
    // Instead of `ready`, where that depends on who asks or since when: what a wait begins with, and would it end now?
    uint64_t (*begin)(const struct mp_obj *obj, const struct mp_handle *mine);
    bool (*ready_since)(const struct mp_obj *obj, uint64_t begin);
    // Where those who wait for that are. NULL, as what it gives: it is not waited for by mp_wait_any
    struct mp_waitlist *(*list)(struct mp_obj *obj);
    void (*check)(struct mp_fsck *fsck, struct mp_obj *obj);   // names to fsck all that it holds
    // What a handle of a slot that is given up still holds goes back; NULL: it holds nothing. No latch held
    void (*give_back)(struct mp_obj *obj, struct mp_handle *held, uint64_t slot);
    bool lent;   // what a handle holds goes back as soon as Lua forgets the object, not only when its process ends
    bool (*dismantle)(struct mp_obj *obj);   // gives back a batch of what it holds; true: all is back
    uint64_t (*holds)(const struct mp_obj *obj);   // places for references to any object; NULL: it has none
};

const struct mp_kind *mp_kind_of(const struct mp_obj *obj);
extern const struct mp_kind mp_process_kind, mp_thread_kind, mp_queue_kind, mp_connection_kind, mp_event_kind,
    mp_lock_kind;
extern const struct mp_kind mp_rlock_kind, mp_semaphore_kind, mp_condition_kind, mp_barrier_kind, mp_value_kind;
extern const struct mp_kind mp_array_kind, mp_buffer_kind, mp_table_kind, mp_manager_kind;

// Makes an object that only this process can see, zeroed but for its header; it is on the in-flight list. 0, ENOMEM
int mp_object_new(enum mp_object_kind kind, const char *name, size_t length, struct mp_obj **made);
int mp_object_publish(struct mp_obj *obj, uint32_t *handle);   // 0, ENOMEM: then it is still in flight
void mp_object_discard(struct mp_obj *obj);   // one that was not published

bool mp_object_closed(const struct mp_obj *obj);   // with its manager: whoever waits for it gives up. In manager.c
uint64_t mp_object_serial(const struct mp_obj *obj);   // of its kind
uint64_t mp_object_count(enum mp_object_kind kind);   // of this kind in the arena
// "queue 'jobs'" or "queue-3" into text; returns text
const char *mp_object_describe(const struct mp_obj *obj, char *text, size_t size);
// Of a copy of what may be no object any more: can it be described?
bool mp_object_is_sane(const struct mp_obj *copy);

// Takes apart what has no reference any more. Never with a latch held.
void mp_dismantle_condemned(void);

void mp_tx_landed(struct mp_obj *obj);   // 1 store: a new one that something else refers to is no more in flight

// Inside a transaction that holds obj's latch.
void mp_tx_ref(struct mp_obj *obj);   // 1 store
void mp_tx_unref(struct mp_obj *obj);   // 3 stores

void mp_free_held(uint64_t *field);   // frees the block that a field names and sets it to 0. No latch held
// A field of an object that counts as a reference to another one. No latch held.
void mp_hold_object(uint64_t *field, struct mp_obj *obj);
void mp_drop_object(uint64_t *field);
