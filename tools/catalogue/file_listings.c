/* SPDX-License-Identifier: MIT */
/* Listings come into videos.csv, and the state of their source into ingest_state.json. */
#include "catalogue/file_store.h"

#include "base/fail.h"
#include "base/map.h"
#include "base/message.h"
#include "catalogue/video_columns.h"
#include "format/csv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct listing_pass {
    const store_listings *batch;
    size_t listings;
    map by_id, by_url;      /* external_id, product_url -> listing */
    char **id;              /* [listings]: of its row, which may be an older one */
    unsigned char *found;   /* [listings]: it has a row */
    unsigned char *changed; /* [listings] */
    csv *old;               /* NULL: there is no table yet */
    int at[VIDEO_COLUMNS];  /* where the old table has the column, or -1 */
    int columns;            /* of the new table */
    output out;
} listing_pass;

static const json_t *listing_at(const listing_pass *pass, size_t i) {
    return json_array_get(pass->batch->listings, i);
}

static tt_text text_of(const json_t *value) {
    return (tt_text){json_string_value(value), json_string_length(value)};
}

/* The value of a column as it stands in the table, or NULL: the listing does not say.
 * The caller frees it. */
static char *value_of(const listing_pass *pass, size_t listing, int column) {
    const json_t *value = json_object_get(listing_at(pass, listing), video_column[column]);
    if (column == VIDEO_ID)
        return xstrndup(pass->id[listing], strlen(pass->id[listing]));
    if (json_is_string(value))
        return xstrndup(json_string_value(value), json_string_length(value));
    return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
}

static void index_listings(listing_pass *pass) {
    pass->listings = json_array_size(pass->batch->listings);
    pass->id = xcalloc(pass->listings + 1, sizeof *pass->id);
    pass->found = xcalloc(pass->listings + 1, 1);
    pass->changed = xcalloc(pass->listings + 1, 1);
    for (size_t i = 0; i < pass->listings; i++) {
        tt_text url = text_of(json_object_get(listing_at(pass, i), "product_url"));
        (void)map_put(&pass->by_id, text_of(json_object_get(listing_at(pass, i), "external_id")),
                      (uint32_t)i);
        if (url.at)
            (void)map_put(&pass->by_url, url, (uint32_t)i);
    }
}

/* The listing of the row that was read last. */
static int find_listing(const listing_pass *pass, uint32_t *listing) {
    tt_text id = {"", 0}, url = id;
    if (pass->at[VIDEO_EXTERNAL_ID] >= 0)
        id = csv_text(pass->old, pass->at[VIDEO_EXTERNAL_ID]);
    if (id.len)
        return map_get(&pass->by_id, id, listing);
    if (pass->at[VIDEO_PRODUCT_URL] >= 0)
        url = csv_text(pass->old, pass->at[VIDEO_PRODUCT_URL]);
    return url.len && map_get(&pass->by_url, url, listing);
}

static int same_text(tt_text old, const char *new) {
    return old.len == strlen(new) && memcmp(old.at, new, old.len) == 0;
}

/* Which of our columns stands at a column of the old table, or -1. */
static int ours(const listing_pass *pass, int column) {
    for (int i = 0; i < VIDEO_COLUMNS; i++)
        if (pass->at[i] == column)
            return i;
    return -1;
}

/* Writes a row: old values (none of a new row) where the listing has no others.  Columns that the
 * old table lacks stand last. */
static int put_row(listing_pass *pass, int has_old, const uint32_t *listing) {
    int status = 0, old = pass->old ? csv_columns(pass->old) : 0, extra = -1;
    for (int c = 0; !status && c < pass->columns; c++) {
        int column = c < old ? ours(pass, c) : -1;
        if (c >= old) {
            do
                extra++;
            while (pass->at[extra] >= 0);
            column = extra;
        }
        tt_text kept = has_old && c < old ? csv_text(pass->old, c) : (tt_text){"", 0};
        char *value = listing && column >= 0 ? value_of(pass, *listing, column) : NULL;
        if (value && !same_text(kept, value)) {
            pass->changed[*listing] = 1;
            kept = (tt_text){value, strlen(value)};
        }
        status = csv_put(&pass->out, kept, c == pass->columns - 1);
        free(value);
    }
    return status;
}

static int put_header(listing_pass *pass) {
    int status = 0, old = pass->old ? csv_columns(pass->old) : 0, missing = 0, put = 0;
    for (int i = 0; i < VIDEO_COLUMNS; i++) {
        pass->at[i] = pass->old ? csv_find(pass->old, video_column[i]) : -1;
        missing += pass->at[i] < 0;
    }
    pass->columns = old + missing;
    if (pass->old && pass->at[VIDEO_ID] < 0)
        return csv_need(pass->old, video_column[VIDEO_ID], &pass->at[VIDEO_ID]);
    for (int c = 0; !status && c < old; c++)
        status = csv_put(&pass->out, csv_column(pass->old, c), ++put == pass->columns);
    for (int i = 0; !status && i < VIDEO_COLUMNS; i++)
        if (pass->at[i] < 0)
            status = csv_put(&pass->out, (tt_text){video_column[i], strlen(video_column[i])},
                             ++put == pass->columns);
    return status;
}

static int merge_old(listing_pass *pass) {
    int more = 0, status = pass->old ? csv_next(pass->old, &more) : 0;
    while (!status && more) {
        uint32_t listing;
        int has = find_listing(pass, &listing) && !pass->found[listing];
        if (has) {
            tt_text id = csv_text(pass->old, pass->at[VIDEO_ID]);
            pass->found[listing] = 1;
            pass->id[listing] = xstrndup(id.at, id.len);
        }
        status = put_row(pass, 1, has ? &listing : NULL);
        if (!status)
            status = csv_next(pass->old, &more);
    }
    return status;
}

static int append_new(listing_pass *pass, listing_counts *counts) {
    int status = 0;
    for (uint32_t i = 0; !status && i < pass->listings; i++) {
        if (pass->found[i])
            continue;
        tt_text id = text_of(json_object_get(listing_at(pass, i), "id"));
        pass->id[i] = xstrndup(id.at, id.len);
        status = put_row(pass, 0, &i);
        counts->added++;
    }
    return status;
}

/* What differs in the three tables. */
static int merge(listing_pass *pass, const file_store *files, const char *path,
                 listing_counts *counts) {
    int status = csv_exists(path) ? csv_open(&pass->old, path) : 0;
    if (!status)
        status = output_open(&pass->out, path);
    if (!status)
        status = put_header(pass);
    if (!status)
        status = merge_old(pass);
    if (!status)
        status = append_new(pass, counts);
    int rows = 0;
    for (size_t i = 0; i < pass->listings; i++)
        rows |= pass->changed[i];
    if (!status)
        status = file_replace_lists(files, "tags", pass->batch, pass->id, pass->changed);
    if (!status)
        status = file_replace_lists(files, "performers", pass->batch, pass->id, pass->changed);
    /* A tag without its video counts for nothing; a video without its tags would be embedded. */
    if (!status && rows && !pass->batch->dry)
        status = output_commit(&pass->out);
    output_abandon(&pass->out);
    for (size_t i = 0; i < pass->listings; i++)
        counts->changed += pass->changed[i] && pass->found[i];
    counts->same = pass->listings - counts->added - counts->changed;
    return status;
}

static int write_state(const file_store *files, const store_listings *batch) {
    char *path = file_store_path(files, "ingest_state.json");
    json_t *all = NULL;
    int status = access(path, F_OK) == 0 ? json_read(&all, path) : 0;
    if (!status && !json_is_object(all)) {
        json_decref(all);
        all = json_object();
    }
    if (!status && !json_equal(json_object_get(all, batch->source), batch->state)) {
        json_object_set(all, batch->source, (json_t *)batch->state);
        status = json_write(json_incref(all), path);
    }
    json_decref(all);
    free(path);
    return status;
}

int file_list_videos(store *base, const store_listings *batch, listing_counts *counts) {
    const file_store *files = (const file_store *)base;
    listing_pass pass = {.batch = batch, .out = {.fd = -1}};
    char *path = file_store_path(files, "videos.csv");
    *counts = (listing_counts){0};
    index_listings(&pass);
    int status = pass.listings ? merge(&pass, files, path, counts) : 0;
    if (!status && !batch->dry)
        status = write_state(files, batch);
    if (pass.old)
        csv_close(pass.old);
    for (size_t i = 0; i < pass.listings; i++)
        free(pass.id[i]);
    free(pass.id);
    free(pass.found);
    free(pass.changed);
    map_free(&pass.by_id);
    map_free(&pass.by_url);
    free(path);
    return status;
}

int file_ingest_state(store *base, const char *source, json_t **state) {
    char *path = file_store_path((const file_store *)base, "ingest_state.json");
    json_t *all = NULL;
    int status = access(path, F_OK) == 0 ? json_read(&all, path) : 0;
    *state = json_incref(json_object_get(all, source));
    json_decref(all);
    free(path);
    return status;
}
