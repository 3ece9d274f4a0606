/* SPDX-License-Identifier: MIT */
/* A model file, mapped and checked. */
#ifndef TOOLS_SERVING_MODEL_FILE_H
#define TOOLS_SERVING_MODEL_FILE_H

#include "twotower.h"

typedef struct model_file {
    tt_model model;
    char *path;
    void *bytes;
    size_t len, mapped; /* of the model; with its external data behind it */
    char version[64];   /* its run_id, or "" */
    tt_read_as as;      /* the names of outputs in it are BORROWED */
    char *data_name;
} model_file;

/* `outputs` names the embeddings of the towers, as tt_model_read_as; NULL: by the names' words.
 * External data is read from <path>.data.
 * Fails with TW_IO, or TW_INPUT: "<path>: byte N, node K: <what is wrong>". */
int model_file_open(model_file *file, const char *path, const tt_text *outputs);
void model_file_close(model_file *file);

/* The model of a run folder: its two_tower_<run_id>.onnx. */
int model_file_open_run(model_file *file, const char *folder);

/* The run id an --run-id option stands for: the time for "auto", else the text
 * itself if it is made of letters, digits, '.', '_' and '-'. */
enum { RUN_ID = 64 };
int run_id_choose(char id[RUN_ID], const char *wanted);

#endif
