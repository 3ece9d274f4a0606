/* SPDX-License-Identifier: MIT */
#include "catalogue/file_store.h"

#include "base/arena.h"
#include "base/disk.h"
#include "base/fail.h"
#include "base/map.h"
#include "base/message.h"
#include "catalogue/groups.h"
#include "catalogue/video_columns.h"
#include "format/csv.h"
#include "format/id.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char *file_store_path(const file_store *files, const char *name) {
    return xasprintf("%s/%s", files->folder, name);
}

/* One pass over the videos. */
typedef struct video_pass {
    csv *file;
    int column[VIDEO_COLUMNS]; /* -1: the file does not have it */
    groups *tags, *performers;
    arena text;
    json_t *images;     /* image_urls of the row */
    map done;           /* ids that are embedded -> index of `digest` */
    char (*digest)[16]; /* "": none */
    size_t digest_capacity;
    map ids;        /* id -> index of `line` */
    uint64_t *line; /* where each id stands */
    size_t line_capacity;
    uint64_t without_id; /* rows */
} video_pass;

static tt_text text_of(const video_pass *pass, int column) {
    int at = pass->column[column];
    return at < 0 ? (tt_text){"", 0} : csv_text(pass->file, at);
}

/* A number from 0, or NaN where it is empty. */
static int number_of(const video_pass *pass, int column, double *value) {
    *value = NAN;
    if (text_of(pass, column).len == 0)
        return 0;
    int status = csv_number(pass->file, pass->column[column], value);
    if (!status && *value < 0)
        status = csv_refuse(pass->file, pass->column[column], "a number from 0 is expected");
    return status;
}

static int check_id(video_pass *pass, tt_text id) {
    uint32_t first;
    if (map_get(&pass->ids, id, &first))
        return fail(TW_INPUT,
                    "%s:%llu: the id '%.*s' stands on line %llu already; each video is one row",
                    csv_path(pass->file), (unsigned long long)csv_line(pass->file),
                    (int)(id.len > 80 ? 80 : id.len), id.at, (unsigned long long)pass->line[first]);
    size_t n = pass->ids.used;
    if (n >= UINT32_MAX - 1)
        return fail(TW_INPUT, "%s: fewer than 2^32 videos are expected", csv_path(pass->file));
    pass->line = disk_more(pass->line, n, &pass->line_capacity, sizeof *pass->line);
    pass->line[n] = csv_line(pass->file);
    (void)map_put(&pass->ids, arena_text(&pass->text, id), (uint32_t)n);
    return 0;
}

/* The first of a JSON array, as an ingest writes it.  What is no such array names no image: it is
 * for people to look at, and keeps nobody from training. */
static tt_text first_image(video_pass *pass) {
    tt_text all = text_of(pass, VIDEO_IMAGE_URLS);
    json_decref(pass->images);
    pass->images = all.len ? json_loadb(all.at, all.len, 0, NULL) : NULL;
    const json_t *first = json_array_get(pass->images, 0);
    return json_is_string(first) ? (tt_text){json_string_value(first), json_string_length(first)}
                                 : (tt_text){"", 0};
}

static int read_video(video_pass *pass, video *row) {
    row->product_url = text_of(pass, VIDEO_PRODUCT_URL);
    row->external_id = text_of(pass, VIDEO_EXTERNAL_ID);
    row->title = text_of(pass, VIDEO_TITLE);
    row->maker = text_of(pass, VIDEO_MAKER);
    row->label = text_of(pass, VIDEO_LABEL);
    row->series = text_of(pass, VIDEO_SERIES);
    row->source = text_of(pass, VIDEO_SOURCE);
    row->released_at = text_of(pass, VIDEO_RELEASED_AT);
    row->image_url = first_image(pass);
    row->tags = groups_get(pass->tags, row->id, &row->tag);
    row->performers = groups_get(pass->performers, row->id, &row->performer);
    int status = check_id(pass, row->id);
    if (!status)
        status = number_of(pass, VIDEO_PRICE, &row->price);
    if (!status)
        status = number_of(pass, VIDEO_DURATION, &row->duration_seconds);
    return status;
}

static void find_digest(const video_pass *pass, video *row) {
    uint32_t at;
    row->embedded = map_get(&pass->done, row->id, &at);
    row->input_digest = (tt_text){"", 0};
    if (row->embedded && pass->digest[at][0])
        row->input_digest = (tt_text){pass->digest[at], sizeof *pass->digest};
}

static int each_row(video_pass *pass, video *row, video_callback callback, void *context) {
    int status = read_video(pass, row);
    find_digest(pass, row);
    return status ? status : callback(context, row);
}

static int each_video(video_pass *pass, video_callback callback, void *context) {
    int more = 0, status = csv_need(pass->file, video_column[VIDEO_ID], &pass->column[VIDEO_ID]);
    for (int i = VIDEO_ID + 1; i < VIDEO_COLUMNS; i++)
        pass->column[i] = csv_find(pass->file, video_column[i]);
    if (!status)
        status = csv_next(pass->file, &more);
    while (!status && more) {
        video row;
        int missing;
        status = csv_id(pass->file, pass->column[VIDEO_ID], &row.id, &missing);
        pass->without_id += !status && missing;
        if (!status && !missing)
            status = each_row(pass, &row, callback, context);
        if (!status)
            status = csv_next(pass->file, &more);
    }
    return status;
}

static int keep_digest(void *context, const embedding_row *row) {
    video_pass *pass = context;
    uint32_t at = (uint32_t)pass->done.used;
    pass->digest = disk_more(pass->digest, at, &pass->digest_capacity, sizeof *pass->digest);
    if (map_put(&pass->done, arena_text(&pass->text, row->id), at) &&
        row->input_digest.len == sizeof *pass->digest)
        memcpy(pass->digest[at], row->input_digest.at, sizeof *pass->digest);
    return 0;
}

static void note_without_id(const char *table, uint64_t rows) {
    if (rows)
        warning("%s: %llu rows have no id (empty, NULL or NaN); they are left out", table,
                (unsigned long long)rows);
}

static int read_groups(const file_store *files, const char *table, const char *const *values,
                       groups **read) {
    char *path = file_store_path(files, table);
    int status = groups_read(read, path, "video_id", values);
    free(path);
    return status;
}

static void note_unknown(const groups *all, const char *table) {
    uint64_t rows = groups_unknown_rows(all);
    if (rows)
        log_info("%s: %llu rows name videos that videos.csv does not have; they count for nothing",
                 table, (unsigned long long)rows);
    note_without_id(table, groups_rows_without_id(all));
}

static int file_videos(store *base, const char *version, video_callback callback, void *context) {
    static const char *const tag[] = {"tag", NULL};
    static const char *const performer[] = {"performer", "performer_id", NULL};
    const file_store *files = (const file_store *)base;
    video_pass pass = {.text = {.on_disk = 1}};
    char *path = file_store_path(files, "videos.csv");
    int status = read_groups(files, "video_tags.csv", tag, &pass.tags);
    if (!status && version)
        status = file_embeddings(base, VIDEO_EMBEDDINGS, version, keep_digest, &pass);
    if (!status)
        status = read_groups(files, "video_performers.csv", performer, &pass.performers);
    if (!status)
        status = csv_open(&pass.file, path);
    if (!status)
        status = each_video(&pass, callback, context);
    if (!status) {
        note_unknown(pass.tags, "video_tags.csv");
        note_unknown(pass.performers, "video_performers.csv");
        note_without_id("videos.csv", pass.without_id);
    }
    if (pass.file)
        csv_close(pass.file);
    groups_free(pass.tags);
    groups_free(pass.performers);
    json_decref(pass.images);
    arena_free(&pass.text);
    map_free(&pass.ids);
    map_free(&pass.done);
    disk_free(pass.digest);
    disk_free(pass.line);
    free(path);
    return status;
}

static int is_word(tt_text text, const char *upper) {
    if (text.len != strlen(upper))
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != upper[i])
            return 0;
    }
    return 1;
}

/* *missing: the row has no user or no video, and is not read further. */
static int read_decision(csv *file, const int column[4], decision *row, int *missing) {
    int no_video = 0, status = csv_id(file, column[0], &row->user_id, missing);
    if (!status)
        status = csv_id(file, column[1], &row->video_id, &no_video);
    *missing |= no_video;
    if (status || *missing)
        return status;
    row->at = INT64_MIN;
    tt_text type = csv_text(file, column[2]);
    if (is_word(type, "LIKE"))
        row->type = DECISION_LIKE;
    else if (is_word(type, "DISLIKE") || is_word(type, "NOPE"))
        row->type = DECISION_DISLIKE;
    else if (is_word(type, "SKIP"))
        row->type = DECISION_SKIP;
    else
        return csv_refuse(file, column[2], "LIKE, DISLIKE, NOPE or SKIP is expected");
    if (column[3] >= 0 && !id_missing(csv_text(file, column[3])))
        return csv_instant(file, column[3], &row->at);
    return 0;
}

/* A table of the folder; NULL where there is none. */
static int open_table(csv **file, const store *base, const char *name) {
    char *path = file_store_path((const file_store *)base, name);
    *file = NULL;
    int status = csv_exists(path) ? csv_open(file, path) : 0;
    free(path);
    return status;
}

static int each_decision(csv *file, decision_callback callback, void *context) {
    static const char *const name[3] = {"user_id", "video_id", "decision_type"};
    int column[4], more = 0, status = 0, missing = 0;
    uint64_t without_id = 0;
    for (int i = 0; !status && i < 3; i++)
        status = csv_need(file, name[i], &column[i]);
    column[3] = csv_find(file, "created_at");
    if (!status)
        status = csv_next(file, &more);
    while (!status && more) {
        decision row;
        status = read_decision(file, column, &row, &missing);
        without_id += !status && missing;
        if (!status && !missing)
            status = callback(context, &row);
        if (!status)
            status = csv_next(file, &more);
    }
    if (!status)
        note_without_id("user_video_decisions.csv", without_id);
    return status;
}

static int file_decisions(store *base, decision_callback callback, void *context) {
    csv *file;
    int status = open_table(&file, base, "user_video_decisions.csv");
    if (file)
        status = each_decision(file, callback, context);
    csv_close(file);
    return status;
}

static int each_profile(csv *file, profile_callback callback, void *context) {
    int at = csv_find(file, "created_at"), id = csv_find(file, "user_id"), more = 0, missing = 0;
    if (id < 0)
        id = csv_find(file, "id");
    int status = at >= 0 && id >= 0 ? csv_next(file, &more) : 0;
    while (!status && more) {
        profile row = {{NULL, 0}, INT64_MIN};
        status = csv_id(file, id, &row.user_id, &missing);
        if (!status && !id_missing(csv_text(file, at)))
            status = csv_instant(file, at, &row.since);
        if (!status && !missing && row.since != INT64_MIN)
            status = callback(context, &row);
        if (!status)
            status = csv_next(file, &more);
    }
    return status;
}

static int file_profiles(store *base, profile_callback callback, void *context) {
    csv *file;
    int status = open_table(&file, base, "profiles.csv");
    if (file)
        status = each_profile(file, callback, context);
    csv_close(file);
    return status;
}

static void file_close(store *base) {
    file_store *files = (file_store *)base;
    file_upsert_abandon(base);
    file_job_release(files);
    free(files->base.url);
    free(files->folder);
    free(files);
}

static const store_operations operations = {
    file_videos,         file_decisions,    file_profiles,     file_embeddings,
    file_embeddings_of,  file_upsert_begin, file_upsert_put,   file_upsert_commit,
    file_upsert_abandon, file_release_move, file_release_read, file_list_videos,
    file_ingest_state,   file_job_acquire,  file_close};

int file_store_open(store **opened, const char *folder) {
    struct stat status;
    *opened = NULL;
    if (stat(folder, &status) != 0)
        return fail_errno("open", folder);
    if (!S_ISDIR(status.st_mode))
        return fail(TW_IO, "%s: a folder of CSV tables is expected, it is a file", folder);
    file_store *files = xcalloc(1, sizeof *files);
    files->base.operations = &operations;
    files->job = -1;
    files->base.url = xasprintf("file:%s", folder);
    files->folder = xstrndup(folder, strlen(folder));
    *opened = &files->base;
    return 0;
}
