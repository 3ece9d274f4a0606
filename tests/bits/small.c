/* SPDX-License-Identifier: MIT */
/*
 * The reader of a small build: it takes what the writer makes and refuses everything else, other
 * makers' files, files that lost their end, and files with a byte changed in a node or a bound.
 * small OTHER.onnx ... prints TAP.
 */
#include "inner.h"
#include "make.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const shape shapes[] = {{TT_RECIPE_SHARED, PLAIN, 8, 6, 5, 12, 0},
                               {TT_RECIPE_SHARED, PLAIN, 3, 0, 4, 9, 0},
                               {TT_RECIPE_MLP, PLAIN, 0, 5, 7, 9, 0}};
enum { SHAPES = sizeof shapes / sizeof *shapes };

static made file;
static tt_model model;
static uint64_t scratch[TT_READ_SIZE / sizeof(uint64_t)];
static int tests, failures;

static void report(int good, const char *what, const char *which) {
    tests++;
    failures += !good;
    printf("%s %d - %s%s\n", good ? "ok" : "not ok", tests, what, which);
}

/* Reads a copy that ends where its memory ends, so that a sanitizer sees a read behind it. */
static tt_status read_copy(const uint8_t *bytes, size_t len) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    tt_error error = {TT_OK, 0, 0};
    if (copy == NULL)
        exit(1);
    memcpy(copy, bytes, len);
    tt_status status = tt_model_read(&model, copy, len, scratch, sizeof scratch, &error);
    int placed = status == TT_OK || (error.status == status && error.offset <= len);
    free(copy);
    return placed ? status : TT_OK;
}

static void truncated(void) {
    int good = 1;
    for (size_t len = 0; len < file.len; len += 1 + len / 97)
        good &= read_copy(file.bytes, len) != TT_OK;
    good &= read_copy(file.bytes, file.len - 1) != TT_OK;
    report(good, "a file that lost its end is refused", "");
}

/* Where the graph begins and its tensors of weights begin: nodes and bounds lie between. */
static void changed(void) {
    tt_wire wire = {file.bytes, 0, (uint32_t)file.len, (uint32_t)file.len};
    tt_wire_field field;
    int good = 1;
    do
        good &= tt_wire_next(&wire, &field) == TT_OK;
    while (good && field.number != 7);
    wire = tt_wire_open(&wire, &field);
    while (good && wire.at < wire.end) {
        good &= tt_wire_next(&wire, &field) == TT_OK;
        int node = field.number == 1;
        for (uint32_t at = field.offset; at < wire.at; at++) {
            uint8_t kept = file.bytes[at];
            file.bytes[at] = (uint8_t)(kept ^ 1 << at % 8);
            tt_status status = read_copy(file.bytes, file.len);
            if (node && status == TT_OK) {
                good = 0;
                printf("# byte %u of a node may change\n", (unsigned)at);
            }
            file.bytes[at] = kept;
            at += node ? 0 : (wire.at - field.offset) / 200; /* weights: some of them */
        }
    }
    report(good, "a file with a byte changed is read within its bytes, or refused", "");
}

/* Every byte of the layout counts. */
static void layout_changed(void) {
    static const char key[] = "twotower.layout";
    size_t at = 0, good = 1;
    while (at + 64 < file.len && memcmp(file.bytes + at, key, sizeof key - 1) != 0)
        at++;
    at += sizeof key - 1; /* then the field and the length of the value */
    size_t len = file.bytes[at + 1];
    for (size_t i = at + 2; i < at + 2 + len; i++) {
        uint8_t kept = file.bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            file.bytes[i] = (uint8_t)(kept ^ 1 << bit);
            good &= read_copy(file.bytes, file.len) != TT_OK;
        }
        file.bytes[i] = kept;
    }
    report(good && len > 20 && len < 128 && read_copy(file.bytes, file.len) == TT_OK,
           "a file with a byte of its layout changed is refused", "");
}

static void other(const char *path) {
    size_t len = 0;
    FILE *from = fopen(path, "rb");
    if (from != NULL) {
        len = fread(file.bytes, 1, sizeof file.bytes, from);
        fclose(from);
    }
    report(len > 0 && read_copy(file.bytes, len) != TT_OK, "refused: ", path);
}

int main(int argc, char **argv) {
    for (int s = 0; s < SHAPES; s++) {
        report(make_model(&shapes[s], &file) == TT_OK && read_copy(file.bytes, file.len) == TT_OK &&
                   tt_model_read_size() < 2048,
               "a file of the writer is read", "");
        truncated();
        changed();
        layout_changed();
    }
    for (int i = 1; i < argc; i++)
        other(argv[i]);
    printf("1..%d\n", tests);
    return failures != 0;
}
