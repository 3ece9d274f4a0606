/* SPDX-License-Identifier: MIT */
#include "evaluation/unseen.h"

#include "base/fail.h"
#include "base/message.h"
#include "training/train_pairs.h"

#include <stdlib.h>
#include <unistd.h>

/* " (twotower prep --split hash --seed 0 --val-ratio 0.2)", or "" where the run does not say it. */
static char *split_of(const char *folder) {
    char *path = xasprintf("%s/model_meta.json", folder), *made = NULL;
    json_t *meta = NULL;
    if (access(path, F_OK) == 0 && json_read(&meta, path))
        fail_clear();
    const json_t *snapshot = json_object_get(meta, "data_snapshot");
    const json_t *split = json_object_get(snapshot, "split");
    const char *how = json_string_value(json_object_get(split, "how"));
    if (how)
        made = xasprintf(" (twotower prep --split %s --seed %lld --val-ratio %g)", how,
                         (long long)json_integer_value(json_object_get(split, "seed")),
                         json_number_value(json_object_get(split, "val_ratio")));
    json_decref(meta);
    free(path);
    return made ? made : xstrndup("", 0);
}

static int refuse(const char *folder, const char *val, uint64_t count, size_t rows) {
    char *split = split_of(folder);
    int status = fail(TW_INPUT,
                      "%s: the run %s was trained on %llu of its %zu pairs, so it is not judged on "
                      "them; take validation pairs of the split that the run was trained with%s",
                      val, folder, (unsigned long long)count, rows, split);
    free(split);
    return status;
}

static void remove_held(interaction_list *rows, const unsigned char *held) {
    size_t kept = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (!held[i])
            rows->row[kept++] = rows->row[i];
    rows->count = kept;
}

int unseen_keep(interaction_list *rows, uint64_t *removed, const char *folder, const dataset *data,
                const char *val, double most) {
    unsigned char *held = xmalloc(rows->count + 1);
    uint64_t count;
    int status = train_pairs_find(held, &count, folder, data, rows);
    *removed = 0;
    if (!status && !train_pairs_by_chance(count, rows->count)) {
        if ((double)count > most * (double)rows->count)
            status = refuse(folder, val, count, rows->count);
        else {
            warning("%s: %llu of its %zu pairs are left out: the run %s was trained on them", val,
                    (unsigned long long)count, rows->count, folder);
            remove_held(rows, held);
            *removed = count;
        }
    }
    free(held);
    return status;
}
