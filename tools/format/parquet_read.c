/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/file.h"
#include "format/parquet_chunk.h"
#include "format/parquet_format.h"
#include "format/parquet_page.h"
#include "format/parquet_value.h"
#include "format/utf8.h"

#include <assert.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A column that was asked for. */
typedef struct asked {
    const parquet_field *field;
    int as_text;
    parquet_data data;
    size_t entry;    /* the next of data's entries */
    size_t first, n; /* the values of this row */
    bytes text;      /* those that are not text: as text, each behind its length */
    bytes starts;    /* uint32_t, host order: where in `text` */
    int null;
} asked;

struct parquet_reader {
    char *path;
    parquet_meta meta;
    parquet_pages pages;
    parquet_column *column; /* the readable ones */
    int columns;
    asked *asked;
    size_t count, capacity;
    uint64_t row, group_left; /* rows given; rows of the group that are not */
    int started, loaded;      /* loaded: a row group whose end is not checked yet */
};

static void list_columns(parquet_reader *reader) {
    reader->column = xcalloc(reader->meta.fields, sizeof *reader->column);
    for (size_t i = 0; i < reader->meta.fields; i++)
        if (reader->meta.field[i].readable)
            reader->column[reader->columns++] = reader->meta.field[i].column;
}

int parquet_open(parquet_reader **reader, const char *path) {
    parquet_reader *opened = xcalloc(1, sizeof *opened);
    *reader = NULL;
    opened->path = xstrndup(path, strlen(path));
    opened->meta.path = opened->path;
    opened->pages.path = opened->path;
    int status = file_open(&opened->pages.fd, path);
    if (!status)
        status = parquet_meta_read(&opened->meta, opened->pages.fd);
    if (status) {
        parquet_close(opened);
        return status;
    }
    opened->pages.zstd = ZSTD_createDCtx();
    if (!opened->pages.zstd)
        out_of_memory(sizeof *opened);
    list_columns(opened);
    *reader = opened;
    return 0;
}

void parquet_close(parquet_reader *reader) {
    if (!reader)
        return;
    for (size_t i = 0; i < reader->count; i++) {
        parquet_data_free(&reader->asked[i].data);
        bytes_free(&reader->asked[i].text);
        bytes_free(&reader->asked[i].starts);
    }
    free(reader->asked);
    free(reader->column);
    parquet_meta_free(&reader->meta);
    ZSTD_freeDCtx(reader->pages.zstd);
    if (reader->pages.fd >= 0)
        close(reader->pages.fd);
    free(reader->path);
    free(reader);
}

uint64_t parquet_rows(const parquet_reader *reader) {
    return reader->meta.rows;
}

const parquet_column *parquet_columns(const parquet_reader *reader, int *count) {
    *count = reader->columns;
    return reader->column;
}

const char *parquet_get(const parquet_reader *reader, const char *key) {
    for (size_t i = 0; i < reader->meta.properties; i += 2)
        if (strcmp(reader->meta.property[i], key) == 0)
            return reader->meta.property[i + 1];
    return NULL;
}

static const parquet_field *find(const parquet_reader *reader, const char *column) {
    for (size_t i = 0; i < reader->meta.fields; i++)
        if (strcmp(reader->meta.field[i].name, column) == 0)
            return &reader->meta.field[i];
    return NULL;
}

int parquet_find(const parquet_reader *reader, const char *column) {
    return find(reader, column) != NULL;
}

static int refuse_absent(const parquet_reader *reader, const char *column) {
    char there[600];
    size_t used = 0;
    for (size_t i = 0; i < reader->meta.fields && used + 8 < sizeof there; i++) {
        const char *name = reader->meta.field[i].name;
        if (i) {
            memcpy(there + used, ", ", 2);
            used += 2;
        }
        utf8_clip(there + used, sizeof there - used, name, strlen(name));
        used += strlen(there + used);
    }
    return fail(TW_INPUT, "%s: column '%s' is expected; the file has: %s", reader->path, column,
                there);
}

static const char *const type_name[] = {[PARQUET_STRING] = "text values",
                                        [PARQUET_INT32] = "32-bit integers",
                                        [PARQUET_INT64] = "64-bit integers",
                                        [PARQUET_FLOAT] = "single precision numbers",
                                        [PARQUET_DOUBLE] = "double precision numbers",
                                        [PARQUET_INSTANT] = "times"};

/* May a column be asked for as `type`? */
static int fits(const parquet_field *field, parquet_type type, int list) {
    const parquet_column *found = &field->column;
    int is_int = found->type == PARQUET_INT32 || found->type == PARQUET_INT64;
    int is_real = found->type == PARQUET_FLOAT || found->type == PARQUET_DOUBLE;
    if (field->only_nulls)
        return 1;
    if (!found->list != !list)
        return 0;
    switch (type) {
    case PARQUET_STRING:
        return 1;
    case PARQUET_INT64:
        return is_int;
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        return is_int || is_real;
    default:
        return found->type == type;
    }
}

/* What a column is that is not read. */
static void describe(char *to, size_t size, const parquet_element *found) {
    const char *meaning = parquet_meaning_name(found->logical, found->converted);
    const char *physical = parquet_physical_name(found->physical);
    if (found->physical < 0)
        snprintf(to, size, "%s", meaning ? meaning : "a group that is not a list of values");
    else if (meaning && !strcmp(meaning, "DECIMAL"))
        snprintf(to, size, "DECIMAL(%d, %d) in %s", (int)found->precision, (int)found->scale,
                 physical);
    else if (meaning)
        snprintf(to, size, "%s in %s", meaning, physical);
    else
        snprintf(to, size, "%s (converted type %d, logical type %d)", physical,
                 (int)found->converted, found->logical);
}

static int refuse_type(const parquet_reader *reader, const parquet_field *field, parquet_type type,
                       int list) {
    char found[128];
    const char *wanted = list ? "lists of " : "";
    if (field->readable)
        return fail(TW_INPUT, "%s: column %s: %s%s are expected, the file has %s%s", reader->path,
                    field->name, wanted, type_name[type], field->column.list ? "lists of " : "",
                    type_name[field->column.type]);
    describe(found, sizeof found, &field->found);
    return fail(TW_INPUT,
                "%s: column %s: %s%s are expected, the file has %s, which is not read; write the "
                "column as text or as numbers",
                reader->path, field->name, wanted, type_name[type], found);
}

int parquet_need(parquet_reader *reader, const char *column, parquet_type type, int list, int *at) {
    assert(!reader->started);
    const parquet_field *field = find(reader, column);
    if (!field)
        return refuse_absent(reader, column);
    if (!field->readable || !fits(field, type, list))
        return refuse_type(reader, field, type, list);
    int as_text = type == PARQUET_STRING;
    for (size_t i = 0; i < reader->count; i++)
        if (reader->asked[i].field == field && reader->asked[i].as_text == as_text) {
            *at = (int)i;
            return 0;
        }
    reader->asked = xgrow(reader->asked, reader->count, &reader->capacity, sizeof(asked));
    reader->asked[reader->count] = (asked){.field = field, .as_text = as_text};
    bytes_room(&reader->asked[reader->count].text, PARQUET_VALUE_TEXT);
    *at = (int)reader->count++;
    return 0;
}

static int load_group(parquet_reader *reader) {
    int status = parquet_meta_group(&reader->meta);
    uint64_t rows = reader->meta.group_rows;
    /* Some writers make a group without rows for an empty table. */
    for (size_t i = 0; i < reader->count && !status && rows; i++) {
        asked *column = &reader->asked[i];
        column->entry = column->first = column->n = 0;
        status = parquet_chunk_begin(&column->data, &reader->pages, column->field,
                                     &reader->meta.chunk[column->field->leaf], column->as_text);
    }
    reader->group_left = status ? 0 : rows;
    reader->loaded = reader->group_left > 0;
    return status;
}

/* Numbers, times and UUIDs of a list become text; where there is one, parquet_list_text does it. */
static int write_texts(asked *column) {
    char text[PARQUET_VALUE_TEXT];
    const parquet_field *field = column->field;
    column->text.used = column->starts.used = 0;
    for (size_t i = 0; i < column->n; i++) {
        const uint8_t *at = column->data.values.at + (column->first + i) * field->size;
        size_t len = parquet_value_text(field, at, text);
        uint32_t start = (uint32_t)column->text.used;
        bytes_put(&column->starts, &start, sizeof start);
        bytes_put_u32(&column->text, (uint32_t)len);
        bytes_put(&column->text, text, len);
        if (column->text.used > PARQUET_MAX_CHUNK)
            return parquet_page_too_large(&column->data.walk);
    }
    return 0;
}

/* Decodes more, where all is passed but what the row has, from entry `begin` on. */
static int refill(asked *column, size_t begin) {
    int status = parquet_chunk_more(&column->data, begin, column->first);
    column->entry -= begin;
    column->first = 0;
    return status;
}

static int advance(asked *column) {
    const parquet_data *data = &column->data;
    const parquet_field *field = column->field;
    int status = 0, more = 1;
    column->first += column->n;
    column->n = 0;
    if (column->entry == data->entries)
        status = refill(column, column->entry);
    if (!status && column->entry == data->entries)
        status = parquet_chunk_refuse(data);
    if (status)
        return status;
    size_t begin = column->entry;
    column->null = field->max_def && data->def.at[begin] + 1 < (int)field->item_def;
    while (!status && more) {
        column->n += !field->max_def || data->def.at[column->entry] == field->max_def;
        column->entry++;
        /* The list may go on in the next page. */
        if (field->max_rep && column->entry == data->entries) {
            status = refill(column, begin);
            begin = 0;
        }
        more = field->max_rep && column->entry < data->entries && data->rep.at[column->entry];
    }
    if (!field->max_rep)
        column->null = !column->n;
    if (!status && column->as_text && field->size && field->max_rep)
        status = write_texts(column);
    return status;
}

/* After the last row of a group nothing may be left. */
static int check_end(asked *column) {
    column->first += column->n;
    column->n = 0;
    int status = column->entry == column->data.entries ? refill(column, column->entry) : 0;
    return status || column->entry == column->data.entries ? status
                                                           : parquet_chunk_refuse(&column->data);
}

int parquet_next(parquet_reader *reader, int *row) {
    int status = 0;
    *row = 0;
    for (size_t i = 0; i < reader->count && reader->loaded && !reader->group_left && !status; i++)
        status = check_end(&reader->asked[i]);
    reader->loaded &= reader->group_left > 0;
    reader->started = 1;
    while (!status && !reader->group_left && reader->meta.groups_left)
        status = load_group(reader);
    if (status || !reader->group_left)
        return status;
    for (size_t i = 0; i < reader->count && !status; i++)
        status = advance(&reader->asked[i]);
    reader->group_left--;
    reader->row++;
    *row = !status;
    return status;
}

uint64_t parquet_row(const parquet_reader *reader) {
    return reader->row;
}

static const asked *column_at(const parquet_reader *reader, int at) {
    assert(at >= 0 && (size_t)at < reader->count);
    return &reader->asked[at];
}

static const uint8_t *value_at(const asked *column, uint32_t i) {
    assert(i < column->n && !column->as_text);
    return column->data.values.at + (column->first + i) * column->field->size;
}

int parquet_is_null(const parquet_reader *reader, int at) {
    return column_at(reader, at)->null;
}

uint32_t parquet_list_size(const parquet_reader *reader, int at) {
    return (uint32_t)column_at(reader, at)->n;
}

tt_text parquet_list_text(const parquet_reader *reader, int at, uint32_t i) {
    const asked *column = column_at(reader, at);
    assert(i < column->n && column->as_text);
    const parquet_field *field = column->field;
    if (field->size && !field->max_rep) {
        char *text = (char *)column->text.at;
        const uint8_t *value = column->data.values.at + column->first * field->size;
        return (tt_text){text, parquet_value_text(field, value, text)};
    }
    int made = field->size > 0; /* by write_texts */
    const bytes *starts = made ? &column->starts : &column->data.starts;
    uint32_t start;
    memcpy(&start, starts->at + (made ? i : column->first + i) * sizeof start, sizeof start);
    const uint8_t *text = (made ? column->text.at : column->data.values.at) + start;
    return (tt_text){(const char *)text + 4, bytes_u32(text)};
}

int64_t parquet_list_int(const parquet_reader *reader, int at, uint32_t i) {
    const asked *column = column_at(reader, at);
    parquet_type type = column->field->column.type;
    assert(type == PARQUET_INT32 || type == PARQUET_INT64 || type == PARQUET_INSTANT);
    return parquet_value_int(column->field, value_at(column, i));
}

double parquet_list_number(const parquet_reader *reader, int at, uint32_t i) {
    const asked *column = column_at(reader, at);
    assert(column->field->column.type != PARQUET_INSTANT);
    return parquet_value_number(column->field, value_at(column, i));
}

tt_text parquet_text(const parquet_reader *reader, int at) {
    return parquet_is_null(reader, at) ? (tt_text){"", 0} : parquet_list_text(reader, at, 0);
}

int64_t parquet_int(const parquet_reader *reader, int at) {
    return parquet_is_null(reader, at) ? 0 : parquet_list_int(reader, at, 0);
}

double parquet_number(const parquet_reader *reader, int at) {
    return parquet_is_null(reader, at) ? (double)NAN : parquet_list_number(reader, at, 0);
}
