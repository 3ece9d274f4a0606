/* SPDX-License-Identifier: MIT */
#include "format/parquet_chunk.h"

#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_levels.h"
#include "format/parquet_page.h"
#include "format/parquet_values.h"

#include <string.h>

void parquet_data_free(parquet_data *data) {
    bytes_free(&data->packed);
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

/* Rows begin at level 0; what continues a list follows a value of it, which is in the window. */
static int check_lists(const parquet_walk *walk, const parquet_page *page,
                       const parquet_data *data) {
    const parquet_field *field = walk->field;
    const uint8_t *rep = data->rep.at, *def = data->def.at;
    int nulls = field->column.type == PARQUET_STRING;
    for (size_t i = data->entries; i < data->rep.used; i++) {
        if (rep[i] && (i == 0 || def[i] < field->item_def || def[i - 1] < field->item_def))
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

static int read_data_page(const parquet_page *page, parquet_data *data) {
    const parquet_walk *walk = &data->walk;
    const parquet_field *field = walk->field;
    const uint8_t *at, *end;
    if (!page->has_header || page->entries > walk->chunk->entries - data->read)
        return parquet_page_damaged(walk, page->at, "a page has more values than its column");
    int status = parquet_page_unpack(walk, page, &data->body, &at, &end);
    if (!status)
        status = take_levels(walk, page, page->rep_encoding, page->rep_size, field->max_rep,
                             &data->rep, &at, end);
    if (!status)
        status = take_levels(walk, page, page->def_encoding, page->def_size, field->max_def,
                             &data->def, &at, end);
    if (!status && field->max_rep)
        status = check_lists(walk, page, data);
    if (status)
        return status;
    data->entries += page->entries;
    data->read += page->entries;
    return parquet_values_get(walk, page, data, count_values(data, field, page->entries), at, end);
}

static int read_dictionary(const parquet_page *page, parquet_data *data) {
    const uint8_t *at, *end;
    int status = parquet_page_unpack(&data->walk, page, &data->body, &at, &end);
    if (!status)
        status = parquet_values_dictionary(&data->walk, page, data, at, end);
    data->dictionary_text = data->walk.field->size ? 0 : data->values.used;
    return status;
}

static int read_page(parquet_data *data) {
    enum { KEEP = 1 << 22 }; /* bytes; larger pages are rare, and each column may have one */
    parquet_page page;
    int status = interrupted();
    if (!status)
        status = parquet_page_next(&data->walk, &page);
    if (status)
        return status;
    if (page.type == PAGE_DATA || page.type == PAGE_DATA_V2)
        status = read_data_page(&page, data);
    else if (page.type == PAGE_DICTIONARY)
        status = read_dictionary(&page, data);
    else if (page.type != PAGE_INDEX)
        status = parquet_page_damaged(&data->walk, page.at, "a page is of an unknown type");
    if (data->body.capacity > KEEP)
        bytes_free(&data->body);
    return status;
}

int parquet_chunk_begin(parquet_data *data, const parquet_pages *pages, const parquet_field *field,
                        const parquet_chunk *chunk, int as_text) {
    data->walk = (parquet_walk){pages, field, chunk, as_text, NULL, NULL, NULL};
    data->values.used = data->starts.used = data->rep.used = data->def.used = 0;
    data->dictionary.used = 0;
    data->has_dictionary = 0;
    data->count = data->entries = data->dictionary_text = 0;
    data->read = 0;
    if (chunk->physical != field->found.physical)
        return fail(TW_INPUT,
                    "%s: column %s: the row group and the schema name different types; "
                    "the file is damaged, copy or make it again",
                    pages->path, field->name);
    if (chunk->entries > PARQUET_MAX_ENTRIES || chunk->size > PARQUET_MAX_CHUNK)
        return parquet_page_too_large(&data->walk);
    data->packed.used = 0;
    uint8_t *room = bytes_room(&data->packed, (size_t)chunk->size + 1);
    data->walk.start = data->walk.at = room;
    data->walk.end = room + chunk->size;
    return parquet_read_at(pages->fd, pages->path, chunk->start, room, (size_t)chunk->size);
}

static void drop(bytes *from, size_t at, size_t len) {
    if (len)
        memmove(from->at + at, from->at + at + len, from->used - at - len);
    from->used -= len;
}

/* Drops the text of values that are passed; that of the dictionary stays. */
static void drop_text(parquet_data *data) {
    uint32_t start;
    size_t kept = data->values.used, n = data->starts.used / sizeof start;
    for (size_t i = n; i-- > 0;) {
        memcpy(&start, data->starts.at + i * sizeof start, sizeof start);
        if (start >= data->dictionary_text)
            kept = start;
    }
    size_t len = kept - data->dictionary_text;
    for (size_t i = 0; i < n; i++) {
        memcpy(&start, data->starts.at + i * sizeof start, sizeof start);
        start -= start >= data->dictionary_text ? (uint32_t)len : 0;
        memcpy(data->starts.at + i * sizeof start, &start, sizeof start);
    }
    drop(&data->values, data->dictionary_text, len);
}

static void pass(parquet_data *data, size_t entry, size_t value) {
    const parquet_field *field = data->walk.field;
    if (field->max_rep)
        drop(&data->rep, 0, entry);
    if (field->max_def)
        drop(&data->def, 0, entry);
    data->entries -= entry;
    data->count -= value;
    if (field->size) {
        drop(&data->values, 0, value * field->size);
    } else if (value) {
        drop(&data->starts, 0, value * sizeof(uint32_t));
        drop_text(data);
    }
}

int parquet_chunk_more(parquet_data *data, size_t entry, size_t value) {
    pass(data, entry, value);
    size_t stay = data->entries;
    int status = 0;
    while (!status && data->entries == stay && data->walk.at < data->walk.end)
        status = read_page(data);
    if (!status && data->entries == stay && data->read != data->walk.chunk->entries)
        status = parquet_chunk_refuse(data);
    return status;
}

int parquet_chunk_refuse(const parquet_data *data) {
    return parquet_page_damaged(&data->walk, data->walk.at,
                                "the column has too few values or rows");
}
