/* SPDX-License-Identifier: MIT */
#include "format/parquet_values.h"

#include "format/parquet_delta.h"
#include "format/parquet_format.h"
#include "format/parquet_levels.h"
#include "format/utf8.h"

#include <string.h>

/* What stands for a refusal that is not damage. */
static const char too_large[] = "too large";
static const char not_utf8[] = "a string is not UTF-8";
static const char another_number[] = "a page has another number of values than its levels";

/* Is there room for n more values of `size` bytes? */
static int fits(const bytes *values, size_t n, size_t size) {
    return n <= (PARQUET_MAX_CHUNK - values->used) / size;
}

/* ---- Text: each value is its length (4 bytes) and its bytes in data->values ---- */

static const char *add_text(parquet_data *data, bytes *starts, const uint8_t *text, size_t len) {
    uint32_t start = (uint32_t)data->values.used;
    if (!fits(&data->values, len, 1) || !fits(&data->values, len + 4, 1))
        return too_large;
    if (!utf8_valid((const char *)text, len))
        return not_utf8;
    bytes_put_u32(&data->values, (uint32_t)len);
    bytes_put(&data->values, text, len);
    bytes_put(starts, &start, sizeof start);
    return NULL;
}

static const char *plain_text(parquet_data *data, bytes *starts, size_t count, const uint8_t *at,
                              const uint8_t *end) {
    if (count > (size_t)(end - at) / 4)
        return "a page has too few strings";
    for (size_t i = 0; i < count; i++) {
        if (end - at < 4)
            return "a page has too few strings";
        size_t len = bytes_u32(at);
        at += 4;
        if (len > (size_t)(end - at))
            return "a string reaches past its page";
        const char *what = add_text(data, starts, at, len);
        if (what)
            return what;
        at += len;
    }
    return at == end ? NULL : "a page has bytes after its strings";
}

/* n numbers as differences into data->numbers. */
static const char *delta_numbers(parquet_data *data, size_t n, const uint8_t **at,
                                 const uint8_t *end) {
    data->numbers.used = 0;
    if (!fits(&data->numbers, n, sizeof(uint64_t)))
        return too_large;
    uint64_t *to = (void *)bytes_room(&data->numbers, n * sizeof *to);
    return parquet_delta_get(to, n, at, end) ? "a page's differences are malformed" : NULL;
}

static uint64_t number_at(const parquet_data *data, size_t i) {
    uint64_t number;
    memcpy(&number, data->numbers.at + i * sizeof number, sizeof number);
    return number;
}

/* All lengths, then all bytes. */
static const char *delta_length_text(parquet_data *data, size_t count, const uint8_t *at,
                                     const uint8_t *end) {
    const char *what = delta_numbers(data, count, &at, end);
    for (size_t i = 0; i < count && !what; i++) {
        uint64_t len = number_at(data, i);
        if (len > (uint64_t)(end - at))
            return "a string reaches past its page";
        what = add_text(data, &data->starts, at, (size_t)len);
        at += len;
    }
    return what || at == end ? what : "a page has bytes after its strings";
}

/* Lengths of what each value shares with the one before, lengths of the rest, and the
 * rests: `whole` is given one value after the other. */
static const char *delta_texts(parquet_data *data, const parquet_field *field, size_t count,
                               const uint8_t *at, const uint8_t *end) {
    const char *what = delta_numbers(data, count, &at, end);
    bytes *whole = &data->whole, *shared = &data->shared;
    if (what)
        return what;
    shared->used = whole->used = 0;
    bytes_put(shared, data->numbers.at, count * sizeof(uint64_t));
    what = delta_numbers(data, count, &at, end);
    for (size_t i = 0; i < count && !what; i++) {
        uint64_t len = number_at(data, i), keep;
        memcpy(&keep, shared->at + i * sizeof keep, sizeof keep);
        if (keep > whole->used || len > (uint64_t)(end - at))
            return "a string reaches past its page";
        whole->used = (size_t)keep;
        bytes_put(whole, at, (size_t)len);
        at += len;
        if (!field->size)
            what = add_text(data, &data->starts, whole->at, whole->used);
        else if (whole->used != field->size)
            what = "a value of fixed length has another";
        else if (!fits(&data->values, 1, field->size))
            what = too_large;
        else
            bytes_put(&data->values, whole->at, whole->used);
    }
    return what || at == end ? what : "a page has bytes after its strings";
}

/* ---- Values of one size ---- */

static const char *plain_bits(parquet_data *data, size_t count, const uint8_t *at,
                              const uint8_t *end) {
    if ((size_t)(end - at) != count / 8 + (count % 8 > 0))
        return another_number;
    if (!fits(&data->values, count, 1))
        return too_large;
    uint8_t *to = bytes_room(&data->values, count);
    for (size_t i = 0; i < count; i++)
        to[i] = at[i / 8] >> i % 8 & 1;
    data->values.used += count;
    return NULL;
}

/* Booleans as runs, behind their length. */
static const char *run_bits(parquet_data *data, size_t count, const uint8_t *at,
                            const uint8_t *end) {
    if (end - at < 4 || bytes_u32(at) > (size_t)(end - at) - 4)
        return "a page ends inside its booleans";
    if (!fits(&data->values, count, 1))
        return too_large;
    uint8_t *to = bytes_room(&data->values, count);
    if (parquet_levels_get(to, count, 1, at + 4, bytes_u32(at)))
        return "a page's booleans are malformed";
    data->values.used += count;
    return NULL;
}

static const char *plain_values(parquet_data *data, size_t size, size_t count, const uint8_t *at,
                                const uint8_t *end) {
    size_t len = (size_t)(end - at);
    if (len % size || len / size != count)
        return another_number;
    if (!fits(&data->values, len, 1))
        return too_large;
    bytes_put(&data->values, at, len);
    return NULL;
}

/* The first bytes of all values, then all second bytes ... */
static const char *split_values(parquet_data *data, size_t size, size_t count, const uint8_t *at,
                                const uint8_t *end) {
    size_t len = (size_t)(end - at), start = data->values.used;
    const char *what = plain_values(data, size, count, at, end);
    for (size_t i = 0; i < len && !what; i++)
        data->values.at[start + i] = at[i % size * count + i / size];
    return what;
}

static const char *delta_values(parquet_data *data, size_t size, size_t count, const uint8_t *at,
                                const uint8_t *end) {
    const char *what = delta_numbers(data, count, &at, end);
    if (what)
        return what;
    if (at != end)
        return "a page has bytes after its differences";
    if (!fits(&data->values, count, size))
        return too_large;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = number_at(data, i);
        if (size == 4)
            bytes_put_u32(&data->values, (uint32_t)number);
        else
            bytes_put_u64(&data->values, number);
    }
    return NULL;
}

/* ---- Dictionaries ---- */

/* Places in the dictionary: a byte that says how many bits each has, then runs. */
static const char *dictionary_values(parquet_data *data, size_t size, size_t count,
                                     const uint8_t *at, const uint8_t *end) {
    bytes *to = size ? &data->values : &data->starts;
    uint32_t place[256];
    if (!data->has_dictionary)
        return "a page needs a dictionary, and none is before it";
    size = size ? size : sizeof(uint32_t);
    if (!fits(to, count, size))
        return too_large;
    if (at == end && !count)
        return NULL;
    if (at == end || *at > 32)
        return "a page's places in the dictionary are malformed";
    parquet_runs runs = {.at = at + 1, .left = (size_t)(end - at) - 1, .width = *at};
    uint8_t *value = bytes_room(to, count * size);
    for (size_t done = 0, n; done < count; done += n) {
        n = count - done < 256 ? count - done : 256;
        if (parquet_runs_get(&runs, place, n))
            return "a page's places in the dictionary are malformed";
        for (size_t i = 0; i < n; i++, value += size) {
            if (place[i] >= data->dictionary.used / size)
                return "a value is not in its dictionary";
            memcpy(value, data->dictionary.at + place[i] * size, size);
        }
    }
    to->used += count * size;
    return NULL;
}

int parquet_values_dictionary(const parquet_walk *walk, const parquet_page *page,
                              parquet_data *data, const uint8_t *at, const uint8_t *end) {
    size_t size = walk->field->size;
    const char *what = NULL;
    if (!page->has_header || data->has_dictionary || data->read)
        what = "a dictionary does not stand where it should";
    else if (page->encoding != ENCODING_PLAIN && page->encoding != ENCODING_PLAIN_DICTIONARY)
        return parquet_page_unread(walk, "a dictionary with the encoding",
                                   parquet_encoding_name(page->encoding), "PLAIN dictionaries");
    else if (!size)
        what = plain_text(data, &data->dictionary, page->entries, at, end);
    else if ((size_t)(end - at) % size || (size_t)(end - at) / size != page->entries)
        what = "a dictionary has another number of values than it says";
    else
        bytes_put(&data->dictionary, at, (size_t)(end - at));
    data->has_dictionary = 1;
    if (what == too_large)
        return parquet_page_too_large(walk);
    return what ? parquet_page_damaged(walk, page->at, what) : 0;
}

/* ---- All of them ---- */

static int encoding_fits(int32_t encoding, int32_t physical) {
    int is_int = physical == PHYSICAL_INT32 || physical == PHYSICAL_INT64;
    switch (encoding) {
    case ENCODING_PLAIN:
    case ENCODING_PLAIN_DICTIONARY:
    case ENCODING_RLE_DICTIONARY:
        return 1;
    case ENCODING_RLE:
        return physical == PHYSICAL_BOOLEAN;
    case ENCODING_DELTA_BINARY_PACKED:
        return is_int;
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        return physical == PHYSICAL_BYTE_ARRAY;
    case ENCODING_DELTA_BYTE_ARRAY:
        return physical == PHYSICAL_BYTE_ARRAY || physical == PHYSICAL_FIXED;
    case ENCODING_BYTE_STREAM_SPLIT:
        return is_int || physical == PHYSICAL_FLOAT || physical == PHYSICAL_DOUBLE ||
               physical == PHYSICAL_FIXED;
    default:
        return 0;
    }
}

static const char *get(parquet_data *data, const parquet_field *field, int32_t encoding,
                       size_t count, const uint8_t *at, const uint8_t *end) {
    size_t size = field->size;
    switch (encoding) {
    case ENCODING_PLAIN:
        if (!size)
            return plain_text(data, &data->starts, count, at, end);
        return field->found.physical == PHYSICAL_BOOLEAN ? plain_bits(data, count, at, end)
                                                         : plain_values(data, size, count, at, end);
    case ENCODING_RLE:
        return run_bits(data, count, at, end);
    case ENCODING_DELTA_BINARY_PACKED:
        return delta_values(data, size, count, at, end);
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
        return delta_length_text(data, count, at, end);
    case ENCODING_DELTA_BYTE_ARRAY:
        return delta_texts(data, field, count, at, end);
    case ENCODING_BYTE_STREAM_SPLIT:
        return split_values(data, size, count, at, end);
    default:
        return dictionary_values(data, size, count, at, end);
    }
}

/* Numbers that int64_t does not hold. */
static int check_unsigned(const parquet_walk *walk, const parquet_data *data, size_t count) {
    for (size_t i = data->count; i < data->count + count; i++)
        if (data->values.at[8 * i + 7] >> 7)
            return parquet_page_unread(walk, "a UINT64 number", "above 2^63 - 1",
                                       "the column as text or as DOUBLE");
    return 0;
}

int parquet_values_get(const parquet_walk *walk, const parquet_page *page, parquet_data *data,
                       size_t count, const uint8_t *at, const uint8_t *end) {
    const parquet_field *field = walk->field;
    if (!encoding_fits(page->encoding, field->found.physical))
        return parquet_page_unread(walk, parquet_physical_name(field->found.physical),
                                   parquet_encoding_name(page->encoding),
                                   "the column in the PLAIN encoding or with a dictionary");
    const char *what = get(data, field, page->encoding, count, at, end);
    if (!what && field->only_nulls && count)
        what = "a column that has nulls alone has a value";
    if (what == too_large)
        return parquet_page_too_large(walk);
    if (what == not_utf8 && field->found.converted == CONVERTED_NONE &&
        field->found.logical == LOGICAL_NONE)
        return parquet_page_unread(walk, "a BYTE_ARRAY value", "that is not UTF-8",
                                   "the column as text");
    if (what)
        return parquet_page_damaged(walk, page->at, what);
    int status = 0;
    if (!walk->as_text && field->is_unsigned && field->size == 8)
        status = check_unsigned(walk, data, count);
    data->count += count;
    return status;
}
