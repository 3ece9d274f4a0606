/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdio.h>

void target_print(const char *text, size_t len) {
    fwrite(text, 1, len, stdout);
}
