// The process that the user starts: parent of the family. It knows no Lua.
#pragma once
#include "arena.h"

// Forks the first process of the family, named "main", and returns in it: true. In the monitor it stays until the
// family has ended, and then ends as the first process did; returns false only when there is no process to be had.
bool mp_monitor_start(int *err);
