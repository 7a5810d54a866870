// Handlers that libraries registered with pthread_atfork. A raw clone does not run them, so we do.
#pragma once

// From here on a child of fork itself, such as a C module makes, is kept out of the core: it has its maker's slot, but is
// not its owner. mp_self.stranger tells it. What it would do inside ends it, with a message.
void mp_atfork_watch(void);
_Noreturn void mp_stranger_end(void);

void mp_atfork_prepare(void);
void mp_atfork_parent(void);
void mp_atfork_child(void);
