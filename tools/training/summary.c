/* SPDX-License-Identifier: MIT */
#include "training/summary.h"

#include "base/fail.h"
#include "base/message.h"
#include "format/parts.h"
#include "training/provenance.h"

#include <math.h>
#include <stdlib.h>

static json_t *instant(int64_t seconds) {
    char text[21];
    if (seconds == INT64_MIN)
        return json_null();
    instant_format(text, seconds);
    return json_string(text);
}

static json_t *part(const interaction_list *list, uint32_t users) {
    size_t taste[TT_MAX_BAGS] = {0}, present = 0;
    unsigned char *seen = xcalloc((size_t)users + 1, 1);
    for (size_t i = 0; i < list->count; i++) {
        taste[list->row[i].label]++;
        present += !seen[list->row[i].user];
        seen[list->row[i].user] = 1;
    }
    free(seen);
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "rows", (json_int_t)list->count, "users",
                     (json_int_t)present, "likes", (json_int_t)taste[TT_LIKED], "neutral",
                     (json_int_t)taste[TT_NEUTRAL], "dislikes", (json_int_t)taste[TT_DISLIKED]);
}

/* Rows per half star. */
static json_t *stars(const interaction_list *list) {
    json_int_t count[11] = {0};
    for (size_t i = 0; i < list->count; i++)
        if (!isnan(list->row[i].stars))
            count[(int)(list->row[i].stars * 2 + .5f)]++;
    json_t *all = json_object();
    for (int s = 0; s <= 10; s++) {
        char name[16];
        snprintf(name, sizeof name, "%g", s / 2.0);
        if (count[s])
            json_object_set_new(all, name, json_integer(count[s]));
    }
    return all;
}

static json_t *inputs(const prep_settings *settings) {
    json_t *list = json_array();
    for (size_t i = 0; i < settings->inputs; i++)
        json_array_append_new(list, json_string(settings->input[i]));
    if (!settings->inputs)
        json_array_append_new(list, json_string("user_video_decisions"));
    return list;
}

/* The part files of a folder one by one. */
static int hash_parts(json_t *list, const char *path) {
    part_files found;
    int status = parts_find(&found, path);
    for (size_t i = 0; i < found.count && !status; i++)
        status = provenance_file(list, found.path[i]);
    parts_free(&found);
    return status;
}

int prep_inputs(json_t *list, const prep_settings *settings) {
    const char *const more[] = {settings->decisions, settings->val, settings->cold};
    int status = 0;
    for (size_t i = 0; i < settings->inputs && !status; i++)
        status = hash_parts(list, settings->input[i]);
    for (size_t i = 0; i < sizeof more / sizeof *more && !status; i++)
        if (more[i])
            status = hash_parts(list, more[i]);
    return status;
}

static uint32_t users_without_likes(const interaction_list *train, uint32_t users) {
    unsigned char *liked = xcalloc((size_t)users + 1, 1);
    uint32_t without = 0;
    for (size_t i = 0; i < train->count; i++)
        if (train->row[i].label == TT_LIKED)
            liked[train->row[i].user] = 1;
    for (uint32_t u = 0; u < users; u++)
        without += !liked[u];
    free(liked);
    return without;
}

static json_t *counts(const item_table *items, const interaction_set *all, const split *parts) {
    size_t no_date = 0, no_tags = 0, no_performers = 0;
    for (uint32_t i = 0; i < items->count; i++) {
        no_date += !items->item[i].released_at.len;
        no_tags += !items->item[i].field[TR_TAGS].count;
        no_performers += !items->item[i].field[TR_PERFORMERS].count;
    }
    uint64_t named = all->read - all->skipped - all->without_id;
    json_t *counts = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I}", "rows_read", (json_int_t)all->read,
        "skipped_decisions", (json_int_t)all->skipped, "rows_without_id",
        (json_int_t)all->without_id, "unknown_product_url", (json_int_t)all->unknown_items,
        "unknown_without_content_id", (json_int_t)all->without_content_id, "join_rate",
        named ? (double)(named - all->unknown_items) / (double)named : 0.0, "duplicates",
        (json_int_t)all->duplicates, "users", (json_int_t)all->users, "users_without_likes",
        (json_int_t)users_without_likes(&parts->train, all->users), "videos",
        (json_int_t)items->count);
    json_object_set_new(counts, "future_times", json_integer((json_int_t)all->future));
    json_object_set_new(counts, "missing",
                        json_pack("{s:I, s:I, s:I}", "product_released_at", (json_int_t)no_date,
                                  "tags", (json_int_t)no_tags, "performers",
                                  (json_int_t)no_performers));
    return counts;
}

json_t *prep_summary(const prep_settings *settings, const char *run_id, const item_table *items,
                     const interaction_set *all, const split *parts, const cold_items *cold,
                     int64_t as_of) {
    static const char *const splits[] = {"hash", "time", "file"};
    json_t *document = json_object();
    json_object_set_new(document, "run_id", json_string(run_id));
    json_object_set_new(document, "created_at", instant(instant_now()));
    json_object_set_new(document, "as_of", instant(as_of));
    json_object_set_new(
        document, "mode",
        json_string(settings->mode == INTERACTION_EXPLICIT ? "explicit" : "reviews"));
    json_object_set_new(document, "source_csv", inputs(settings));
    json_object_set_new(
        document, "options",
        json_pack("{s:f, s:f, s:b, s:s, s:f, s:f, s:I, s:I, s:b, s:I}", "min_stars",
                  settings->rules.min_stars, "max_negative_stars",
                  settings->rules.max_negative_stars, "weight_by_stars",
                  settings->rules.weight_by_stars, "split", splits[settings->split], "val_ratio",
                  settings->val_ratio, "cold_ratio", settings->cold_ratio, "neg_per_pos",
                  (json_int_t)settings->negatives, "max_history", (json_int_t)settings->max_history,
                  "hash_user_ids", settings->user_key != NULL, "seed", (json_int_t)settings->seed));
    json_object_set_new(document, "counts", counts(items, all, parts));
    json_object_set_new(document, "stars", stars(&all->rows));
    json_object_set_new(document, "train", part(&parts->train, all->users));
    json_object_set_new(document, "validation", part(&parts->val, all->users));
    json_object_set_new(document, "validation_not_observed",
                        json_integer((json_int_t)parts->val_not_observed));
    if (cold->mask)
        json_object_set_new(document, "cold",
                            json_pack("{s:I, s:I, s:o}", "videos", (json_int_t)cold->count,
                                      "unknown_videos", (json_int_t)cold->unknown, "interactions",
                                      part(&cold->rows, all->users)));
    return document;
}
