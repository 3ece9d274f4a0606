/* SPDX-License-Identifier: MIT */
/* The inside of the file store: for the files of this folder only. */
#ifndef TOOLS_CATALOGUE_FILE_STORE_H
#define TOOLS_CATALOGUE_FILE_STORE_H

#include "catalogue/store.h"

/* Rows that wait for the commit. */
typedef struct upsert upsert;

typedef struct file_store {
    store base; /* first: a store is one of these */
    char *folder;
    upsert *pending;
    int job; /* the locked file of a job that was taken, or -1 */
} file_store;

/* The path of a table in the folder; the caller frees it. */
char *file_store_path(const file_store *files, const char *name);

/* The operations of store.h that read and write embeddings. */
int file_embeddings(store *base, embedding_kind kind, const char *version, embedding_callback row,
                    void *context);
int file_embeddings_of(store *base, const char *version, const tt_text *ids, size_t count,
                       embedding_callback row, void *context);
int file_upsert_begin(store *base, embedding_kind kind, uint32_t dim);
int file_upsert_put(store *base, const embedding_row *row);
int file_upsert_commit(store *base);
void file_upsert_abandon(store *base);
int file_release_move(store *base, const release_row *row, int *moved);
int file_release_read(store *base, const char *environment, json_t **row);

/* Those that take listings. */
int file_list_videos(store *base, const store_listings *batch, listing_counts *counts);
int file_ingest_state(store *base, const char *source, json_t **state);

int file_job_acquire(store *base, const char *environment, const char *job);
void file_job_release(file_store *files);

/* The lists of videos whose listing has them (`member`: "tags" or "performers") become
 * those of the listing.  `id` [listings]: the video's id; changed[i] is set where a list
 * differs from what the table has. */
int file_replace_lists(const file_store *files, const char *member, const store_listings *batch,
                       char *const *id, unsigned char *changed);

#endif
