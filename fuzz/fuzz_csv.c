/* SPDX-License-Identifier: MIT */
/* Claim: reading any bytes as CSV, gzip or not, stays inside them and ends; a refusal is an
 * exit status with a sentence; fields are UTF-8 that is terminated. */
#include "memory_file.h"

#include "base/fail.h"
#include "format/csv.h"
#include "format/utf8.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(const csv *file, int column) {
    double number = 0;
    int64_t seconds = 0;
    tt_text text = csv_text(file, column);
    if (text.at[text.len] != '\0' || strlen(text.at) != text.len ||
        !utf8_valid(text.at, text.len)) {
        abort();
    }
    if (csv_number(file, column, &number) == 0 && !isfinite(number)) {
        abort();
    }
    fail_clear();
    (void)csv_instant(file, column, &seconds);
    fail_clear();
}

static int read_all(csv *file) {
    static const char *const names[] = {"id", "stars", "at"};
    int at[3], row = 1, status = 0;
    for (int i = 0; i < 3; i++) {
        at[i] = csv_find(file, names[i]);
        if ((csv_need(file, names[i], &at[i]) == 0) != (at[i] >= 0)) {
            abort();
        }
        fail_clear();
    }
    uint64_t line = csv_line(file);
    while (status == 0 && row) {
        status = csv_next(file, &row);
        for (int i = 0; i < 3 && status == 0 && row; i++) {
            if (at[i] >= 0) {
                touch(file, at[i]);
            }
        }
        if (status == 0 && row && csv_line(file) <= line) {
            abort();
        }
        line = csv_line(file);
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory_file file = memory_file_make(data, size);
    csv *reader;
    int status = csv_open(&reader, file.path);
    if (status == 0) {
        status = read_all(reader);
        csv_close(reader);
    }
    if (status != 0 && ((status != TW_INPUT && status != TW_IO) || fail_text()[0] == '\0')) {
        abort();
    }
    fail_clear();
    close(file.fd);
    return 0;
}
