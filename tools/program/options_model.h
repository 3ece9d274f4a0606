/* SPDX-License-Identifier: MIT */
/* Which outputs of a foreign model are the embeddings. */
#ifndef TOOLS_PROGRAM_OPTIONS_MODEL_H
#define TOOLS_PROGRAM_OPTIONS_MODEL_H

#include "program/options.h"
#include "twotower.h"

#define MODEL_OPTIONS \
    {"user-output", \
     OPTION_TEXT, \
     "NAME", \
     NULL, \
     NULL, \
     NULL, \
     "the output that is the user embedding; without it, the words of the names say so"}, \
    { \
        "item-output", OPTION_TEXT, "NAME", NULL, NULL, NULL, \
            "the output that is the item embedding; without it, the words of the names say so" \
    }

/* For model_file_open; the names are BORROWED from the arguments. */
void options_model(const arguments *given, tt_text outputs[TT_TOWERS]);

#endif
