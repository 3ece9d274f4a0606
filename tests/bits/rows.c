/* SPDX-License-Identifier: MIT */
/*
 * The digests of tests/interop/embed_rows.c on a target that has no JSON reader: the model is read
 * from the file `model`, rows from `rows` as tests/bits/pack_rows.py writes them.  For each kernel
 * table of the machine a line `digest TABLE VECTORS FEATURES`, or what failed.
 */
#include "digest.h"
#include "print.h"
#include "source.h"
#include "twotower.h"

enum { MAX_ROW = 1 << 20, MAX_TOKENS = 4096, MAX_DIM = 256, MEMORY = 4 << 20, SCRATCH = 1 << 20 };

static struct {
    tt_model model;
    unsigned char *row, *memory, *scratch;
    const unsigned char *at, *end;
    tt_text token[MAX_TOKENS];
    float out[MAX_DIM];
} all;

static uint32_t next32(void) {
    all.at += 4;
    return all.at > all.end ? 0 : tt_load32(all.at - 4);
}

/* The length, the bytes, and a 0 that the length does not count. */
static tt_text next_text(void) {
    uint32_t len = next32();
    const tt_text text = {(const char *)all.at, len};
    all.at += len + 1;
    return text;
}

static tt_status feed(tt_features *features) {
    tt_status status = TT_OK;
    while (all.at < all.end && status == TT_OK) {
        uint32_t kind = next32();
        if (kind == 'i') {
            status = tt_features_item(features, next32());
        } else if (kind == 'n') {
            const tt_text name = next_text();
            tt_features_number(features, name.at, tt_bits_to_float(next32()));
        } else {
            const tt_text name = next_text();
            uint32_t count = next32();
            if (kind != 'l' || count > MAX_TOKENS)
                return TT_ERR_LIMIT;
            for (uint32_t i = 0; i < count; i++)
                all.token[i] = next_text();
            status = tt_features_list(features, name.at, all.token, count);
        }
    }
    tt_features_end(features);
    return all.at == all.end ? status : TT_ERR_TRUNCATED;
}

static tt_status embed_row(const tt_kernels *kernels, uint64_t *vectors, uint64_t *inputs) {
    tt_features features;
    const tt_tower tower = next32() == 'u' ? TT_USER : TT_ITEM;
    tt_features_begin(&features, tt_model_schema(&all.model), tower, all.memory, MEMORY);
    tt_status status = feed(&features);
    if (status != TT_OK)
        return status;
    uint32_t dim = tt_model_dim(&all.model);
    status = tt_embed(&(tt_embedder){&all.model, kernels, tower, all.scratch, SCRATCH}, &features,
                      1, all.out, NULL);
    if (status == TT_ERR_NONFINITE) {
        memset(all.out, 0, dim * sizeof *all.out);
        status = TT_OK;
    }
    digest_floats(vectors, all.out, dim);
    uint64_t digest = tt_features_digest(&features, &all.model, tower);
    digest_word(inputs, (uint32_t)digest);
    digest_word(inputs, (uint32_t)(digest >> 32));
    return status;
}

static const char *run(const char *name, const tt_kernels *kernels) {
    uint64_t vectors = DIGEST_START, inputs = DIGEST_START;
    unsigned char head[4];
    int rows = source_open("rows");
    if (rows < 0)
        return "there is no file 'rows'";
    while (source_read(rows, head, sizeof head) == sizeof head) {
        uint32_t len = tt_load32(head);
        if (len > MAX_ROW || source_read(rows, all.row, len) != len)
            return "a row is cut";
        all.at = all.row;
        all.end = all.row + len;
        tt_status status = embed_row(kernels, &vectors, &inputs);
        if (status != TT_OK)
            return tt_status_text(status);
    }
    print("digest ");
    print(name);
    print_digest(vectors);
    print_digest(inputs);
    print("\n");
    return NULL;
}

/* The model comes first in the room, what else is needed behind it. */
static const char *open_model(void) {
    unsigned char *room = source_room();
    const size_t rest = MAX_ROW + MEMORY + SCRATCH;
    int file = source_open("model");
    size_t len = file < 0 ? 0 : source_read(file, room, SOURCE_ROOM - rest);
    all.row = room + SOURCE_ROOM - rest;
    all.memory = all.row + MAX_ROW;
    all.scratch = all.memory + MEMORY;
    tt_status status = tt_model_read(&all.model, room, len, all.scratch, SCRATCH, NULL);
    if (status != TT_OK)
        return tt_status_text(status);
    return tt_model_dim(&all.model) > MAX_DIM ? "the model is too wide" : NULL;
}

int main(void) {
    const struct {
        const char *name;
        const tt_kernels *kernels;
    } tables[] = {{"c", tt_kernels_c()},
                  {"sse2", tt_kernels_sse2()},
                  {"avx2", tt_kernels_avx2()},
                  {"avx512", tt_kernels_avx512()},
                  {"neon", tt_kernels_neon()}};
    const char *wrong = open_model();
    for (size_t i = 0; i < sizeof tables / sizeof *tables && wrong == NULL; i++)
        wrong = tables[i].kernels ? run(tables[i].name, tables[i].kernels) : NULL;
    if (wrong != NULL) {
        print("failed: ");
        print(wrong);
        print("\n");
    }
    return wrong != NULL;
}
