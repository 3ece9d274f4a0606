/* SPDX-License-Identifier: MIT */
#include "format/parquet_chunk.h"

#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_levels.h"
#include "format/parquet_page.h"
#include "format/parquet_values.h"

void parquet_data_free(parquet_data *data) {
    bytes_free(&data->values);
    bytes_free(&data->starts);
    bytes_free(&data->rep);
    bytes_free(&data->def);
    bytes_free(&data->dictionary);
    bytes_free(&data->body);
    bytes_free(&data->numbers);
    bytes_free(&data->shared);
    bytes_free(&data->whole);
}

/* Takes one run of levels from the front of a page's body: [*at, end).  In pages v1 its
 * length stands before it. */
static int take_levels(const parquet_walk *walk, const parquet_page *page, int32_t encoding,
                       size_t len, unsigned max, bytes *levels, const uint8_t **at,
                       const uint8_t *end) {
    int v1 = page->type == PAGE_DATA;
    if (!max) { /* Some writers give levels that are all 0. */
        *at += len;
        return 0;
    }
    if (encoding != ENCODING_RLE)
        return parquet_page_unread(walk, "level encoding", parquet_encoding_name(encoding),
                                   "the file with RLE levels");
    uint8_t *level = bytes_room(levels, page->entries);
    if (v1 && end - *at < 4)
        return parquet_page_damaged(walk, page->at, "a page ends inside its levels");
    if (v1) {
        len = bytes_u32(*at);
        *at += 4;
    }
    if (len > (size_t)(end - *at) || parquet_levels_get(level, page->entries, max, *at, len))
        return parquet_page_damaged(walk, page->at, "a page's levels are malformed");
    levels->used += page->entries;
    *at += len;
    return 0;
}

/* Rows begin at level 0; what continues a list follows a value of it. */
static int check_lists(const parquet_walk *walk, const parquet_page *page, parquet_data *data) {
    const parquet_field *field = walk->field;
    const uint8_t *rep = data->rep.at, *def = data->def.at;
    int nulls = field->column.type == PARQUET_STRING;
    for (size_t i = data->entries; i < data->rep.used; i++) {
        if (rep[i] == 0)
            data->rows++;
        else if (i == 0 || def[i] < field->item_def || def[i - 1] < field->item_def)
            return parquet_page_damaged(walk, page->at, "a list continues where none is open");
        if (!nulls && def[i] >= field->item_def && def[i] < field->max_def)
            return parquet_page_unread(walk, "a list of numbers with", "a null in it",
                                       "such lists without nulls");
    }
    return 0;
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

static int read_data_page(const parquet_walk *walk, const parquet_page *page, parquet_data *data) {
    const parquet_field *field = walk->field;
    const uint8_t *at, *end;
    if (!page->has_header || page->entries > walk->chunk->entries - data->entries)
        return parquet_page_damaged(walk, page->at, "a page has more values than its column");
    int status = parquet_page_unpack(walk, page, &data->body, &at, &end);
    if (!status)
        status = take_levels(walk, page, page->rep_encoding, page->rep_size, field->max_rep,
                             &data->rep, &at, end);
    if (!status)
        status = take_levels(walk, page, page->def_encoding, page->def_size, field->max_def,
                             &data->def, &at, end);
    if (status)
        return status;
    if (field->max_rep)
        status = check_lists(walk, page, data);
    else
        data->rows += page->entries;
    if (status)
        return status;
    data->entries += page->entries;
    return parquet_values_get(walk, page, data, count_values(data, field, page->entries), at, end);
}

static int read_dictionary(const parquet_walk *walk, const parquet_page *page, parquet_data *data) {
    const uint8_t *at, *end;
    int status = parquet_page_unpack(walk, page, &data->body, &at, &end);
    return status ? status : parquet_values_dictionary(walk, page, data, at, end);
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
    case PAGE_DATA_V2:
        return read_data_page(walk, &page, data);
    case PAGE_INDEX:
        return 0;
    case PAGE_DICTIONARY:
        return read_dictionary(walk, &page, data);
    default:
        return parquet_page_damaged(walk, page.at, "a page is of an unknown type");
    }
}

int parquet_chunk_read(parquet_data *data, parquet_pages *pages, const parquet_field *field,
                       const parquet_chunk *chunk, uint64_t rows, int as_text) {
    parquet_walk walk = {pages, field, chunk, NULL, NULL};
    data->values.used = data->starts.used = data->rep.used = data->def.used = 0;
    data->dictionary.used = 0;
    data->has_dictionary = 0;
    data->count = data->entries = 0;
    data->rows = 0;
    if (chunk->physical != field->found.physical)
        return fail(TW_INPUT,
                    "%s: column %s: the row group and the schema name different types; "
                    "the file is damaged, copy or make it again",
                    pages->path, field->name);
    if (chunk->entries > PARQUET_MAX_ENTRIES || chunk->size > PARQUET_MAX_CHUNK)
        return parquet_page_too_large(&walk);
    pages->packed.used = 0;
    uint8_t *room = bytes_room(&pages->packed, (size_t)chunk->size + 1);
    int status = parquet_read_at(pages->fd, pages->path, chunk->start, room, (size_t)chunk->size);
    walk.at = room;
    walk.end = room + chunk->size;
    while (!status && walk.at < walk.end)
        status = read_page(&walk, data);
    if (!status && (data->entries != chunk->entries || data->rows != rows))
        status = parquet_page_damaged(&walk, walk.end, "the column has too few values or rows");
    if (!status && !as_text && field->is_unsigned && field->size == 8)
        status = parquet_values_check_unsigned(&walk, data);
    if (!status && as_text && field->size)
        status = parquet_values_to_text(&walk, data);
    return status;
}
