/* SPDX-License-Identifier: MIT */
/*
 * Golden models: a folder of tests/golden/ for each release.  It holds small models of both
 * recipes, `rows.txt`, which is a script of rows, and `digests`, lines of `sha256  model`
 * over the little-endian embeddings of all rows.
 *
 *   user | item              a row of that tower begins
 *   liked | neutral | disliked   an item of the history opens
 *   list FIELD TOKEN...      tokens of a field
 *   number NAME BITS         a number, the bits of a single in hexadecimal
 */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/load.h"
#include "format/sha256.h"
#include "twotower.h"

enum { GOLDEN_WORDS = 16, GOLDEN_MEMORY = 1 << 16 };

static void golden_need(int holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "golden: %s\n", what);
        abort();
    }
}

/* A whole file, ended by a zero byte. */
static char *golden_file(const char *folder, const char *name, size_t *len) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    golden_need(file != NULL && fseek(file, 0, SEEK_END) == 0, path);
    long size = ftell(file);
    char *bytes = malloc((size_t)size + 1);
    golden_need(size >= 0 && bytes != NULL && fseek(file, 0, SEEK_SET) == 0, path);
    *len = fread(bytes, 1, (size_t)size, file);
    golden_need(*len == (size_t)size, path);
    bytes[*len] = '\0';
    fclose(file);
    return bytes;
}

/* What runs over the rows. */
typedef struct golden {
    const tt_model *model;
    const tt_kernels *kernels;
    sha256 hash;
    tt_features row;
    tt_tower tower;
    int open;
    uint8_t memory[GOLDEN_MEMORY];
} golden;

static void golden_end_row(golden *run) {
    size_t dim = tt_model_dim(run->model), need = tt_scratch_size(run->model, run->tower, 1);
    float *out = malloc(dim * sizeof *out);
    void *scratch = malloc(need);
    golden_need(out != NULL && scratch != NULL, "no memory");
    tt_features_end(&run->row);
    tt_status status = tt_embed(&(tt_embedder){run->model, run->kernels, run->tower, scratch, need},
                                &run->row, 1, out, NULL);
    golden_need(status == TT_OK, tt_status_text(status));
    for (size_t i = 0; i < dim; i++) {
        uint8_t bytes[4];
        tt_store32(bytes, tt_float_to_bits(out[i]));
        sha256_add(&run->hash, bytes, sizeof bytes);
    }
    free(scratch);
    free(out);
    run->open = 0;
}

static void golden_line(golden *run, char *line) {
    static const char *const bags[] = {"liked", "neutral", "disliked"};
    const char *word[GOLDEN_WORDS];
    tt_text tokens[GOLDEN_WORDS];
    uint32_t count = 0;
    tt_status status = TT_OK;
    for (char *at = strtok(line, " "); at != NULL; at = strtok(NULL, " ")) {
        golden_need(count < GOLDEN_WORDS, "too many words");
        tokens[count] = (tt_text){at, strlen(at)};
        word[count++] = at;
    }
    golden_need(count > 0, "an empty line");
    if (strcmp(word[0], "user") == 0 || strcmp(word[0], "item") == 0) {
        if (run->open) {
            golden_end_row(run);
        }
        run->tower = word[0][0] == 'u' ? TT_USER : TT_ITEM;
        run->open = 1;
        tt_features_begin(&run->row, tt_model_schema(run->model), run->tower, run->memory,
                          sizeof run->memory);
    } else if (strcmp(word[0], "list") == 0) {
        status = tt_features_list(&run->row, word[1], tokens + 2, count - 2);
    } else if (strcmp(word[0], "number") == 0) {
        uint32_t bits = (uint32_t)strtoul(word[2], NULL, 16);
        tt_features_number(&run->row, word[1], tt_bits_to_float(bits));
    } else {
        uint32_t bag = 0;
        while (bag < TT_MAX_BAGS && strcmp(word[0], bags[bag]) != 0) {
            bag++;
        }
        status = tt_features_item(&run->row, bag);
    }
    golden_need(status == TT_OK, tt_status_text(status));
}

/* The digest of the embeddings of a folder's rows by one of its models. */
static void golden_digest(const char *folder, const char *name, const tt_kernels *kernels,
                          char hex[SHA256_HEX]) {
    size_t len, rows_len;
    char *bytes = golden_file(folder, name, &len),
         *rows = golden_file(folder, "rows.txt", &rows_len);
    void *scratch = malloc(tt_model_read_size());
    tt_model model;
    tt_error error = {TT_OK, 0, 0};
    golden *run = calloc(1, sizeof *run);
    golden_need(scratch != NULL && run != NULL, "no memory");
    golden_need(tt_model_read(&model, bytes, len, scratch, tt_model_read_size(), &error) == TT_OK,
                tt_status_text(error.status));
    golden_need(tt_model_schema(&model) != NULL, "a golden model has its schema");
    run->model = &model;
    run->kernels = kernels;
    sha256_begin(&run->hash);
    for (char *line = rows, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        golden_need(end != NULL, "rows.txt ends inside a line");
        *end = '\0';
        golden_line(run, line);
    }
    golden_end_row(run);
    sha256_end(&run->hash, hex);
    free(run);
    free(scratch);
    free(rows);
    free(bytes);
}

#endif
