/* SPDX-License-Identifier: MIT */
/* The numbers that the page computes with, as bytes beside its JSON. */
#ifndef TOOLS_REPORT_VECTORS_H
#define TOOLS_REPORT_VECTORS_H

#include "format/bytes.h"
#include "report/report.h"

/* Rows of numbers as one signed byte each, row i being scale[i] * bytes: all scales as
 * little-endian floats, then [rows][dim] bytes.
 *
 * Appends the embeddings of the users and videos shown; the result says where:
 * {users, items}. */
json_t *report_vectors(bytes *to, const report *of, const report_run *run);

/* What a made-up user needs, in at most `most` bytes: for the first `items` videos shown, the sum
 * of their rows in a user's bag, and a user tower (ONNX) over a table of identity, which takes such
 * sums.  {table, items, onnx, onnx_bytes, numerics} or null: the model has another form, or
 * too little room. */
int report_made_up(json_t **made, bytes *to, const report *of, const report_run *run, size_t most);

#endif
