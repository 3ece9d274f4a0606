/* SPDX-License-Identifier: MIT */
/* The parts of an ONNX file that both of its written forms have.  Names are a
 * prefix and a rest; messages stay open until tt_put_close. */
#ifndef TT_ONNX_PUT_H
#define TT_ONNX_PUT_H

#include "inner.h"

/* The property that holds the layout, and FNV-1a of 32 bits, by which it knows the nodes. */
#define TT_LAYOUT_KEY "twotower.layout"
#define TT_NODES_HASH 0x811c9dc5
uint32_t tt_nodes_hash(uint32_t hash, const uint8_t *bytes, size_t len);

/* ir_version, producer, opset 13. */
void tt_put_header(tt_put *put, const char *producer_version);

/* Opens a node of one output; inputs and attributes may follow. */
void tt_put_node(tt_put *put, const char *op, const char *prefix, const char *output);
void tt_put_input(tt_put *put, const char *prefix, const char *name);
void tt_put_attribute(tt_put *put, const char *name, uint64_t value);

/* Whole nodes: a Cast to float32, and `from` -> `norm`, `embedding`. */
void tt_put_cast(tt_put *put, const char *prefix, const char *from, const char *to);
void tt_put_norm(tt_put *put, const char *prefix, const char *from);

/* An initializer of INT64 [1]. */
void tt_put_int64(tt_put *put, const char *prefix, const char *name, uint64_t value);

/* A ValueInfoProto in graph field 11 (input) or 12 (output), its dimensions
 * between: a name, or a size. */
void tt_put_info_open(tt_put *put, uint32_t field, const char *prefix, const char *name,
                      uint32_t type);
void tt_put_dim(tt_put *put, const char *name, uint64_t size);
void tt_put_info_close(tt_put *put);

#endif
