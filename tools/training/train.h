/* SPDX-License-Identifier: MIT */
/* Tables become a model and its run folder. */
#ifndef TOOLS_TRAINING_TRAIN_H
#define TOOLS_TRAINING_TRAIN_H

#include "catalogue/dataset.h"
#include "serving/model_file.h"
#include "trainer.h"

#include <jansson.h>

/* Hears of each epoch: its line of training.jsonl with "seconds" and "pairs_per_second"; what it
 * returns but 0 ends the training with that status. */
typedef int (*train_report)(const json_t *line);

typedef struct train_settings {
    dataset_paths tables;
    tr_options options;
    tr_buckets buckets; /* of TR_MLP */
    tr_numbers numbers;
    int choose_epochs;         /* by a held-out tenth of the likes; options.epochs does not count */
    int fixed_negatives;       /* options.negatives holds after prep --mode explicit too */
    const char *run_id;        /* "auto": the time */
    const char *out_dir;       /* where runs/ and latest stand */
    int allow_leak;            /* validation pairs in the tables of train are only told */
    int resume;                /* go on with the run of that id that was stopped */
    double checkpoint_seconds; /* the state is saved this often; 0: after every step */
    const char *max_memory;    /* as of limit_memory */
    const json_t *record; /* borrowed: options by name, as texts, beside those of the tables; the
                             run keeps them, so that it can be trained again. NULL: none */
    train_report report;  /* NULL: nobody listens */
} train_settings;

/* Of the recipe TR_SHARED or TR_MLP; options.threads is processors(). */
train_settings train_settings_default(tr_recipe recipe);

typedef struct train_result {
    char run_id[RUN_ID];
    char *folder;                     /* of the run */
    double seconds, training_seconds; /* of all, and of the training alone */
    double parity;                    /* cosine distance of the fp16 weights, the largest */
} train_result;

/* Writes <out_dir>/runs/<run_id> whole or not at all, and leads latest there. A training that is
 * stopped keeps its checkpoint. The result is to be freed on failure too. */
int train_run(const train_settings *settings, train_result *result);
void train_result_free(train_result *result);

#endif
