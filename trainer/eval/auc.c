/* SPDX-License-Identifier: MIT */
#include "eval/eval.h"

#include <math.h> /* NAN only */
#include <stdlib.h>
#include <string.h>

uint32_t tr_score_key(float score) {
    uint32_t bits;
    if (score != score)
        return 0;
    score += 0.0f; /* -0 becomes 0 */
    memcpy(&bits, &score, sizeof bits);
    return bits >> 31 ? ~bits : bits | UINT32_C(0x80000000);
}

static int by_key(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

double tr_auc(uint32_t *positive, size_t positives, uint32_t *negative, size_t negatives) {
    if (!positives || !negatives)
        return NAN;
    qsort(positive, positives, sizeof *positive, by_key);
    qsort(negative, negatives, sizeof *negative, by_key);
    /* Per positive the negatives below it, and those not above it: their sum counts
     * a win twice and a tie once, in whole numbers. */
    uint64_t halves = 0;
    size_t below = 0, not_above = 0;
    for (size_t i = 0; i < positives; i++) {
        while (below < negatives && negative[below] < positive[i])
            below++;
        while (not_above < negatives && negative[not_above] <= positive[i])
            not_above++;
        halves += (uint64_t)below + not_above;
    }
    return (double)halves / (2.0 * (double)positives * (double)negatives);
}
