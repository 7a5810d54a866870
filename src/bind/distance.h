// How far two names are apart, to guess which one was meant.
#pragma once

// How many letters must be changed, added, removed to make b of a; two that changed places count as two. Names of more
// than 40 letters are as far apart as can be: 40.
int lmp_distance(const char *a, const char *b);

// What users of other libraries may call something; ends with a row of NULLs.
extern const struct lmp_synonym {
    const char *word, *meaning;
} lmp_synonyms[];
