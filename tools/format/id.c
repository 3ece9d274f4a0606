/* SPDX-License-Identifier: MIT */
#include "format/id.h"

#include <string.h>

int id_missing(tt_text text) {
    static const char *const words[] = {"\\N",  "NULL", "null", "Null", "(null)",   "<null>",
                                        "None", "NaN",  "nan",  "NAN",  "NaT",      "<NA>",
                                        "NA",   "N/A",  "#N/A", "n/a",  "undefined"};
    size_t len = text.len;
    while (len && (text.at[len - 1] == ' ' || text.at[len - 1] == '\t'))
        len--;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && !memcmp(words[i], text.at, len))
            return 1;
    return !len;
}

static size_t skip_digits(tt_text text, size_t at) {
    while (at < text.len && text.at[at] >= '0' && text.at[at] <= '9')
        at++;
    return at;
}

int id_rounded(tt_text text) {
    size_t start = text.len && text.at[0] == '-', at = skip_digits(text, start);
    if (at == start)
        return 0;
    if (at < text.len && text.at[at] == '.')
        at = skip_digits(text, at + 1);
    if (at + 2 >= text.len || (text.at[at] != 'e' && text.at[at] != 'E') || text.at[at + 1] != '+')
        return 0;
    return skip_digits(text, at + 2) == text.len;
}
