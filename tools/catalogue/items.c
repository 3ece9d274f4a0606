/* SPDX-License-Identifier: MIT */
#include "catalogue/items.h"

#include "base/disk.h"
#include "base/fail.h"
#include "format/id.h"
#include "format/parquet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ID,
    PRODUCT_URL,
    TITLE,
    MAKER,
    LABEL,
    SERIES,
    SOURCE,
    RELEASED_AT,
    IMAGE_URL,
    TAGS,
    PERFORMERS,
    PRICE,
    DURATION,
    COLUMNS
};

static const parquet_column columns[COLUMNS] = {
    [ID] = {"video_id", PARQUET_STRING, 0, 0},
    [PRODUCT_URL] = {"product_url", PARQUET_STRING, 0, 0},
    [TITLE] = {"title", PARQUET_STRING, 0, 0},
    [MAKER] = {"maker", PARQUET_STRING, 0, 0},
    [LABEL] = {"label", PARQUET_STRING, 0, 0},
    [SERIES] = {"series", PARQUET_STRING, 0, 0},
    [SOURCE] = {"source", PARQUET_STRING, 0, 0},
    [RELEASED_AT] = {"product_released_at", PARQUET_STRING, 0, 0},
    [IMAGE_URL] = {"image_url", PARQUET_STRING, 0, 1},
    [TAGS] = {"tags", PARQUET_STRING, 1, 0},
    [PERFORMERS] = {"performer_ids", PARQUET_STRING, 1, 0},
    [PRICE] = {"price", PARQUET_DOUBLE, 0, 1},
    [DURATION] = {"duration_seconds", PARQUET_DOUBLE, 0, 1},
};

static void set_field(tr_item *item, int field, const tt_text *token, uint32_t count) {
    item->field[field].token = token;
    item->field[field].count = count;
}

/* A text column is a field of one token, or of none where it is empty. */
static void set_single(tr_item *item, int field, const tt_text *token) {
    set_field(item, field, token, token->len > 0);
}

void item_from_video(tr_item *item, const video *row) {
    item->id = row->id;
    item->released_at = row->released_at;
    item->price = (float)row->price;
    item->duration = (float)row->duration_seconds;
    set_field(item, TR_TAGS, row->tag, row->tags);
    set_field(item, TR_PERFORMERS, row->performer, row->performers);
    set_single(item, TR_MAKER, &row->maker);
    set_single(item, TR_LABEL, &row->label);
    set_single(item, TR_SERIES, &row->series);
    set_single(item, TR_SOURCE, &row->source);
}

/* Copies a row, whose text is borrowed, to the end of the table. */
static int append(item_table *table, const tr_item *borrowed, const item_extra *extra) {
    if (table->count == UINT32_MAX - 1)
        return fail(TW_INPUT, "more videos than 2^32 - 2");
    table->item = disk_more(table->item, table->count, &table->_capacity, sizeof *table->item);
    table->extra =
        disk_more(table->extra, table->count, &table->_extra_capacity, sizeof *table->extra);
    tr_item *item = &table->item[table->count];
    *item = *borrowed;
    item->id = arena_text(&table->_memory, borrowed->id);
    item->released_at = arena_text(&table->_memory, borrowed->released_at);
    for (int f = 0; f < TR_FIELDS; f++) {
        uint32_t count = borrowed->field[f].count;
        tt_text *token = count ? arena_take(&table->_memory, count * sizeof *token) : NULL;
        for (uint32_t i = 0; i < count; i++)
            token[i] = arena_text(&table->_memory, borrowed->field[f].token[i]);
        item->field[f].token = token;
    }
    item_extra *own = &table->extra[table->count];
    *own = *extra;
    own->title = arena_text(&table->_memory, extra->title);
    own->product_url = arena_text(&table->_memory, extra->product_url);
    own->external_id = arena_text(&table->_memory, extra->external_id);
    own->image_url = arena_text(&table->_memory, extra->image_url);
    map_put(&table->by_id, item->id, table->count);
    table->count++;
    return 0;
}

static int append_video(void *context, const video *row) {
    tr_item item;
    item_from_video(&item, row);
    item_extra extra = {row->title,     row->product_url, row->external_id,
                        row->image_url, row->price,       row->duration_seconds};
    return append(context, &item, &extra);
}

int item_table_load(item_table *table, store *from) {
    *table = (item_table){._memory = {.on_disk = 1}};
    return from->operations->videos(from, NULL, append_video, table);
}

/* What is read of a row; lists point into `tokens`, which grows as needed. */
typedef struct row_reader {
    parquet_reader *file;
    int at[COLUMNS];     /* -1: the column is absent */
    int joined[COLUMNS]; /* a list that is written as one text, with commas */
    tt_text single[COLUMNS];
    tt_text *tokens;
    size_t capacity;
} row_reader;

static int is_list(const row_reader *in, const char *name) {
    int count, list = 1;
    const parquet_column *there = parquet_columns(in->file, &count);
    for (int i = 0; i < count; i++)
        if (!strcmp(there[i].name, name))
            list = there[i].list;
    return list;
}

static int ask(row_reader *in, const char *key) {
    for (int c = 0; c < COLUMNS; c++) {
        const char *name = c == ID ? key : columns[c].name;
        in->at[c] = -1;
        if (c != ID && !parquet_find(in->file, name))
            continue;
        in->joined[c] = columns[c].list && !is_list(in, name);
        int status = parquet_need(in->file, name, columns[c].type,
                                  columns[c].list && !in->joined[c], &in->at[c]);
        if (status)
            return status;
    }
    return 0;
}

static tt_text text_of(row_reader *in, int column) {
    tt_text none = {"", 0};
    if (in->at[column] < 0 || parquet_is_null(in->file, in->at[column]))
        return none;
    return parquet_text(in->file, in->at[column]);
}

static double number_of(const row_reader *in, int column) {
    return in->at[column] < 0 ? NAN : parquet_number(in->file, in->at[column]);
}

/* What stands between commas, without spaces around it; nothing is no token. */
static uint32_t split(tt_text text, tt_text *tokens) {
    uint32_t count = 0;
    for (size_t begin = 0, end; begin < text.len; begin = end + 1) {
        const char *comma = memchr(text.at + begin, ',', text.len - begin);
        end = comma ? (size_t)(comma - text.at) : text.len;
        size_t from = begin, to = end;
        while (from < to && text.at[from] == ' ')
            from++;
        while (from < to && text.at[to - 1] == ' ')
            to--;
        if (from == to)
            continue;
        if (tokens)
            tokens[count] = (tt_text){text.at + from, to - from};
        count++;
    }
    return count;
}

static uint32_t list_of(row_reader *in, int column, tt_text *tokens) {
    if (in->joined[column])
        return split(text_of(in, column), tokens);
    uint32_t count = in->at[column] < 0 ? 0 : parquet_list_size(in->file, in->at[column]);
    for (uint32_t i = 0; tokens && i < count; i++)
        tokens[i] = parquet_list_text(in->file, in->at[column], i);
    return count;
}

static int read_row(item_table *table, row_reader *in, const char *path) {
    uint32_t tags = list_of(in, TAGS, NULL), performers = list_of(in, PERFORMERS, NULL);
    size_t wanted = (size_t)tags + performers;
    if (wanted > in->capacity) {
        in->tokens = xrealloc(in->tokens, wanted, sizeof *in->tokens);
        in->capacity = wanted;
    }
    (void)list_of(in, TAGS, in->tokens);
    if (performers)
        (void)list_of(in, PERFORMERS, in->tokens + tags);
    for (int c = 0; c < TAGS; c++)
        in->single[c] = text_of(in, c);
    tr_item item = {.id = in->single[ID],
                    .released_at = in->single[RELEASED_AT],
                    .price = (float)number_of(in, PRICE),
                    .duration = (float)number_of(in, DURATION)};
    set_field(&item, TR_TAGS, in->tokens, tags);
    set_field(&item, TR_PERFORMERS, performers ? in->tokens + tags : NULL, performers);
    set_single(&item, TR_MAKER, &in->single[MAKER]);
    set_single(&item, TR_LABEL, &in->single[LABEL]);
    set_single(&item, TR_SERIES, &in->single[SERIES]);
    set_single(&item, TR_SOURCE, &in->single[SOURCE]);
    item_extra extra = {in->single[TITLE],     in->single[PRODUCT_URL], {"", 0},
                        in->single[IMAGE_URL], number_of(in, PRICE),    number_of(in, DURATION)};
    uint32_t before;
    if (id_missing(item.id))
        return fail(TW_INPUT, "%s: row %llu has no video id; leave such rows out", path,
                    (unsigned long long)parquet_row(in->file));
    if (map_get(&table->by_id, item.id, &before))
        return fail(TW_INPUT, "%s: rows %u and %llu have the same video id '%.*s'; keep one", path,
                    before + 1, (unsigned long long)parquet_row(in->file), (int)item.id.len,
                    item.id.at);
    return append(table, &item, &extra);
}

int item_table_read(item_table *table, const char *path, const char *key) {
    *table = (item_table){._memory = {.on_disk = 1}};
    row_reader in = {0};
    int status = parquet_open(&in.file, path), row = 1;
    if (status)
        return status;
    status = ask(&in, key);
    while (!status && !(status = parquet_next(in.file, &row)) && row)
        status = read_row(table, &in, path);
    free(in.tokens);
    parquet_close(in.file);
    return status;
}

static void put_list(parquet_writer *file, int column, const tr_item *item, int field) {
    parquet_list(file, column, item->field[field].count);
    for (uint32_t i = 0; i < item->field[field].count; i++)
        parquet_put_text(file, column, item->field[field].token[i]);
}

static void put_single(parquet_writer *file, int column, const tr_item *item, int field) {
    tt_text none = {"", 0};
    parquet_put_text(file, column, item->field[field].count ? item->field[field].token[0] : none);
}

static void put_optional_text(parquet_writer *file, int column, tt_text value) {
    if (value.len)
        parquet_put_text(file, column, value);
    else
        parquet_put_null(file, column);
}

static void put_optional(parquet_writer *file, int column, double value) {
    if (isnan(value))
        parquet_put_null(file, column);
    else
        parquet_put_number(file, column, value);
}

int item_table_write(const item_table *table, const char *path) {
    parquet_writer *file;
    int status = parquet_create(&file, path, columns, COLUMNS);
    if (status)
        return status;
    for (uint32_t i = 0; i < table->count && !status; i++) {
        const tr_item *item = &table->item[i];
        parquet_put_text(file, ID, item->id);
        parquet_put_text(file, PRODUCT_URL, table->extra[i].product_url);
        parquet_put_text(file, TITLE, table->extra[i].title);
        put_single(file, MAKER, item, TR_MAKER);
        put_single(file, LABEL, item, TR_LABEL);
        put_single(file, SERIES, item, TR_SERIES);
        put_single(file, SOURCE, item, TR_SOURCE);
        parquet_put_text(file, RELEASED_AT, item->released_at);
        put_optional_text(file, IMAGE_URL, table->extra[i].image_url);
        put_list(file, TAGS, item, TR_TAGS);
        put_list(file, PERFORMERS, item, TR_PERFORMERS);
        put_optional(file, PRICE, table->extra[i].price);
        put_optional(file, DURATION, table->extra[i].duration_seconds);
        status = parquet_end_row(file);
    }
    if (!status)
        return parquet_commit(&file);
    parquet_abandon(file);
    return status;
}

void item_table_free(item_table *table) {
    disk_free(table->item);
    disk_free(table->extra);
    map_free(&table->by_id);
    arena_free(&table->_memory);
    *table = (item_table){._memory = {.on_disk = 1}};
}
