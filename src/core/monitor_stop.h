// How the monitor stops when the terminal tells the family to.
#pragma once

void mp_monitor_stop_last(void);   // from now on, at SIGTSTP; not where that was ignored
