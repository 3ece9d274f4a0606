/* SPDX-License-Identifier: MIT */
/* Reviews and decisions from CSV or Parquet files become one interaction per user and video. */
#ifndef TOOLS_CATALOGUE_READ_INTERACTIONS_H
#define TOOLS_CATALOGUE_READ_INTERACTIONS_H

#include "catalogue/users.h"

typedef enum interaction_mode { INTERACTION_REVIEWS, INTERACTION_EXPLICIT } interaction_mode;

typedef struct interaction_options {
    double min_stars, max_negative_stars;
    int weight_by_stars;
} interaction_options;

typedef struct interaction_set {
    interaction_list rows; /* after interaction_set_finish: one per user and video, in file order */
    tt_text *user_id;      /* [users], in order of first appearance */
    int64_t *since;        /* [users] when the account was made, where the store says it */
    uint32_t users;
    uint64_t read, skipped, duplicates, without_id; /* without_id: of the user or the video */
    uint64_t future; /* rows of a time after tomorrow, or without end: their time is not known */
    uint64_t unknown_items, without_content_id; /* rows; of these, which name no content id */
    tt_text unknown_example;
    const char
        *user_key;    /* users are known by a keyed hash of their ids (HMAC); NULL: as they are */
    int keep_unknown; /* URLs that the catalogue does not have are kept in `unknown`, each once */
    tt_text *unknown;
    uint32_t unknowns;
    int64_t _tomorrow;
    map _users, _urls, _contents, _unknown;
    size_t _unknown_capacity;
    size_t _user_capacity, _since_capacity;
    unsigned char *_decided; /* per row: from decisions */
    size_t _decided_capacity;
    arena _memory;
} interaction_set;

void interaction_set_begin(interaction_set *all, const item_table *items);

/* Adds a file, CSV or Parquet.  INTERACTION_REVIEWS needs a column stars (0 to 5);
 * INTERACTION_EXPLICIT needs label (0 or 1) or decision (LIKE, DISLIKE, NOPE, SKIP).  The user
 * stands in reviewer_id or user_id, the video in product_url, video_id or item_id, the time, if
 * any, in reviewed_at, created_at, at, timestamp, ts, time or date (see table_instant).  `decided`:
 * these rows win over reviews of the same user and video. */
int interaction_set_read(interaction_set *all, const char *path, interaction_mode mode, int decided,
                         const interaction_options *options, const item_table *items);

/* Adds one interaction (its user and item are looked up); a video that the
 * catalogue does not have is counted. */
void interaction_set_add(interaction_set *all, const item_table *items, tt_text user, tt_text item,
                         const interaction *row, int decided);

/* A user and a video seen twice keep the decision, then the latest, then the
 * last row. */
void interaction_set_finish(interaction_set *all);
void interaction_set_free(interaction_set *all);

/* The index of a video by product URL, by id, or by the content id in a URL (external_id; or what
 * the catalogue's own URL has, which may be an affiliate link); 0 if it is not known. */
int interaction_set_item(const interaction_set *all, const item_table *items, tt_text name,
                         uint32_t *item);
int interaction_set_user(const interaction_set *all, tt_text id, uint32_t *user);
user_list interaction_set_users(const interaction_set *all);

#endif
