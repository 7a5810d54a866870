// What goes into tables and comes out of them.
// At most 6 stores in a transaction.
#include "table_parts.h"

void mp_tx_datum(struct mp_datum *to, const struct mp_datum *d)
{
    TX(to->tag, d->tag);
    TX(to->word, d->word);
}

void mp_table_own(struct mp_table *t, struct mp_datum *d)
{
    enum mp_datum_kind kind = mp_datum_kind(d);
    if (kind != MP_BLOB && kind != MP_REFERENCE) return;
    d->tag = kind | atomic_load_explicit(&t->version, memory_order_relaxed) << 8;
    if (kind == MP_BLOB) ((struct mp_msg *)mp_ptr(d->word))->guard = mp_offset(&t->guard);
}

void mp_tx_store(struct mp_table *t, struct mp_datum *to, struct mp_value *value)
{
    mp_table_own(t, &value->datum);
    mp_tx_datum(to, &value->datum);
    if (value->place >= 0) mp_tx_inflight(value->place, 0);
    value->place = -1;
}

static void tx_borrow(uint64_t ref, int *place)
{
    struct mp_msg *msg = mp_ptr(ref);
    *place = mp_inflight_place();
    TX(msg->borrowers, msg->borrowers + 1);
    mp_tx_inflight(*place, (uint64_t)MP_BORROWED << 32 | ref);
}

void mp_tx_evict(const struct mp_datum *from, int *place)
{
    *place = -1;
    if (mp_datum_kind(from) == MP_REFERENCE) {
        *place = mp_inflight_place();
        mp_tx_inflight(*place, (uint64_t)MP_COUNTED << 32 | from->word);
    } else if (mp_datum_kind(from) == MP_BLOB) {
        tx_borrow(from->word, place);
        TX(((struct mp_msg *)mp_ptr(from->word))->orphan, 1);
    }
}

void mp_got_evicted(struct mp_got *got, const struct mp_datum *d, int place)
{
    got->datum = *d;
    got->place = -1;
    got->item.block = 0;
    if (mp_datum_kind(d) == MP_REFERENCE) got->place = place;
    if (mp_datum_kind(d) != MP_BLOB) return;
    got->item.block = (mp_ref)d->word;
    got->item.place = place;
    got->item.view = mp_message_view(mp_ptr(d->word));
}

// A small message that mentions nothing is copied: that is cheaper than a loan.
static void read_blob(struct mp_item *item, uint64_t ref)
{
    const struct mp_msg *msg = mp_ptr(ref);
    item->view = mp_message_view(msg);
    if (msg->length <= MP_INLINE_MAX && msg->nrefs == 0) {
        memcpy(item->small, msg->bytes, msg->length);
        item->view.data = item->small;
        return;
    }
    tx_borrow(ref, &item->place);
    mp_commit();
    item->block = (mp_ref)ref;
}

void mp_got_read(const struct mp_datum *d, bool take, struct mp_got *got)
{
    got->datum = d ? *d : (struct mp_datum){MP_NIL, 0};
    got->place = -1;
    got->item.block = 0;
    if (mp_datum_kind(&got->datum) == MP_BLOB) read_blob(&got->item, d->word);
    if (mp_datum_kind(&got->datum) == MP_REFERENCE && take) mp_reference_take(mp_ptr(d->word), &got->place);
}
