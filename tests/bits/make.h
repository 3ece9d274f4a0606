/* SPDX-License-Identifier: MIT */
/* The models and rows of the work. */
#ifndef BITS_MAKE_H
#define BITS_MAKE_H

#include "twotower.h"

/* Which weights a model gets. */
typedef enum weights {
    PLAIN,  /* of ordinary sizes */
    TINY,   /* subnormal halves; the first output has numbers, the others bags only */
    EXTREME /* the largest halves, the smallest, ones and zeros */
} weights;

typedef struct shape {
    tt_recipe recipe;
    weights kind;
    uint32_t width, hidden, out; /* of a plain MLP the width is that of its hidden layer */
    uint32_t ids;
    uint32_t rows; /* embedded with each tower */
} shape;

enum { MAKE_FILE = 160 * 1024, MAKE_TOKENS = 6, MAKE_NUMERICS = 4 };

/* A model file. */
typedef struct made {
    uint8_t bytes[MAKE_FILE];
    size_t len;
} made;

/* Writes the model of a shape. */
TT_MUST_USE tt_status make_model(const shape *of, made *file);

/* Gives the fields of an item that `state` draws to the encoder. */
TT_MUST_USE tt_status make_item(tt_features *features, const shape *of, uint32_t *state);

/* A whole row: an item, or the history and numbers of a user. */
TT_MUST_USE tt_status make_row(tt_features *features, const tt_schema *schema, tt_tower tower,
                               const shape *of, uint32_t *state, void *memory, size_t size);

#endif
