/* SPDX-License-Identifier: MIT */
/* synth: a folder with a made-up catalogue, its users and their reviews. */
#include "base/fail.h"
#include "base/message.h"
#include "format/csv.h"
#include "program/commands.h"
#include "synth/synth.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 100000000, MAX_REVIEWS = 1000000 };

static const option options[] = {
    {"out", OPTION_TEXT, "DIR", NULL, NULL, NULL, "the folder to make; an earlier one is replaced"},
    {"users", OPTION_COUNT, "N", "600", NULL, NULL, "users"},
    {"videos", OPTION_COUNT, "N", "2500", NULL, NULL, "videos"},
    {"reviews-per-user", OPTION_COUNT, "N", "60", NULL, NULL, "mean number of reviews of a user"},
    {"seed", OPTION_COUNT, "N", "1", NULL, NULL, "the same seed makes the same bytes anywhere"},
    {0},
};

enum { VIDEOS, TAGS, PERFORMERS, REVIEWS, DECISIONS, PROFILES, TABLES };

static const struct {
    const char *name, *header;
} tables[TABLES] = {
    {"videos", "id,product_url,external_id,title,price,duration_seconds,product_released_at,"
               "maker,label,series,source\n"},
    {"video_tags", "video_id,tag\n"},
    {"video_performers", "video_id,performer\n"},
    {"reviews", "product_url,reviewer_id,stars,reviewed_at\n"},
    {"user_video_decisions", "user_id,video_id,decision_type,created_at\n"},
    {"profiles", "user_id,created_at\n"},
};

typedef struct synthesis {
    synth_world world;
    output table[TABLES];
    uint64_t rows[TABLES];
} synthesis;

/* ---- Rows ---------------------------------------------------------------------------- */

static int put(synthesis *s, int table, const char *text, int last) {
    s->rows[table] += last != 0;
    return csv_put(&s->table[table], (tt_text){text, strlen(text)}, last);
}

static int put_number(synthesis *s, int table, uint32_t number) {
    char text[16];
    snprintf(text, sizeof text, "%" PRIu32, number);
    return put(s, table, text, 0);
}

static int put_instant(synthesis *s, int table, int64_t at) {
    char text[21];
    instant_format(text, at);
    return put(s, table, text, 1);
}

static int put_url(synthesis *s, int table, const char *kind, uint32_t number) {
    char text[SYNTH_TEXT];
    snprintf(text, sizeof text, "https://videos.example/detail/%s%08" PRIu32 "/", kind, number);
    return put(s, table, text, 0);
}

/* Price, duration and date; one price in thirty is not known, and one duration in fifty. */
static int put_figures(synthesis *s, uint32_t video) {
    synth_random random = synth_random_begin(s->world.options.seed, SYNTH_FIGURES, video);
    uint32_t seconds = 600 + 10 * synth_random_below(&random, 800);
    uint32_t price = 300 + seconds / 300 * 50 + 10 * synth_random_below(&random, 100);
    uint32_t hidden = synth_random_below(&random, 150);
    char date[21];
    int status = hidden % 30 ? put_number(s, VIDEOS, price) : put(s, VIDEOS, "", 0);
    if (!status)
        status = hidden % 50 ? put_number(s, VIDEOS, seconds) : put(s, VIDEOS, "", 0);
    instant_format(date, INT64_C(86400) * s->world.video[video].day);
    date[10] = '\0';
    return status ? status : put(s, VIDEOS, date, 0);
}

/* Maker, label, series and source; the maker of one video in fifty is not known. */
static int put_origin(synthesis *s, uint32_t video) {
    static const char *const source[] = {"studio", "partner", "archive"};
    const synth_video *one = &s->world.video[video];
    char maker[SYNTH_TEXT], label[SYNTH_TEXT], series[SYNTH_TEXT];
    synth_maker(maker, one->maker);
    synth_label(label, &s->world, video);
    synth_series(series, &s->world, video);
    synth_random random = synth_random_begin(s->world.options.seed, SYNTH_ORIGIN, video);
    int known = synth_random_below(&random, 50) != 0;
    int status = put(s, VIDEOS, known ? maker : "", 0);
    if (!status)
        status = put(s, VIDEOS, known ? label : "", 0);
    if (!status)
        status = put(s, VIDEOS, series, 0);
    return status ? status : put(s, VIDEOS, source[one->maker % 3], 1);
}

static int put_lists(synthesis *s, uint32_t video, const char *id) {
    const synth_video *one = &s->world.video[video];
    char text[SYNTH_TEXT];
    int status = 0;
    for (uint32_t at = 0; !status && synth_tag(text, &s->world, video, at); at++) {
        status = put(s, TAGS, id, 0);
        if (!status)
            status = put(s, TAGS, text, 1);
    }
    for (uint32_t at = 0; !status && at < one->performers; at++) {
        synth_performer(text, one->performer[at]);
        status = put(s, PERFORMERS, id, 0);
        if (!status)
            status = put(s, PERFORMERS, text, 1);
    }
    return status;
}

static int put_video(synthesis *s, uint32_t video) {
    char id[SYNTH_ID], text[SYNTH_TEXT];
    synth_uuid(id, s->world.options.seed, SYNTH_VIDEO_ID, video);
    int status = put(s, VIDEOS, id, 0);
    if (!status)
        status = put_url(s, VIDEOS, "syn", video);
    snprintf(text, sizeof text, "syn%08" PRIu32, video);
    if (!status)
        status = put(s, VIDEOS, text, 0);
    synth_title(text, &s->world, video);
    if (!status)
        status = put(s, VIDEOS, text, 0);
    if (!status)
        status = put_figures(s, video);
    if (!status)
        status = put_origin(s, video);
    return status ? status : put_lists(s, video, id);
}

static int put_review(synthesis *s, const char *user, const synth_event *event) {
    int known = event->video != SYNTH_NONE;
    int status = put_url(s, REVIEWS, known ? "syn" : "gone", known ? event->video : event->order);
    if (!status)
        status = put(s, REVIEWS, user, 0);
    if (!status)
        status = put_number(s, REVIEWS, event->stars);
    return status ? status : put_instant(s, REVIEWS, event->at);
}

static int put_decision(synthesis *s, const char *user, const synth_event *event) {
    static const char *const type[] = {"NOPE", "DISLIKE", "SKIP", "LIKE", "LIKE"};
    char id[SYNTH_ID];
    synth_uuid(id, s->world.options.seed, SYNTH_VIDEO_ID, event->video);
    int status = put(s, DECISIONS, user, 0);
    if (!status)
        status = put(s, DECISIONS, id, 0);
    if (!status)
        status = put(s, DECISIONS, type[event->stars - 1], 0);
    return status ? status : put_instant(s, DECISIONS, event->at);
}

static int put_user(synthesis *s, uint32_t number, synth_event *event) {
    char id[SYNTH_ID];
    synth_user user;
    synth_user_make(&user, &s->world, number);
    synth_uuid(id, s->world.options.seed, SYNTH_USER_ID, number);
    int status = put(s, PROFILES, id, 0);
    if (!status)
        status = put_instant(s, PROFILES, user.joined);
    size_t count = synth_reviews(&s->world, &user, event);
    for (size_t i = 0; !status && i < count; i++)
        status = put_review(s, id, &event[i]);
    count = synth_decisions(&s->world, &user, event);
    for (size_t i = 0; !status && i < count; i++)
        status = put_decision(s, id, &event[i]);
    return status;
}

/* ---- Tables ----------------------------------------------------------------------------- */

static int open_tables(synthesis *s, const char *folder) {
    int status = 0;
    for (int t = 0; t < TABLES && !status; t++) {
        char *path = xasprintf("%s/%s.csv", folder, tables[t].name);
        status = output_open(&s->table[t], path);
        free(path);
        if (!status)
            status = output_format(&s->table[t], "%s", tables[t].header);
    }
    return status;
}

static int put_all(synthesis *s) {
    const synth_options *o = &s->world.options;
    synth_event *event = xmalloc(synth_events_most(o) * sizeof *event);
    int status = 0;
    for (uint32_t video = 0; video < o->videos && !status; video++) {
        status = put_video(s, video);
        progress_show("videos", video, o->videos);
    }
    for (uint32_t user = 0; user < o->users && !status; user++) {
        status = put_user(s, user, event);
        progress_show("users", user, o->users);
    }
    progress_end();
    free(event);
    return status;
}

static int write_tables(synthesis *s, const char *folder) {
    for (int t = 0; t < TABLES; t++)
        s->table[t] = (output){NULL, NULL, -1, NULL, 0};
    int status = open_tables(s, folder);
    if (!status)
        status = put_all(s);
    for (int t = 0; t < TABLES && !status; t++)
        status = output_commit(&s->table[t]);
    for (int t = 0; t < TABLES; t++)
        output_abandon(&s->table[t]);
    return status;
}

static int is_table(const char *name) {
    for (int t = 0; t < TABLES; t++) {
        size_t len = strlen(tables[t].name);
        if (strncmp(name, tables[t].name, len) == 0 && strcmp(name + len, ".csv") == 0)
            return 1;
    }
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The folder is replaced whole, so nothing of anybody else may be in it. */
static int check_folder(const char *path) {
    int status = 0;
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? 0 : fail_errno("open the folder", path);
    for (const struct dirent *one = readdir(folder); one && !status; one = readdir(folder))
        if (!is_table(one->d_name))
            status = fail(TW_IO,
                          "%s: holds '%s', which synth did not write and would remove; move it "
                          "away or give another --out",
                          path, one->d_name);
    closedir(folder);
    return status;
}

/* ---- The command --------------------------------------------------------------------------- */

static int check_count(const arguments *given, const char *name, uint64_t most, uint32_t *count) {
    uint64_t value = option_count(given, name);
    if (value < 1 || value > most)
        return fail(TW_USAGE, "--%s takes a number from 1 to %" PRIu64 ", got %" PRIu64, name, most,
                    value);
    *count = (uint32_t)value;
    return 0;
}

static int read_options(const arguments *given, synth_options *o) {
    int status = 0;
    if (!option_given(given, "out"))
        status = fail(TW_USAGE, "--out DIR is needed: the folder to make");
    if (!status)
        status = check_count(given, "users", MOST, &o->users);
    if (!status)
        status = check_count(given, "videos", MOST, &o->videos);
    if (!status)
        status = check_count(given, "reviews-per-user", MAX_REVIEWS, &o->reviews_per_user);
    o->seed = option_count(given, "seed");
    return status;
}

static int print_result(const synthesis *s, const char *out) {
    char *next =
        xasprintf("twotower prep --mode reviews --input %s/reviews.csv --db-url file:%s", out, out);
    int status;
    if (json_wanted()) {
        json_t *counts = json_object();
        for (int t = 0; t < TABLES; t++)
            json_object_set_new(counts, tables[t].name, json_integer((json_int_t)s->rows[t]));
        status =
            result_json(json_pack("{s:s, s:I, s:o, s:s}", "folder", out, "seed",
                                  (json_int_t)s->world.options.seed, "rows", counts, "next", next));
    } else {
        for (int t = 0; t < TABLES; t++)
            result_line("%-20s %12" PRIu64 " rows", tables[t].name, s->rows[t]);
        result_line("folder: %s", out);
        result_line("next:   %s", next);
        status = result_flush();
    }
    free(next);
    return status;
}

static int run(const arguments *given) {
    synth_options o = {0};
    synthesis s = {0};
    char *temporary = NULL;
    const char *out = option_text(given, "out");
    int status = read_options(given, &o);
    if (!status)
        status = check_folder(out);
    if (!status)
        status = output_folder_begin(out, &temporary);
    if (status)
        return status;
    synth_world_make(&s.world, &o);
    status = write_tables(&s, temporary);
    if (!status)
        status = output_folder_commit(temporary, out);
    if (status)
        output_folder_abandon(temporary);
    synth_world_free(&s.world);
    free(temporary);
    return status ? status : print_result(&s, out);
}

const command command_synth = {
    "synth", "make a catalogue and reviews with planted tastes",
    NULL,    "twotower synth --out ml/synth --users 600 --videos 2500 --seed 1",
    options, run,
};
