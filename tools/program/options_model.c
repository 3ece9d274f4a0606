/* SPDX-License-Identifier: MIT */
#include "program/options_model.h"

#include <string.h>

void options_model(const arguments *given, tt_text outputs[TT_TOWERS]) {
    const char *name[TT_TOWERS] = {option_text(given, "user-output"),
                                   option_text(given, "item-output")};
    for (int t = 0; t < TT_TOWERS; t++)
        outputs[t] = (tt_text){name[t], name[t] ? strlen(name[t]) : 0};
}
