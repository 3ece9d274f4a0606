/* SPDX-License-Identifier: MIT */
/* Embeds one video from a model in flash, which is neither copied nor unpacked: only the rows that
 * the video names are read.  Prints the FNV-1a (64 bits) of the embedding and that of the
 * features, the same digits as on every other target. */
#include "target.h"
#include "twotower.h"

extern const unsigned char model_begin[], model_end[]; /* model.S */

enum { SCRATCH = 12 * 1024, MEMORY = 4 * 1024, DIM = 128 };

/* A row of the catalogue as a device may hold it: names of fields, and their tokens. */
typedef struct record_field {
    const char *name, *token[4];
} record_field;

static const record_field record[] = {
    {"id", {"a-video"}},
    {"tags", {"comedy", "drama", "heist"}},
    {"performers", {"Ada Quill", "Bo Marsh"}},
    {"maker", {"Kestrel Pictures"}},
    {"product_released_at", {"2021-05-09"}},
};

static size_t length(const char *text) {
    size_t len = 0;
    while (text[len] != '\0')
        len++;
    return len;
}

static void print(const char *text) {
    target_print(text, length(text));
}

static void print_digest(uint64_t digest) {
    char text[17];
    for (int i = 0; i < 16; i++)
        text[i] = "0123456789abcdef"[digest >> (60 - 4 * i) & 15];
    text[16] = '\n';
    target_print(text, sizeof text);
}

/* FNV-1a over the numbers' bytes, the lowest first. */
static uint64_t digest_of(const float *value, uint32_t count) {
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < count; i++) {
        union {
            float number;
            uint32_t bits;
        } one = {value[i]};
        for (int shift = 0; shift < 32; shift += 8)
            digest = (digest ^ (one.bits >> shift & 255)) * UINT64_C(0x100000001b3);
    }
    return digest;
}

static tt_status encode(tt_features *features) {
    for (size_t i = 0; i < sizeof record / sizeof *record; i++) {
        tt_text token[4];
        size_t count = 0;
        for (; count < 4 && record[i].token[count] != NULL; count++)
            token[count] = (tt_text){record[i].token[count], length(record[i].token[count])};
        tt_status status = tt_features_list(features, record[i].name, token, count);
        if (status != TT_OK)
            return status;
    }
    tt_features_end(features);
    return TT_OK;
}

int main(void) {
    static tt_model model;
    static tt_features features;
    static uint64_t scratch[SCRATCH / sizeof(uint64_t)], memory[MEMORY / sizeof(uint64_t)];
    static float out[DIM];
    const tt_embedder embedder = {&model, tt_kernels_c(), TT_ITEM, scratch, sizeof scratch};
    tt_status status = tt_model_read(&model, model_begin, (size_t)(model_end - model_begin),
                                     scratch, sizeof scratch, NULL);
    if (status == TT_OK && (!tt_model_schema(&model) || tt_model_dim(&model) > DIM ||
                            tt_scratch_size(&model, TT_ITEM, 1) > sizeof scratch))
        status = TT_ERR_LIMIT;
    if (status == TT_OK) {
        tt_features_begin(&features, tt_model_schema(&model), TT_ITEM, memory, sizeof memory);
        status = encode(&features);
    }
    if (status == TT_OK)
        status = tt_embed(&embedder, &features, 1, out, NULL);
    if (status != TT_OK) {
        print(tt_status_text(status));
        print("\n");
        return 1;
    }
    print_digest(digest_of(out, tt_model_dim(&model)));
    print_digest(tt_features_digest(&features, &model, TT_ITEM));
    return 0;
}
