/* SPDX-License-Identifier: MIT */
/* The file that a training goes on from: the trainer's state with what it
 * belongs to, in OUT/runs/.<run-id>.partial/ until the run is there. */
#ifndef TOOLS_TRAINING_CHECKPOINT_H
#define TOOLS_TRAINING_CHECKPOINT_H

#include "format/bytes.h"
#include "format/sha256.h"
#include "trainer.h"

typedef struct checkpoint {
    const char *run_id;
    char *folder, *path; /* while the training is under way */
    char *finished;      /* of the run, once it is there */
    char *options;       /* `name=value` of all that changes the model */
    char data[SHA256_HEX], vocabulary[SHA256_HEX];
    bytes log; /* training.jsonl so far */
    double saved_at;
    int saved; /* there is a file of this training */
} checkpoint;

/* What a state of this training belongs to; `root` is the folder of runs/. */
void checkpoint_begin(checkpoint *of, const char *root, const char *run_id,
                      const tr_options *options, const tr_data *data,
                      const tr_vocabulary *vocabulary);
void checkpoint_free(checkpoint *of);

/* A state with a number that is not finite is not good: the file stays as it was. */
int checkpoint_save(checkpoint *of, const tr_state *state);

/* Fills the state from the newest checkpoint, or leaves it where there is none;
 * refuses one of other options, data or vocabulary. */
int checkpoint_restore(checkpoint *of, tr_state *state);

/* The last state becomes a file of the run's folder too. */
int checkpoint_keep(const checkpoint *of, const char *folder);
/* Removes the folder of the training under way. */
int checkpoint_remove(const checkpoint *of);

#endif
