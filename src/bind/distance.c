#include "bind/distance.h"

#include <string.h>

static int minimum(int a, int b, int c)
{
    int least = a < b ? a : b;
    return least < c ? least : c;
}

enum { NAME_MAX_LENGTH = 40 };

int lmp_distance(const char *a, const char *b)
{
    int row[NAME_MAX_LENGTH + 1], n = (int)strlen(b);
    if (strlen(a) > NAME_MAX_LENGTH || n > NAME_MAX_LENGTH) return NAME_MAX_LENGTH;
    for (int j = 0; j <= n; j++) row[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = minimum(changed, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[n];
}
