// How far two names are apart, to guess which one was meant.
#pragma once

// How many letters must be changed, added, removed to make b of a; two that changed places count as two. Names of more
// than 40 letters are as far apart as can be: 40.
int lmp_distance(const char *a, const char *b);
