/* SPDX-License-Identifier: MIT */
/* Rows become embeddings: the encoder and one tower of a model with the memory
 * they need. */
#ifndef TOOLS_SERVING_EMBEDDER_H
#define TOOLS_SERVING_EMBEDDER_H

#include "trainer.h"

#include <jansson.h>

/* What a model knows of one field of the videos that were encoded. */
typedef struct field_tokens {
    uint64_t known, unknown;
    char example[40]; /* the first video of an unknown one */
} field_tokens;

typedef struct embedder {
    const tt_model *model;
    tt_tower tower;
    tt_features features;                                 /* of the last row */
    uint64_t rows, without, tokens_known, tokens_unknown; /* of those that were embedded */
    uint64_t unknown_rows;         /* of these, rows that gave tokens of which none is known */
    field_tokens field[TR_FIELDS]; /* of items */
    tt_status _encoded;            /* what became of the last row */
    tt_embedder _embedder;
    void *_memory;
    size_t _memory_size;
} embedder;

/* Fails with TW_INPUT where the model has no such tower or no schema. `path` is
 * for the message. */
int embedder_open(embedder *rows, const tt_model *model, tt_tower tower, const char *path);
void embedder_close(embedder *rows);

/* out [dim], unit length.  *made is 0 where the row has no embedding (a zero
 * norm); out is then zero. */
int embedder_item(embedder *rows, const tr_item *item, float *out, int *made);
int embedder_user(embedder *rows, const tr_user *user, const tr_item *items, float *out, int *made);

/* The first half of embedder_item, after which embedder_digest tells whether the second one is
 * worth while, and the second. 0: the row cannot be encoded, and embedder_embed says why. */
int embedder_encode(embedder *rows, const tr_item *item);
int embedder_embed(embedder *rows, float *out, int *made);

/* The share of unknown tokens from which a field is not the one that the model was trained on, and
 * how many tokens such a judgement needs. */
#define FIELD_UNKNOWN_SHARE 0.95
enum { FIELD_TOKENS = 20 };
/* Fails with TW_INPUT (`strict`), or warns, where a field is such a one. */
int embedder_judge_fields(const embedder *rows, int strict, const char *source);
/* {"tags": {"known", "unknown"}, ...} */
json_t *embedder_fields(const embedder *rows);

/* 16 hexadecimal digits over the features of the last row: equal inputs have
 * equal digests under one model (FNV-1a, 64 bits). */
void embedder_digest(const embedder *rows, char digest[17]);

#endif
