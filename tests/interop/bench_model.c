/* SPDX-License-Identifier: MIT */
/*
 * bench_model DIR writes what tests/bench.sh measures: DIR/item.onnx, an item tower
 * 21671 -> 512 -> 128 in half precision, and two catalogues of 100,000 rows of 24
 * features, DIR/uni and DIR/zipf (.off and .idx int32, .val float32).
 */
#include "base/fail.h"
#include "base/output.h"
#include "twotower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FEATURES = 21671, HIDDEN = 512, OUT = 128, ROWS = 100000, ENTRIES = 24 };

static uint64_t state = 1;

static uint32_t draw(uint32_t below) { /* Knuth's MMIX generator */
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static uint16_t *halves(size_t count, float size) {
    uint16_t *half = xmalloc(count * sizeof *half);
    for (size_t i = 0; i < count; i++)
        half[i] = tt_half_from_float(size * ((float)draw(2001) / 1000 - 1));
    return half;
}

static int sink(void *file, const void *bytes, size_t len) {
    return fwrite(bytes, 1, len, file) != len;
}

static FILE *create(const char *folder, const char *name) {
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        fail_errno("write", path);
    free(path);
    return file;
}

static int write_model(const char *folder) {
    uint16_t *first = halves((size_t)FEATURES * HIDDEN, 0.007f), *bias = halves(HIDDEN, 0.007f),
             *second = halves((size_t)HIDDEN * OUT, 0.04f);
    const tt_tower_weights tower = {.bags = 1,
                                    .hidden = HIDDEN,
                                    .out = OUT,
                                    .first = {first, bias},
                                    .second = {second, bias},
                                    .rows = FEATURES};
    const tt_weights weights = {.tower = {NULL, &tower}, .producer_version = "bench"};
    FILE *file = create(folder, "item.onnx");
    int status = file ? 0 : TW_IO;
    if (file && tt_model_write(&weights, sink, file) != TT_OK)
        status = fail(TW_IO, "item.onnx cannot be written");
    if (file && fclose(file))
        status = fail(TW_IO, "item.onnx cannot be written");
    free(first);
    free(bias);
    free(second);
    return status;
}

/* Evenly, or by Zipf's law of exponent 1, scattered over the table. */
static uint32_t feature(int zipf) {
    uint32_t octave = draw(14);
    if (!zipf)
        return draw(FEATURES);
    return ((1u << octave) + draw(1u << octave)) * 7919 % FEATURES;
}

static void put(FILE *file, uint32_t word) {
    for (int b = 0; b < 4; b++)
        putc((int)(word >> 8 * b & 0xff), file);
}

static void put_row(FILE *file, int zipf) {
    uint32_t held[ENTRIES], n = 0;
    while (n < ENTRIES) {
        uint32_t one = feature(zipf), known = 0;
        for (uint32_t i = 0; i < n; i++)
            known |= held[i] == one;
        held[n] = one;
        n += !known;
    }
    for (uint32_t i = 0; i < n; i++)
        put(file, held[i]);
}

static int write_catalogue(const char *folder, const char *name, int zipf) {
    static const char *const end[] = {"off", "idx", "val"};
    int status = 0;
    for (int part = 0; !status && part < 3; part++) {
        char *path = xasprintf("%s.%s", name, end[part]);
        FILE *file = create(folder, path);
        for (uint32_t r = 0; file && r < ROWS; r++)
            if (part == 0)
                put(file, r * ENTRIES);
            else if (part == 1)
                put_row(file, zipf);
            else
                for (int i = 0; i < ENTRIES; i++)
                    put(file, 0x3f800000); /* 1.0f */
        if (file && part == 0)
            put(file, ROWS * ENTRIES);
        if (!file || fclose(file))
            status = fail(TW_IO, "%s cannot be written", path);
        free(path);
    }
    return status;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: bench_model DIR\n", stderr);
        return TW_USAGE;
    }
    int status = output_make_folders(argv[1]);
    if (!status)
        status = write_model(argv[1]);
    if (!status)
        status = write_catalogue(argv[1], "uni", 0);
    if (!status)
        status = write_catalogue(argv[1], "zipf", 1);
    if (status)
        fprintf(stderr, "bench_model: %s\n", fail_text());
    return status;
}
