// At most 2 stores in a transaction.
#include "bytes.h"

#include <errno.h>
#include <string.h>

#include "heap.h"
#include "tx.h"

// Megabytes take their time: no latch is held meanwhile.
int mp_bytes_new(uint64_t *field, uint64_t n, uint64_t size)
{
    if (n == 0) return 0;
    if (n > mp_arena_limit() / size) return ENOMEM;
    mp_ref ref;
    int place, err = mp_alloc(n * size, &ref, &place);
    if (err) return err;
    memset(mp_ptr(ref), 0, n * size);
    mp_tx(field, ref);
    mp_tx_inflight(place, 0);
    mp_commit();
    return 0;
}
