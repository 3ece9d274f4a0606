/* SPDX-License-Identifier: MIT */
/* A run is judged on validation interactions, and by the gate. */
#ifndef TOOLS_EVALUATION_EVAL_H
#define TOOLS_EVALUATION_EVAL_H

#include "catalogue/dataset.h"
#include "evaluation/gate.h"

typedef struct eval_settings {
    const char *root;   /* where runs/ and latest stand */
    const char *run_id; /* the run to judge, or "latest" */
    dataset_paths tables;
    const char *negatives; /* unobserved videos; NULL: negatives_val.parquet beside tables.val, if
                              it is there */
    uint32_t k;            /* length of the lists, 1 or more */
    uint32_t threads;      /* 0: one per processor */
    gate_settings gate;
    int allow_leak;    /* figures of tables that leak are told, and the gate cannot be judged */
    int as_decisions;  /* judge the users without stars too */
    const char *notes; /* kept in metrics.json; NULL: none */
} eval_settings;

/* Without tables, which the caller names. */
eval_settings eval_settings_default(void);

typedef struct eval_result {
    char run_id[64];
    char *path;      /* of metrics.json */
    json_t *metrics; /* its document */
    uint32_t users;  /* with validation likes */
    uint32_t k;
    int passed; /* the gate is met */
} eval_result;

/* Writes metrics.json into the run's folder and describes the folder anew; on other tables than the
 * run was trained on, <root>/evaluations/<run_id>.json instead.  A gate that is not met
 * is no failure: the result says so.  On failure nothing is written, and the result is to be freed
 * all the same. */
int eval_run(const eval_settings *settings, eval_result *result);
void eval_result_free(eval_result *result);

#endif
