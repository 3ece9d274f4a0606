/* SPDX-License-Identifier: MIT */
/* What dense_cases and sparse_cases share: the tables, which of their rows make a case, and
 * its files. */
#ifndef TESTS_INTEROP_CASES_H
#define TESTS_INTEROP_CASES_H

#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/users.h"
#include "serving/embedder.h"
#include "serving/model_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 24 };

typedef struct tables {
    item_table items;
    user_table users;
} tables;

/* Reads what twotower prep wrote into `folder`. */
static int tables_read(tables *all, const char *folder) {
    char *item_path = xasprintf("%s/item_features.parquet", folder);
    char *user_path = xasprintf("%s/user_features.parquet", folder);
    uint64_t unknown;
    *all = (tables){0};
    int status = item_table_read(&all->items, item_path, "video_id");
    if (!status)
        status = user_table_read(&all->users, user_path, &all->items, &unknown);
    free(item_path);
    free(user_path);
    return status;
}

static void tables_free(tables *all) {
    user_table_free(&all->users);
    item_table_free(&all->items);
}

/* Embeds row `i` of ROWS, which lie evenly in the table of the tower. */
static int embed_row(embedder *rows, const tables *all, uint32_t i, float *out) {
    int made;
    if (rows->tower == TT_ITEM)
        return embedder_item(rows, &all->items.item[i * (all->items.count / ROWS)], out, &made);
    return embedder_user(rows, &all->users.user[i * (all->users.count / ROWS)], all->items.item,
                         out, &made);
}

static int write_bytes(const char *folder, const char *name, const void *bytes, size_t len) {
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    int status = !file || fwrite(bytes, 1, len, file) != len;
    if (file && fclose(file))
        status = 1;
    free(path);
    return status ? fail_errno("write", name) : 0;
}

/* The list of cases, where ort.mjs finds it; takes `cases` over. */
static int write_cases(json_t *cases, const char *folder) {
    char *path = xasprintf("%s/cases.json", folder);
    int status = json_write(cases, path);
    free(path);
    return status;
}

#endif
