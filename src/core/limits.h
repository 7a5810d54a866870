// What the machine and the control group allow.
#pragma once
#include <stdint.h>

uint64_t mp_memory_limit(void);   // bytes: the least of physical memory, cgroup v2 and cgroup v1
