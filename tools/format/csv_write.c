/* SPDX-License-Identifier: MIT */
#include "format/csv.h"

#include <string.h>

static int needs_quotes(tt_text value) {
    for (size_t i = 0; i < value.len; i++)
        if (strchr(",\"\r\n", value.at[i]) && value.at[i])
            return 1;
    return 0;
}

static int put_quoted(output *out, tt_text value) {
    int status = output_write(out, "\"", 1);
    const char *at = value.at, *end = value.at + value.len, *quote;
    while (!status && (quote = memchr(at, '"', (size_t)(end - at)))) {
        status = output_write(out, at, (size_t)(quote + 1 - at));
        if (!status)
            status = output_write(out, "\"", 1);
        at = quote + 1;
    }
    if (!status)
        status = output_write(out, at, (size_t)(end - at));
    return status ? status : output_write(out, "\"", 1);
}

int csv_put(output *out, tt_text value, int last) {
    int status =
        needs_quotes(value) ? put_quoted(out, value) : output_write(out, value.at, value.len);
    return status ? status : output_write(out, last ? "\n" : ",", 1);
}
