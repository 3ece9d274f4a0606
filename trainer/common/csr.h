/* SPDX-License-Identifier: MIT */
/* Sparse rows (CSR): row r is entry[offset[r] .. offset[r + 1]). */
#ifndef TRAINER_COMMON_CSR_H
#define TRAINER_COMMON_CSR_H

#include "trainer.h"

#include <string.h>

typedef struct tr_csr {
    size_t *offset; /* [rows + 2] while it is filled, then [rows + 1] */
    tt_entry *entry;
} tr_csr;

/* Allocates at most `rows` rows with `entries` entries together; 0: no memory. */
int tr_csr_create(tr_csr *csr, size_t rows, size_t entries);
void tr_csr_free(tr_csr *csr);

/* Filling is a counting sort: _begin, _count for each entry, _offsets, then _add for each entry.
 * A row keeps the order in which its entries are added. */
static inline void tr_csr_begin(tr_csr *csr, size_t rows) {
    memset(csr->offset, 0, (rows + 2) * sizeof *csr->offset);
}

static inline void tr_csr_count(tr_csr *csr, uint32_t row) {
    csr->offset[(size_t)row + 2]++;
}

/* Now offset[r + 1] is where row r continues; after the last _add it is where row r ends. */
static inline void tr_csr_offsets(tr_csr *csr, size_t rows) {
    for (size_t r = 2; r <= rows + 1; r++)
        csr->offset[r] += csr->offset[r - 1];
}

static inline void tr_csr_add(tr_csr *csr, uint32_t row, tt_entry entry) {
    csr->entry[csr->offset[(size_t)row + 1]++] = entry;
}

#endif
