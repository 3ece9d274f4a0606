/* SPDX-License-Identifier: MIT */
#include "format/parquet_chunk.h"

#include "cli/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_levels.h"
#include "format/parquet_page.h"
#include "format/utf8.h"

#include <string.h>

void parquet_data_free(parquet_data *data) {
    bytes_free(&data->values);
    bytes_free(&data->starts);
    bytes_free(&data->rep);
    bytes_free(&data->def);
}

size_t parquet_value_size(int32_t physical) {
    switch (physical) {
    case PHYSICAL_INT32:
    case PHYSICAL_FLOAT:
        return 4;
    case PHYSICAL_INT64:
    case PHYSICAL_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

/* Takes one run of levels from the front of a page's body: [*at, end). */
static int take_levels(const parquet_walk *walk, const parquet_page *page, int32_t encoding,
                       unsigned max, bytes *levels, const uint8_t **at, const uint8_t *end) {
    if (!max)
        return 0;
    if (encoding != ENCODING_RLE)
        return parquet_page_unread(walk, "level encoding", parquet_encoding_name(encoding));
    uint8_t *level = bytes_room(levels, page->entries);
    if (end - *at < 4)
        return parquet_page_damaged(walk, page->at, "a page ends inside its levels");
    size_t len = bytes_u32(*at);
    *at += 4;
    if (len > (size_t)(end - *at) || parquet_levels_get(level, page->entries, max, *at, len))
        return parquet_page_damaged(walk, page->at, "a page's levels are malformed");
    levels->used += page->entries;
    *at += len;
    return 0;
}

/* Rows begin at level 0; what continues a list follows a value of it. */
static const char *check_lists(parquet_data *data, const parquet_field *field, size_t first) {
    const uint8_t *rep = data->rep.at, *def = data->def.at;
    for (size_t i = first; i < data->rep.used; i++) {
        if (rep[i] == 0)
            data->rows++;
        else if (i == 0 || def[i] < field->item_def || def[i - 1] < field->item_def)
            return "a list continues where none is open";
        if (def[i] >= field->item_def && def[i] < field->max_def)
            return "a list with a null in it is not read";
    }
    return NULL;
}

/* How many of the page's entries are values. */
static size_t count_values(const parquet_data *data, const parquet_field *field, size_t entries) {
    if (!field->max_def)
        return entries;
    size_t count = 0;
    for (const uint8_t *def = data->def.at + data->def.used - entries, *end = def + entries;
         def < end; def++)
        count += *def == field->max_def;
    return count;
}

/* Checks `count` strings that fill data->values from `at` on, and keeps where they start. */
static const char *index_strings(parquet_data *data, size_t at, size_t count) {
    if (count > (data->values.used - at) / 4)
        return "a page has too few strings";
    bytes_room(&data->starts, count * sizeof(uint32_t));
    for (size_t i = 0; i < count; i++) {
        uint32_t start = (uint32_t)at;
        if (data->values.used - at < 4)
            return "a page has too few strings";
        size_t len = bytes_u32(data->values.at + at);
        at += 4;
        if (len > data->values.used - at)
            return "a string reaches past its page";
        if (!utf8_valid((const char *)data->values.at + at, len))
            return "a string is not UTF-8";
        at += len;
        memcpy(data->starts.at + data->starts.used, &start, sizeof start);
        data->starts.used += sizeof start;
    }
    return at == data->values.used ? NULL : "a page has bytes after its strings";
}

static int take_values(const parquet_walk *walk, const parquet_page *page, parquet_data *data,
                       size_t start) {
    size_t count = count_values(data, walk->field, page->entries);
    size_t size = parquet_value_size(walk->chunk->physical);
    const char *what = NULL;
    if (!size)
        what = index_strings(data, start, count);
    else if ((data->values.used - start) % size || (data->values.used - start) / size != count)
        what = "a page has another number of values than its levels";
    if (what)
        return parquet_page_damaged(walk, page->at, what);
    data->count += count;
    return 0;
}

static int read_data_page(const parquet_walk *walk, const parquet_page *page, parquet_data *data) {
    const parquet_field *field = walk->field;
    if (!page->has_data || page->entries > walk->chunk->entries - data->entries)
        return parquet_page_damaged(walk, page->at, "a page has more values than its column");
    if (page->encoding != ENCODING_PLAIN)
        return parquet_page_unread(walk, "encoding", parquet_encoding_name(page->encoding));
    size_t start = data->values.used;
    int status = parquet_page_unpack(walk, page, &data->values);
    if (status)
        return status;
    const uint8_t *at = data->values.at + start, *end = data->values.at + data->values.used;
    status = take_levels(walk, page, page->rep_encoding, field->max_rep, &data->rep, &at, end);
    if (!status)
        status = take_levels(walk, page, page->def_encoding, field->max_def, &data->def, &at, end);
    if (status)
        return status;
    const char *what = NULL;
    if (field->max_rep)
        what = check_lists(data, field, data->entries);
    else
        data->rows += page->entries;
    if (what)
        return parquet_page_damaged(walk, page->at, what);
    data->entries += page->entries;
    memmove(data->values.at + start, at, (size_t)(end - at));
    data->values.used = start + (size_t)(end - at);
    return take_values(walk, page, data, start);
}

static int read_page(parquet_walk *walk, parquet_data *data) {
    parquet_page page;
    int status = interrupted();
    if (!status)
        status = parquet_page_next(walk, &page);
    if (status)
        return status;
    switch (page.type) {
    case PAGE_DATA:
        return read_data_page(walk, &page, data);
    case PAGE_INDEX:
        return 0;
    case PAGE_DICTIONARY:
        return parquet_page_unread(walk, "encoding", "RLE_DICTIONARY");
    case PAGE_DATA_V2:
        return parquet_page_unread(walk, "a data page", "v2");
    default:
        return parquet_page_damaged(walk, page.at, "a page is of an unknown type");
    }
}

int parquet_chunk_read(parquet_data *data, parquet_pages *pages, const parquet_field *field,
                       const parquet_chunk *chunk, uint64_t rows) {
    parquet_walk walk = {pages, field, chunk, NULL, NULL};
    data->values.used = data->starts.used = data->rep.used = data->def.used = 0;
    data->count = data->entries = 0;
    data->rows = 0;
    if (chunk->physical != field->found.physical)
        return fail(TW_INPUT,
                    "%s: column %s: the row group and the schema name different types; "
                    "the file is damaged, copy or make it again",
                    pages->path, field->name);
    if (chunk->entries > PARQUET_MAX_ENTRIES || chunk->size > PARQUET_MAX_CHUNK)
        return parquet_page_unread(&walk, "more than 1 GB or 2^28 values in", "one row group");
    pages->packed.used = 0;
    uint8_t *room = bytes_room(&pages->packed, (size_t)chunk->size + 1);
    int status = parquet_read_at(pages->fd, pages->path, chunk->start, room, (size_t)chunk->size);
    walk.at = room;
    walk.end = room + chunk->size;
    while (!status && walk.at < walk.end)
        status = read_page(&walk, data);
    if (!status && (data->entries != chunk->entries || data->rows != rows))
        status = parquet_page_damaged(&walk, walk.end, "the column has too few values or rows");
    return status;
}
