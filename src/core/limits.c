#include "limits.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// "max" and files that are not there limit nothing.
static uint64_t read_limit(const char *path)
{
    char text[64] = "";
    FILE *f = fopen(path, "re");
    if (!f) return UINT64_MAX;
    bool read = fgets(text, sizeof text, f) != NULL;
    fclose(f);
    if (!read || text[0] < '0' || text[0] > '9') return UINT64_MAX;
    return strtoull(text, NULL, 10);
}

// A group is limited by its ancestors too.
static uint64_t limit_of_group(const char *root, char *group, const char *file)
{
    uint64_t limit = UINT64_MAX;
    for (;;) {
        char path[1024];
        int n = snprintf(path, sizeof path, "%s%s/%s", root, group, file);
        if (n > 0 && (size_t)n < sizeof path) limit = least(limit, read_limit(path));
        char *slash = strrchr(group, '/');
        if (!slash) return limit;
        *slash = '\0';
    }
}

static uint64_t cgroup_limit(void)
{
    uint64_t limit = UINT64_MAX;
    char line[768];
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (!f) return limit;
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = '\0';
        if (controllers[1] == '\0') {
            limit = least(limit, limit_of_group("/sys/fs/cgroup", group, "memory.max"));
        } else if (strstr(controllers, "memory")) {
            limit = least(limit, limit_of_group("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
        }
    }
    fclose(f);
    return limit;
}

uint64_t mp_memory_limit(void)
{
    struct sysinfo info;
    uint64_t ram = UINT64_C(1) << 30;
    if (sysinfo(&info) == 0) ram = (uint64_t)info.totalram * info.mem_unit;
    return least(ram, cgroup_limit());
}
