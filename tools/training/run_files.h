/* SPDX-License-Identifier: MIT */
/* The files of a run folder: models, metadata, embeddings. */
#ifndef TOOLS_TRAINING_RUN_FILES_H
#define TOOLS_TRAINING_RUN_FILES_H

#include "base/message.h"
#include "catalogue/dataset.h"
#include "serving/model_file.h"

typedef struct trained {
    const char *run_id;
    const tr_model *model;
    const tr_vocabulary *vocabulary;
    const tr_options *options;
    const dataset *data;
    const json_t *prep;      /* summary.json of its tables, or null */
    const json_t *how;       /* the options and files that it was trained with, or NULL */
    size_t tags, performers; /* in the vocabulary; run_write_vocabulary counts them */
} trained;

/* The name of the model's form: two_tower.shared or two_tower.feature_mlp. */
const char *run_format(const trained *run);

/* two_tower_<run_id>.onnx, user_tower.onnx, item_tower.onnx and the link
 * two_tower_latest.onnx. */
int run_write_models(const trained *run, const char *folder);

/* two_tower_<run_id>.pt, the fp32 weights as a PyTorch state_dict, and the link
 * two_tower_latest.pt.  tests/interop/two_tower.py is a module that loads it. */
int run_write_state_dict(const trained *run, const char *folder);

/* feature_schema.json and normalizer.json. */
int run_write_schema(const trained *run, const char *folder);

/* vocab_tag.json and vocab_actress.json: the row and text of each token. */
int run_write_vocabulary(trained *run, const char *folder);

/* model_meta.json, after the vocabulary. */
int run_write_meta(const trained *run, const char *folder);

/* Compares the fp32 weights with the written file on rows of both towers: the
 * largest cosine distance goes to *worst, and more than 1e-4 fails. */
int run_check_parity(const trained *run, const model_file *written, double *worst);

/* user_embeddings.parquet and video_embeddings.parquet of the train users and
 * all videos. */
int run_write_embeddings(const model_file *model, const dataset *data, const char *folder,
                         uint32_t threads);

/* The two files that speak of the others, written last and again whenever one of
 * them changed: summary.md from model_meta.json, training.jsonl and metrics.json
 * (nothing where there is no model_meta.json), and manifest.json. */
int run_describe(const char *folder);

#endif
