/* SPDX-License-Identifier: MIT */
#include "training/prep.h"

#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/decisions.h"
#include "catalogue/item_mask.h"
#include "catalogue/users.h"
#include "format/parts.h"
#include "training/cold.h"
#include "training/summary.h"
#include "training/unknown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

prep_settings prep_settings_default(void) {
    return (prep_settings){.store.database = pg_settings_default(),
                           .mode = INTERACTION_REVIEWS,
                           .rules = {4, 2, 0},
                           .split = PREP_BY_HASH,
                           .val_ratio = 0.2,
                           .negatives = 3,
                           .max_history = 500,
                           .as_of = INT64_MIN,
                           .run_id = "auto",
                           .out_dir = "ml/data"};
}

typedef struct prep {
    const prep_settings *settings;
    item_table items;
    interaction_set all;
    split parts;
    cold_items cold;
    user_table users;
    prep_result *result;
} prep;

/* Does the store itself say who liked what? */
static int reads_decisions(const prep_settings *asked) {
    return !asked->inputs && asked->mode == INTERACTION_EXPLICIT;
}

/* One pass over the inputs, with the catalogue as it is. */
static int read_interactions(prep *p, store *from, int keep_unknown) {
    const prep_settings *asked = p->settings;
    int status = item_table_load(&p->items, from);
    if (status)
        return status;
    interaction_set_begin(&p->all, &p->items);
    p->all.keep_unknown = keep_unknown;
    p->all.user_key = asked->user_key;
    if (reads_decisions(asked))
        status = interaction_set_read_store(&p->all, from, &p->items,
                                            asked->as_of != INT64_MIN ? asked->as_of : INT64_MAX);
    for (size_t i = 0; i < asked->inputs && !status; i++)
        status = interaction_set_read(&p->all, asked->input[i], asked->mode, 0, &asked->rules,
                                      &p->items);
    if (!status && asked->decisions)
        status = interaction_set_read(&p->all, asked->decisions, INTERACTION_EXPLICIT, 1,
                                      &asked->rules, &p->items);
    if (!status && asked->mode == INTERACTION_EXPLICIT)
        status = interaction_set_read_profiles(&p->all, from);
    return status;
}

/* The inputs are read again once the videos that they name are there. */
static int insert_unknown(prep *p, store *to) {
    int status = unknown_insert(&p->all, to, &p->result->inserted);
    interaction_set_free(&p->all);
    item_table_free(&p->items);
    return status ? status : read_interactions(p, to, 0);
}

static const char *input_name(const prep_settings *asked) {
    return reads_decisions(asked) ? "the decisions of the store" : asked->input[0];
}

static int read_inputs(prep *p) {
    const prep_settings *asked = p->settings;
    store *from;
    int status = store_open(&from, asked->store_url, &asked->store);
    if (status)
        return status;
    status = read_interactions(p, from, asked->insert_unknown);
    if (!status && asked->insert_unknown && p->all.unknowns)
        status = insert_unknown(p, from);
    store_close(from);
    if (status)
        return status;
    interaction_set_finish(&p->all);
    if (!p->items.count)
        return fail(TW_INPUT, "the catalogue has no videos; fill it, or name another by --db-url");
    if (!p->all.read)
        return fail(TW_INPUT, "%s: has no rows; export it again with them", input_name(asked));
    if (p->all.read == p->all.without_id)
        return fail(TW_INPUT,
                    "%s: none of its %llu rows has an id of a user and of a video (they are empty, "
                    "NULL or NaN); are these the right columns?",
                    input_name(asked), (unsigned long long)p->all.read);
    if (!p->all.rows.count)
        return fail(TW_INPUT,
                    "%s: none of its %llu rows names a video of the catalogue; are the input and "
                    "--db-url of the same site?",
                    input_name(asked), (unsigned long long)p->all.read);
    return 0;
}

static int64_t newest(const interaction_list *list) {
    int64_t at = INT64_MIN;
    for (size_t i = 0; i < list->count; i++)
        if (list->row[i].at > at)
            at = list->row[i].at;
    return at;
}

static int divide(prep *p) {
    const prep_settings *asked = p->settings;
    uint32_t seed = (uint32_t)asked->seed;
    int status = 0;
    if (asked->split == PREP_BY_FILE)
        status = split_by_file(&p->parts, &p->all, &p->items, asked->val);
    else if (asked->split == PREP_BY_TIME)
        status = split_by_time(&p->parts, &p->all, asked->val_ratio);
    else
        split_by_hash(&p->parts, &p->all, &p->items, asked->val_ratio, seed);
    if (!status && asked->cold)
        status = cold_by_file(&p->cold, &p->items, asked->cold);
    else if (!status && asked->cold_ratio > 0)
        cold_by_hash(&p->cold, &p->items, asked->cold_ratio, seed);
    if (status)
        return status;
    if (p->cold.mask)
        cold_hold_out(&p->cold, &p->parts, &p->all);
    if (!p->parts.train.count)
        return fail(TW_INPUT, "no interaction is left for training; hold out fewer");
    split_negatives(&p->parts, &p->all, &p->items, asked->negatives, seed);
    int64_t as_of = asked->as_of != INT64_MIN ? asked->as_of : newest(&p->parts.train);
    user_list known = interaction_set_users(&p->all);
    user_table_build(&p->users, &known, &p->parts.train, &p->items, asked->max_history, as_of);
    return 0;
}

static int snapshot(const prep *p, const char *folder) {
    const prep_settings *asked = p->settings;
    int status = 0;
    for (size_t i = 0; i <= asked->inputs && !status; i++) {
        const char *path = i < asked->inputs ? asked->input[i] : asked->decisions;
        if (!path)
            continue;
        part_files found;
        status = parts_find(&found, path);
        for (size_t part = 0; part < found.count && !status; part++) {
            const char *from = found.path[part], *slash = strrchr(from, '/');
            char *to = xasprintf("%s/inputs/%zu_%s", folder, i, slash ? slash + 1 : from);
            status = output_copy(from, to);
            free(to);
        }
        parts_free(&found);
    }
    return status;
}

static int summarise(prep *p) {
    json_t *read = json_array();
    p->result->summary = prep_summary(p->settings, p->result->run_id, &p->items, &p->all, &p->parts,
                                      &p->cold, p->users.as_of);
    json_object_set_new(p->result->summary, "inputs", read);
    return prep_inputs(read, p->settings);
}

static int write_file(const prep *p, const char *folder, int which) {
    static const char *const names[] = {"item_features", "user_features", "interactions_train",
                                        "interactions_val", "negatives_val"};
    char *path = xasprintf("%s/%s.parquet", folder, names[which]);
    int status = which == 0   ? item_table_write(&p->items, path)
                 : which == 1 ? user_table_write(&p->users, path, &p->items)
                              : interaction_write(which == 2   ? &p->parts.train
                                                  : which == 3 ? &p->parts.val
                                                               : &p->parts.negatives,
                                                  path, p->all.user_id, &p->items);
    free(path);
    return status;
}

static int write_cold(const prep *p, const char *folder) {
    char *items = xasprintf("%s/cold_items.parquet", folder);
    char *rows = xasprintf("%s/interactions_cold.parquet", folder);
    int status = item_mask_write(p->cold.mask, items, &p->items);
    if (!status)
        status = interaction_write(&p->cold.rows, rows, p->all.user_id, &p->items);
    free(items);
    free(rows);
    return status;
}

static int write_folder(prep *p, const char *folder) {
    int status = 0;
    for (int which = 0; which < 5 && !status; which++) {
        progress_show("writing tables", (uint64_t)which, 5);
        status = interrupted();
        if (!status)
            status = write_file(p, folder, which);
    }
    if (!status && p->cold.mask)
        status = write_cold(p, folder);
    if (!status && p->settings->snapshot_inputs)
        status = snapshot(p, folder);
    if (status)
        return status;
    status = summarise(p);
    if (status)
        return status;
    char *path = xasprintf("%s/summary.json", folder);
    status = json_write(json_incref(p->result->summary), path);
    free(path);
    return status;
}

static int copy_table(const prep *p, const char *to, const char *table) {
    if (!to)
        return 0;
    char *from = xasprintf("%s/runs/%s/%s", p->result->root, p->result->run_id, table);
    int status = output_copy(from, to);
    free(from);
    return status;
}

static int write_outputs(prep *p) {
    p->result->root = xasprintf("%s/processed/two_tower", p->settings->out_dir);
    char *folder = xasprintf("%s/runs/%s", p->result->root, p->result->run_id), *temporary = NULL;
    char *target = xasprintf("runs/%s", p->result->run_id),
         *link = xasprintf("%s/latest", p->result->root);
    int status = output_folder_begin(folder, &temporary);
    if (!status) {
        status = write_folder(p, temporary);
        if (!status)
            status = output_folder_commit(temporary, folder);
        else
            output_folder_abandon(temporary);
    }
    if (!status)
        status = output_link(target, link);
    if (!status)
        status = copy_table(p, p->settings->copy_of_train, "interactions_train.parquet");
    if (!status)
        status = copy_table(p, p->settings->copy_of_val, "interactions_val.parquet");
    free(temporary);
    free(folder);
    free(target);
    free(link);
    return status;
}

static void count(const prep *p, prep_result *result) {
    const interaction_set *all = &p->all;
    result->read = all->read;
    result->kept = all->rows.count;
    result->duplicates = all->duplicates;
    result->unknown_items = all->unknown_items;
    result->without_id = all->without_id;
    result->future = all->future;
    if (all->unknown_items)
        result->unknown_example = xstrndup(all->unknown_example.at, all->unknown_example.len);
    result->users = all->users;
    result->videos = p->items.count;
    result->train = p->parts.train.count;
    result->val = p->parts.val.count;
    result->has_cold = p->cold.mask != NULL;
    result->cold_videos = p->cold.count;
    result->cold_rows = p->cold.rows.count;
}

int prep_run(const prep_settings *settings, prep_result *result) {
    prep p = {.settings = settings, .result = result};
    *result = (prep_result){.read = 0};
    int status = limit_memory(settings->max_memory);
    if (!status)
        status = run_id_choose(result->run_id, settings->run_id);
    if (!status)
        status = read_inputs(&p);
    if (!status)
        status = divide(&p);
    if (!status)
        status = write_outputs(&p);
    progress_end();
    count(&p, result);
    user_table_free(&p.users);
    cold_free(&p.cold);
    split_free(&p.parts);
    interaction_set_free(&p.all);
    item_table_free(&p.items);
    return status;
}

void prep_result_free(prep_result *result) {
    json_decref(result->summary);
    free(result->unknown_example);
    free(result->root);
    *result = (prep_result){.read = 0};
}
