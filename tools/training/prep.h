/* SPDX-License-Identifier: MIT */
/* Reviews and a catalogue become the tables that training reads. */
#ifndef TOOLS_TRAINING_PREP_H
#define TOOLS_TRAINING_PREP_H

#include "catalogue/read_interactions.h"
#include "catalogue/store.h"
#include "serving/model_file.h"

#include <jansson.h>

typedef enum prep_split { PREP_BY_HASH, PREP_BY_TIME, PREP_BY_FILE } prep_split;

typedef struct prep_settings {
    const char *store_url; /* as of store_open */
    store_settings store;
    int insert_unknown; /* videos that only the input names, by URL, go into the store */
    interaction_mode mode;
    const char *const
        *input; /* [inputs] files; none with INTERACTION_EXPLICIT: the store's decisions */
    size_t inputs;
    const char *decisions; /* a file of decisions, which win over reviews; NULL: none */
    interaction_options rules;
    const char *user_key; /* a secret: users are written as keyed hashes; NULL: as they are */
    prep_split split;
    const char *val;           /* of PREP_BY_FILE: validation pairs */
    double val_ratio;          /* part that is held out, from 0 to below 1 */
    const char *cold;          /* file of the videos that are held out whole; NULL: */
    double cold_ratio;         /* this part of them */
    uint32_t negatives;        /* unobserved videos per validation like */
    uint32_t max_history;      /* newest videos kept per list of a user */
    int64_t as_of;             /* of the features; INT64_MIN: the newest train row */
    uint64_t seed;             /* of the split and the negatives */
    const char *run_id;        /* "auto": the time */
    const char *out_dir;       /* where processed/two_tower/ stands */
    const char *copy_of_train; /* a file that gets a copy of the interactions; NULL: none */
    const char *copy_of_val;
    int snapshot_inputs;    /* copies of the inputs are kept */
    const char *max_memory; /* as of limit_memory */
} prep_settings;

prep_settings prep_settings_default(void);

typedef struct prep_result {
    char run_id[RUN_ID];
    char *root;      /* processed/two_tower: the tables stand in runs/<run_id> and latest */
    json_t *summary; /* the document of summary.json */
    uint64_t read, kept, duplicates, unknown_items, without_id, future; /* rows of the inputs */
    char *unknown_example; /* a video that is unknown, or NULL */
    uint64_t inserted;     /* videos that the store got */
    uint32_t users, videos;
    size_t train, val; /* rows */
    int has_cold;
    uint32_t cold_videos;
    size_t cold_rows;
} prep_result;

/* Writes <out_dir>/processed/two_tower/runs/<run_id> whole or not at all, and leads latest there.
 * The result is to be freed on failure too. */
int prep_run(const prep_settings *settings, prep_result *result);
void prep_result_free(prep_result *result);

#endif
