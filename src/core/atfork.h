// Handlers that libraries registered with pthread_atfork. A raw clone does not run them, so we do.
#pragma once

void mp_atfork_prepare(void);
void mp_atfork_parent(void);
void mp_atfork_child(void);
