// How messages name a process or thread.
#include <stdio.h>

#include "process.h"
#include "slot.h"

// What tells it from others of its kind; its length is in *length.
static const char *name_of(const struct mp_process *p, char number[24], int *length)
{
    const struct mp_string *name = p->obj.name ? mp_ptr(p->obj.name) : NULL;
    if (name) {
        *length = (int)(name->length < 60 ? name->length : 60);
        return name->bytes;
    }
    const char *kind = mp_kind_of(&p->obj)->name;
    *length = snprintf(number, 24, "%s-%llu", kind, (unsigned long long)mp_object_serial(&p->obj));
    return number;
}

const char *mp_process_describe(const struct mp_process *p, char *text, size_t size)
{
    char number[24];
    int length;
    const char *name = name_of(p, number, &length);
    snprintf(text, size, "%s%.*s", p->obj.name ? "process " : "", length, name);
    return text;
}

static void describe_thread(const struct mp_process *process, const struct mp_process *t, char *text, size_t size)
{
    char numbers[2][24];
    int lengths[2];
    const char *names[] = {name_of(process, numbers[0], &lengths[0]), name_of(t, numbers[1], &lengths[1])};
    snprintf(text, size, "thread %.*s/%.*s", lengths[0], names[0], lengths[1], names[1]);
}

const char *mp_process_title(const struct mp_slot *slot, char *text, size_t size)
{
    const struct mp_slot *leader = mp_slot_of_process(slot);
    snprintf(text, size, "a process");
    if (!slot->process || !leader->process) return text;
    if (leader == slot) return mp_process_describe(mp_ptr(slot->process), text, size);
    describe_thread(mp_ptr(leader->process), mp_ptr(slot->process), text, size);
    return text;
}
