/* SPDX-License-Identifier: MIT */
/* The videos with their tags and performers, from tables of the shape that db migrate makes
 * or that a Supabase project has already. */
#include "catalogue/pg/pg_store.h"

#include "base/fail.h"
#include "catalogue/pg/wire.h"
#include "catalogue/video_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The fields of the select below: the columns, and what stands beside them. */
enum { TAGS = VIDEO_COLUMNS, PERFORMERS, EMBEDDED, DIGEST, FIELDS };

/* ---- The select ------------------------------------------------------------------------------ */

/* The date, in UTC. */
static void put_released(FILE *to, const char *type) {
    if (!strcmp(type, "timestamp with time zone"))
        fputs("to_char(v.product_released_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')", to);
    else if (!strncmp(type, "timestamp", 9) || !strcmp(type, "date"))
        fputs("to_char(v.product_released_at, 'YYYY-MM-DD')", to);
    else
        fputs("v.product_released_at::text", to);
}

/* The first of an array; a column of another type names no image. */
static void put_image(FILE *to, const char *type) {
    size_t len = strlen(type);
    fputs(len > 2 && !strcmp(type + len - 2, "[]") ? "v.image_urls[1]::text" : "NULL::text", to);
}

static void put_column(FILE *to, int which, const PGresult *columns) {
    const char *name = video_column[which], *type = pg_column(columns, name);
    int number = which == VIDEO_PRICE || which == VIDEO_DURATION;
    fputs(which ? ", " : "", to);
    if (!type)
        fprintf(to, "NULL::%s", number ? "float8" : "text");
    else if (which == VIDEO_RELEASED_AT)
        put_released(to, type);
    else if (which == VIDEO_IMAGE_URLS)
        put_image(to, type);
    else
        fprintf(to, "v.%s::%s", name, number ? "float8" : "text");
}

/* The words of each video in a table of (video, word) rows, by bytes and without duplicates:
 * grouped once for all is three times as fast as asking for each. `from` gives the words. */
static void put_words(FILE *to, const char *from, const char *word, const char *name) {
    fprintf(to,
            " LEFT JOIN (SELECT w.video_id, array_agg(DISTINCT %s::text COLLATE \"C\" ORDER BY "
            "%s::text COLLATE \"C\") AS words FROM %s WHERE %s::text <> '' GROUP BY w.video_id) %s "
            "ON %s.video_id = v.id",
            word, word, from, word, name, name);
}

static void put_none(FILE *to, const char *name) {
    fprintf(to, " CROSS JOIN (SELECT NULL::text[] AS words) %s", name);
}

/* Tags are words in video_tags, or names in tags. */
static int put_tags(FILE *to, pg *db) {
    PGresult *columns;
    int status = pg_columns(db, "video_tags", &columns);
    if (status)
        return status;
    if (pg_column(columns, "tag"))
        put_words(to, "public.video_tags w", "w.tag", "t");
    else if (pg_column(columns, "tag_id"))
        put_words(to, "public.video_tags w JOIN public.tags n ON n.id = w.tag_id", "n.name", "t");
    else
        put_none(to, "t");
    PQclear(columns);
    return 0;
}

/* Performers count by id: names change, and two may share one. */
static int put_performers(FILE *to, pg *db) {
    PGresult *columns;
    int status = pg_columns(db, "video_performers", &columns);
    if (status)
        return status;
    if (pg_column(columns, "performer_id"))
        put_words(to, "public.video_performers w", "w.performer_id", "p");
    else if (pg_column(columns, "performer"))
        put_words(to, "public.video_performers w", "w.performer", "p");
    else
        put_none(to, "p");
    PQclear(columns);
    return 0;
}

static int put_select(FILE *to, pg *db, const PGresult *columns, const char *version) {
    fputs("SELECT ", to);
    for (int i = 0; i < VIDEO_COLUMNS; i++)
        put_column(to, i, columns);
    fprintf(to, ", t.words, p.words, %s FROM public.videos v",
            version ? "e.model_version, e.input_digest::text" : "NULL::text, NULL::text");
    if (version) {
        char *literal = pg_literal(version);
        fprintf(to,
                " LEFT JOIN public.video_embeddings e ON e.video_id = v.id AND e.model_version = "
                "%s",
                literal);
        free(literal);
    }
    int status = put_tags(to, db);
    if (!status)
        status = put_performers(to, db);
    fputs(" ORDER BY v.id", to);
    return status;
}

/* ---- The rows -----------------------------------------------------------------------------------
 */

typedef struct video_pass {
    const pg_store *from;
    video_callback row;
    void *context;
    tt_text *word[2]; /* tags, performers */
    size_t capacity[2];
} video_pass;

static int malformed(const video_pass *pass, const pg_field *id) {
    return fail(TW_DATABASE, "%s: the tags of video %.*s are not as documented",
                pass->from->base.url, (int)id->len, (const char *)id->at);
}

/* A text[]: dimensions, flags, element type, size, lower bound, elements. */
static int take_words(video_pass *pass, int which, const pg_field *field, const pg_field *id,
                      uint32_t *count) {
    const unsigned char *at = field->at, *end = at + field->len;
    *count = 0;
    if (field->null || (field->len >= 12 && wire_get32(at) == 0))
        return 0;
    if (field->len < 20 || wire_get32(at) != 1)
        return malformed(pass, id);
    uint32_t size = wire_get32(at + 12);
    for (at += 20; *count < size; ++*count) {
        if (end - at < 4 || wire_get32(at) > (size_t)(end - at) - 4)
            return malformed(pass, id);
        pass->word[which] =
            xgrow(pass->word[which], *count, &pass->capacity[which], sizeof *pass->word[which]);
        pass->word[which][*count] = (tt_text){(const char *)at + 4, wire_get32(at)};
        at += 4 + wire_get32(at);
    }
    return 0;
}

static int take_video(void *context, const pg_field *field) {
    video_pass *pass = context;
    video row = {.id = pg_text(&field[VIDEO_ID]),
                 .product_url = pg_text(&field[VIDEO_PRODUCT_URL]),
                 .external_id = pg_text(&field[VIDEO_EXTERNAL_ID]),
                 .title = pg_text(&field[VIDEO_TITLE]),
                 .maker = pg_text(&field[VIDEO_MAKER]),
                 .label = pg_text(&field[VIDEO_LABEL]),
                 .series = pg_text(&field[VIDEO_SERIES]),
                 .source = pg_text(&field[VIDEO_SOURCE]),
                 .released_at = pg_text(&field[VIDEO_RELEASED_AT]),
                 .price = pg_float8(&field[VIDEO_PRICE]),
                 .duration_seconds = pg_float8(&field[VIDEO_DURATION]),
                 .image_url = pg_text(&field[VIDEO_IMAGE_URLS]),
                 .embedded = !field[EMBEDDED].null,
                 .input_digest = pg_text(&field[DIGEST])};
    if (row.price < 0 || row.duration_seconds < 0)
        return fail(TW_INPUT, "%s: videos: %s of %.*s: a number from 0 is expected",
                    pass->from->base.url, row.price < 0 ? "price" : "duration_seconds",
                    (int)row.id.len, row.id.at);
    int status = take_words(pass, 0, &field[TAGS], &field[VIDEO_ID], &row.tags);
    if (!status)
        status = take_words(pass, 1, &field[PERFORMERS], &field[VIDEO_ID], &row.performers);
    row.tag = pass->word[0];
    row.performer = pass->word[1];
    return status ? status : pass->row(pass->context, &row);
}

static int need_videos(const pg_store *from, const PGresult *columns) {
    if (!PQntuples(columns))
        return fail(TW_DATABASE,
                    "%s: there is no table public.videos, or no right to see it; "
                    "twotower db migrate makes it",
                    from->base.url);
    if (!pg_column(columns, "id"))
        return fail(TW_DATABASE, "%s: public.videos has no column id", from->base.url);
    return 0;
}

int pg_store_videos(store *base, const char *version, video_callback row, void *context) {
    pg_store *from = (pg_store *)base;
    video_pass pass = {.from = from, .row = row, .context = context};
    PGresult *columns = NULL;
    char *select = NULL;
    size_t len;
    int status = pg_store_snapshot(from);
    pg_doing(from->db, "read the videos");
    if (!status)
        status = pg_columns(from->db, "videos", &columns);
    if (!status)
        status = need_videos(from, columns);
    if (!status) {
        FILE *to = xmemstream(&select, &len);
        status = put_select(to, from->db, columns, version);
        xmemstream_end(to);
    }
    if (!status)
        status = pg_copy_rows(from->db, select, FIELDS, take_video, &pass);
    PQclear(columns);
    free(select);
    free(pass.word[0]);
    free(pass.word[1]);
    return status;
}
