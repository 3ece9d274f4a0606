/* SPDX-License-Identifier: MIT */
/* The weights of a user tower, out of the bytes of an ONNX file that twotower wrote. */
#ifndef TOOLS_REPORT_WEIGHTS_H
#define TOOLS_REPORT_WEIGHTS_H

#include "serving/model_file.h"

typedef struct report_weights {
    uint16_t *table; /* [rows][width] halves in host order */
    uint32_t rows, width;
    tt_tower_weights user; /* its layers point into `owned` */
    uint16_t *owned[6];
} report_weights;

/* 1, or 0 where the model has another form (a plain MLP, another maker's).  The file has been
 * read by the core: lengths are checked again all the same. */
int report_weights_read(report_weights *made, const model_file *model);
void report_weights_free(report_weights *weights);

#endif
