/* SPDX-License-Identifier: MIT */
#include "common/csr.h"

#include <stdlib.h>

int tr_csr_create(tr_csr *csr, size_t rows, size_t entries) {
    csr->offset = malloc((rows + 2) * sizeof *csr->offset);
    csr->entry = malloc((entries + 1) * sizeof *csr->entry);
    return csr->offset && csr->entry;
}

void tr_csr_free(tr_csr *csr) {
    free(csr->offset);
    free(csr->entry);
    memset(csr, 0, sizeof *csr);
}
