/* SPDX-License-Identifier: MIT */
/* Valid inputs with each feature once, for fuzzers to change: `seeds model DIR` writes the forms of
 * ONNX, `seeds parquet DIR` each type flat, nullable and in lists, over one page and many, and
 * `seeds csv DIR` what a row may look like.  Other targets have none. */
#include "base/fail.h"
#include "format/parquet_writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "onnx_forms.h"

static const char *folder;

static void die(const char *what) {
    fprintf(stderr, "seeds: %s: %s\n", what, fail_text());
    exit(1);
}

static char *seed_path(const char *kind, size_t number) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/seed_%s_%02zu", folder, kind, number);
    return path;
}

static void put_seed(const char *kind, size_t number, const void *at, size_t len) {
    FILE *file = fopen(seed_path(kind, number), "wb");
    if (file == NULL || fwrite(at, 1, len, file) != len || fclose(file) != 0)
        die("cannot be written");
}

/* ---- Models -------------------------------------------------------------------------- */

static void put_model(const char *kind, size_t number, const char *text) {
    static uint8_t file[8192];
    struct coder coder = {text, file, 0, SIZE_MAX};
    put_fields(&coder);
    put_seed(kind, number, file, coder.len);
}

static void put_models(void) {
    char text[4096];
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        form_text(text, sizeof text, i);
        put_model("form", i, text);
    }
    for (size_t i = 0; i < ACTIVATIONS; i++) {
        memcpy(text, base, sizeof base);
        replace(text, sizeof text, ACTIVE, activations[i]);
        put_model("activation", i, text);
    }
}

/* ---- Parquet ------------------------------------------------------------------------- */

enum { SHAPES = 3, COLUMNS = SHAPES * (PARQUET_INSTANT + 1) };

static void put_value(parquet_writer *writer, int column, parquet_type type, uint32_t row) {
    static const char *const texts[] = {"", "v1", "\xc3\xa9",
                                        "a longer text, of more than a block"};
    if (type == PARQUET_STRING)
        parquet_put_text(writer, column, (tt_text){texts[row % 4], strlen(texts[row % 4])});
    else if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
        parquet_put_number(writer, column, (double)row / 4 - 1);
    else
        parquet_put_int(writer, column, (int64_t)row - 1);
}

/* Columns go flat, nullable, list, and so on. */
static void put_row(parquet_writer *writer, const parquet_column *columns, uint32_t row) {
    for (int c = 0; c < COLUMNS; c++) {
        uint32_t values = columns[c].list ? row % 4 : 1;
        if (columns[c].list)
            parquet_list(writer, c, values);
        if (columns[c].nullable && row % 3 == 1) {
            parquet_put_null(writer, c);
            continue;
        }
        for (uint32_t i = 0; i < values; i++)
            put_value(writer, c, columns[c].type, row + i);
    }
    if (parquet_end_row(writer) != 0)
        die("Parquet");
}

static void put_parquet(void) {
    static const uint32_t rows[] = {0, 1, 9, 300};
    parquet_column columns[COLUMNS];
    char names[COLUMNS][16];
    for (int c = 0; c < COLUMNS; c++) {
        snprintf(names[c], sizeof names[c], "c%d", c);
        columns[c] = (parquet_column){.name = names[c],
                                      .type = (parquet_type)(c / SHAPES),
                                      .list = c % SHAPES == 2,
                                      .nullable = c % SHAPES == 1};
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        parquet_writer *writer;
        if (parquet_create(&writer, seed_path("parquet", i), columns, COLUMNS) != 0)
            die("Parquet");
        parquet_limits(writer, 256, 1 << 20, 128); /* several pages and row groups */
        parquet_set(writer, "key", "value");
        for (uint32_t row = 0; row < rows[i]; row++)
            put_row(writer, columns, row);
        if (parquet_commit(&writer) != 0)
            die("Parquet");
    }
}

/* ---- CSV ------------------------------------------------------------------------------ */

static void put_csv(void) {
    static const char *const texts[] = {
        "id,stars,at\n",
        "id,stars,at\nv1,4.5,2025-10-31T09:38:31Z\nv2,,1730367511\n",
        "id,stars,at\r\nv1,1e-3,2025-10-31\r\n\r\n",
        "\xef\xbb\xbfid,stars,at\n\"a,b\",\"1\",\"2025-10-31 09:38:31+09:00\"",
        "stars,at,id,more\n-0,1730367511123,\"a \"\"word\"\"\nof two lines\",x\n",
        "id\n\xe5\x8b\x95\xe7\x94\xbb\n\\N\nNaN\n",
        "id,stars,at\n007,+5,1969-12-31T23:59:59.999Z\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_seed("csv", i, texts[i], strlen(texts[i]));
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: seeds TARGET DIR\n");
        return 2;
    }
    folder = argv[2];
    if (strcmp(argv[1], "parquet") == 0)
        put_parquet();
    else if (strcmp(argv[1], "csv") == 0)
        put_csv();
    else if (strcmp(argv[1], "model") == 0 || strcmp(argv[1], "linear") == 0 ||
             strcmp(argv[1], "wire") == 0)
        put_models();
    return 0;
}
