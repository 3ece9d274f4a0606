/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_writer.h"
#include "format/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 1 << 20,
    GROUP_BYTES = 1 << 21,
    GROUP_ROWS = 1 << 16,
    MAX_VALUE = 1 << 26, /* bytes that a row may have in one column */
    MICROSECONDS = 1000000
};

static void writer_free(parquet_writer *writer) {
    for (int i = 0; i < writer->count; i++) {
        bytes_free(&writer->column[i].values);
        bytes_free(&writer->column[i].rep);
        bytes_free(&writer->column[i].def);
        bytes_free(&writer->column[i].pages);
    }
    free(writer->column);
    for (size_t i = 0; i < writer->groups; i++)
        free(writer->group[i].chunk);
    free(writer->group);
    for (size_t i = 0; i < writer->properties; i++)
        free(writer->property[i]);
    free(writer->property);
    bytes_free(&writer->body);
    bytes_free(&writer->compressed);
    ZSTD_freeCCtx(writer->zstd);
    free(writer);
}

int parquet_create(parquet_writer **writer, const char *path, const parquet_column *columns,
                   int count) {
    assert(count > 0);
    *writer = NULL;
    parquet_writer *made = xcalloc(1, sizeof *made);
    int status = output_open(&made->out, path);
    if (status) {
        free(made);
        return status;
    }
    made->columns = columns;
    made->count = count;
    made->column = xcalloc((size_t)count, sizeof *made->column);
    made->zstd = ZSTD_createCCtx();
    if (!made->zstd)
        out_of_memory(PAGE_BYTES);
    parquet_limits(made, PAGE_BYTES, GROUP_BYTES, GROUP_ROWS);
    made->status = parquet_put_bytes(made, PARQUET_MAGIC, 4);
    *writer = made;
    return 0;
}

void parquet_limits(parquet_writer *writer, size_t page_bytes, size_t group_bytes, size_t rows) {
    writer->page_bytes = page_bytes;
    writer->group_bytes = group_bytes;
    writer->group_limit = rows;
}

int parquet_put_bytes(parquet_writer *writer, const void *from, size_t len) {
    writer->position += len;
    return output_write(&writer->out, from, len);
}

/* Values are refused here and the refusal is returned by parquet_end_row. */
static void refuse(parquet_writer *writer, int column, const char *what) {
    if (!writer->status)
        writer->status =
            fail(TW_INPUT, "%s: row %llu: column %s: %s", writer->out.path,
                 (unsigned long long)writer->rows + 1, writer->columns[column].name, what);
}

void parquet_set(parquet_writer *writer, const char *key, const char *value) {
    if (!writer->status && !(utf8_valid(key, strlen(key)) && utf8_valid(value, strlen(value))))
        writer->status =
            fail(TW_INPUT, "%s: the text of a file-level key is not UTF-8", writer->out.path);
    for (size_t i = 0; i < writer->properties; i += 2)
        if (strcmp(writer->property[i], key) == 0) {
            free(writer->property[i + 1]);
            writer->property[i + 1] = xstrndup(value, strlen(value));
            return;
        }
    for (int i = 0; i < 2; i++) {
        writer->property = xgrow(writer->property, writer->properties, &writer->capacity_properties,
                                 sizeof *writer->property);
        const char *text = i ? value : key;
        writer->property[writer->properties++] = xstrndup(text, strlen(text));
    }
}

static parquet_type type_of(const parquet_writer *writer, int column) {
    assert(column >= 0 && column < writer->count);
    return writer->columns[column].type;
}

/* Marks that a flat column is given, or takes one place of the row's list, and
 * writes the levels; 0 if `len` more bytes are too many. */
static int begin_value(parquet_writer *writer, int column, size_t len) {
    parquet_column_writer *to = &writer->column[column];
    const parquet_column *kind = &writer->columns[column];
    if (kind->list) {
        assert(to->given && to->left > 0);
        to->left--;
        bytes_put_byte(&to->rep, (uint8_t)to->opened);
        to->opened = 1;
    } else {
        assert(!to->given);
        to->given = 1;
    }
    if (kind->list || kind->nullable)
        bytes_put_byte(&to->def, 1);
    to->entries++;
    if (len <= MAX_VALUE && to->values.used - to->row_start <= MAX_VALUE - len)
        return 1;
    refuse(writer, column, "the value is larger than 64 MB, the most that a row may have there");
    return 0;
}

void parquet_put_text(parquet_writer *writer, int column, tt_text value) {
    assert(type_of(writer, column) == PARQUET_STRING);
    if (!begin_value(writer, column, value.len))
        return;
    if (!utf8_valid(value.at, value.len)) {
        refuse(writer, column, "the text is not UTF-8");
        return;
    }
    bytes_put_u32(&writer->column[column].values, (uint32_t)value.len);
    bytes_put(&writer->column[column].values, value.at, value.len);
}

void parquet_put_int(parquet_writer *writer, int column, int64_t value) {
    parquet_type type = type_of(writer, column);
    assert(type == PARQUET_INT32 || type == PARQUET_INT64 || type == PARQUET_INSTANT);
    bytes *to = &writer->column[column].values;
    if (!begin_value(writer, column, sizeof value))
        return;
    if (type == PARQUET_INT32 && (value < INT32_MIN || value > INT32_MAX))
        refuse(writer, column, "the number does not fit 32 bits");
    else if (type == PARQUET_INSTANT &&
             (value < INT64_MIN / MICROSECONDS || value > INT64_MAX / MICROSECONDS))
        refuse(writer, column, "the time does not fit 64 bits of microseconds");
    else if (type == PARQUET_INT32)
        bytes_put_u32(to, (uint32_t)value);
    else
        bytes_put_u64(to, (uint64_t)(type == PARQUET_INSTANT ? value * MICROSECONDS : value));
}

static void put_float(bytes *to, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bytes_put_u32(to, bits);
}

void parquet_put_number(parquet_writer *writer, int column, double value) {
    parquet_type type = type_of(writer, column);
    assert(type == PARQUET_FLOAT || type == PARQUET_DOUBLE);
    bytes *to = &writer->column[column].values;
    if (!begin_value(writer, column, sizeof value))
        return;
    if (type == PARQUET_FLOAT) {
        put_float(to, (float)value);
    } else {
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        bytes_put_u64(to, bits);
    }
}

void parquet_put_floats(parquet_writer *writer, int column, const float *values, uint32_t n) {
    assert(type_of(writer, column) == PARQUET_FLOAT);
    parquet_list(writer, column, n);
    for (uint32_t i = 0; i < n; i++) {
        if (begin_value(writer, column, sizeof *values))
            put_float(&writer->column[column].values, values[i]);
    }
}

void parquet_put_null(parquet_writer *writer, int column) {
    assert(column >= 0 && column < writer->count && writer->columns[column].nullable);
    parquet_column_writer *to = &writer->column[column];
    assert(!to->given);
    to->given = 1;
    bytes_put_byte(&to->def, 0);
    to->entries++;
    to->info.nulls++;
}

void parquet_list(parquet_writer *writer, int column, uint32_t n) {
    assert(column >= 0 && column < writer->count && writer->columns[column].list);
    parquet_column_writer *to = &writer->column[column];
    assert(!to->given);
    to->given = 1;
    to->left = n;
    if (n)
        return;
    bytes_put_byte(&to->rep, 0);
    bytes_put_byte(&to->def, 0);
    to->entries++;
    to->info.nulls++;
}

int parquet_end_row(parquet_writer *writer) {
    size_t raw = 0;
    for (int i = 0; i < writer->count; i++)
        assert(writer->column[i].given && writer->column[i].left == 0);
    for (int i = 0; i < writer->count && !writer->status; i++) {
        parquet_column_writer *to = &writer->column[i];
        if (to->values.used >= writer->page_bytes)
            writer->status = parquet_close_page(writer, i);
        to->given = 0;
        to->opened = 0;
        to->row_start = to->values.used;
        raw += (size_t)to->info.raw_size + to->values.used;
    }
    if (writer->status)
        return writer->status;
    writer->rows++;
    writer->group_rows++;
    if (writer->group_rows >= writer->group_limit || raw >= writer->group_bytes)
        writer->status = parquet_close_group(writer);
    return writer->status;
}

int parquet_commit(parquet_writer **writer) {
    parquet_writer *made = *writer;
    *writer = NULL;
    for (int i = 0; i < made->count; i++)
        assert(made->status || !made->column[i].given);
    int status = made->status;
    if (!status && made->group_rows)
        status = parquet_close_group(made);
    if (!status)
        status = parquet_put_footer(made);
    if (!status)
        status = output_commit(&made->out);
    else
        output_abandon(&made->out);
    writer_free(made);
    return status;
}

void parquet_abandon(parquet_writer *writer) {
    if (!writer)
        return;
    output_abandon(&writer->out);
    writer_free(writer);
}
