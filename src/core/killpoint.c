#include "killpoint.h"

#ifdef MP_TESTING
#include <signal.h>
#include <stddef.h>

_Thread_local long mp_killpoint_left, mp_failpoint_left;
bool mp_failpoint_lasts;
const char *mp_killpoint_name;
void (*mp_killpoint_action)(void);

void mp_killpoint_hit(const char *name)
{
    mp_killpoint_name = name;
    if (mp_killpoint_action) {
        mp_killpoint_action();
    } else {
        raise(SIGKILL);
    }
}
#else
typedef int mp_no_killpoints;   // a file needs something
#endif
