/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_writer.h"
#include "format/thrift.h"

#include <string.h>

static const int32_t physical[] = {
    [PARQUET_STRING] = PHYSICAL_BYTE_ARRAY, [PARQUET_INT32] = PHYSICAL_INT32,
    [PARQUET_INT64] = PHYSICAL_INT64,       [PARQUET_FLOAT] = PHYSICAL_FLOAT,
    [PARQUET_DOUBLE] = PHYSICAL_DOUBLE,     [PARQUET_INSTANT] = PHYSICAL_INT64};

static tt_text text_of(const char *text) {
    return (tt_text){text, strlen(text)};
}

/* LogicalType STRING or TIMESTAMP(UTC, MICROS), and the older ConvertedType. */
static void put_annotation(thrift_writer *to, parquet_type type) {
    if (type == PARQUET_STRING) {
        thrift_put_int(to, 6, THRIFT_I32, CONVERTED_UTF8);
        thrift_begin(to, 10);
        thrift_begin(to, LOGICAL_STRING);
        thrift_end(to);
        thrift_end(to);
    } else if (type == PARQUET_INSTANT) {
        thrift_put_int(to, 6, THRIFT_I32, CONVERTED_TIMESTAMP_MICROS);
        thrift_begin(to, 10);
        thrift_begin(to, LOGICAL_TIMESTAMP);
        thrift_put_bool(to, 1, 1);
        thrift_begin(to, 2);
        thrift_begin(to, UNIT_MICROS);
        thrift_end(to);
        thrift_end(to);
        thrift_end(to);
        thrift_end(to);
    }
}

static void put_leaf(thrift_writer *to, const char *name, parquet_type type, int repetition) {
    thrift_begin(to, 0);
    thrift_put_int(to, 1, THRIFT_I32, physical[type]);
    thrift_put_int(to, 3, THRIFT_I32, repetition);
    thrift_put_text(to, 4, text_of(name));
    put_annotation(to, type);
    thrift_end(to);
}

/* A group of one child: `name` (LIST), or the repeated group inside it. */
static void put_list_group(thrift_writer *to, const char *name, int repetition) {
    thrift_begin(to, 0);
    thrift_put_int(to, 3, THRIFT_I32, repetition);
    thrift_put_text(to, 4, text_of(name));
    thrift_put_int(to, 5, THRIFT_I32, 1);
    if (repetition == REPETITION_REQUIRED) {
        thrift_put_int(to, 6, THRIFT_I32, CONVERTED_LIST);
        thrift_begin(to, 10);
        thrift_begin(to, LOGICAL_LIST);
        thrift_end(to);
        thrift_end(to);
    }
    thrift_end(to);
}

static void put_schema(thrift_writer *to, const parquet_writer *writer) {
    size_t elements = 1;
    for (int i = 0; i < writer->count; i++)
        elements += writer->columns[i].list ? 3 : 1;
    thrift_put_list(to, 2, THRIFT_STRUCT, elements);
    thrift_begin(to, 0);
    thrift_put_text(to, 4, text_of("schema"));
    thrift_put_int(to, 5, THRIFT_I32, writer->count);
    thrift_end(to);
    for (int i = 0; i < writer->count; i++) {
        const parquet_column *column = &writer->columns[i];
        if (column->list) {
            put_list_group(to, column->name, REPETITION_REQUIRED);
            put_list_group(to, "list", REPETITION_REPEATED);
            put_leaf(to, "element", column->type, REPETITION_REQUIRED);
        } else {
            put_leaf(to, column->name, column->type,
                     column->nullable ? REPETITION_OPTIONAL : REPETITION_REQUIRED);
        }
    }
}

/* ColumnMetaData. */
static void put_metadata(thrift_writer *to, const parquet_column *column,
                         const parquet_chunk_info *chunk) {
    int levels = column->list || column->nullable;
    thrift_put_int(to, 1, THRIFT_I32, physical[column->type]);
    thrift_put_list(to, 2, THRIFT_I32, levels ? 2 : 1);
    thrift_put_element_int(to, ENCODING_PLAIN);
    if (levels)
        thrift_put_element_int(to, ENCODING_RLE);
    thrift_put_list(to, 3, THRIFT_BINARY, column->list ? 3 : 1);
    thrift_put_element_text(to, text_of(column->name));
    if (column->list) {
        thrift_put_element_text(to, text_of("list"));
        thrift_put_element_text(to, text_of("element"));
    }
    thrift_put_int(to, 4, THRIFT_I32, CODEC_ZSTD);
    thrift_put_int(to, 5, THRIFT_I64, (int64_t)chunk->entries);
    thrift_put_int(to, 6, THRIFT_I64, (int64_t)chunk->raw_size);
    thrift_put_int(to, 7, THRIFT_I64, (int64_t)chunk->size);
    thrift_put_int(to, 9, THRIFT_I64, (int64_t)chunk->offset);
    thrift_begin(to, 12); /* Statistics */
    thrift_put_int(to, 3, THRIFT_I64, (int64_t)chunk->nulls);
    thrift_end(to);
}

static void put_group(thrift_writer *to, const parquet_writer *writer,
                      const parquet_group_info *group) {
    uint64_t raw_size = 0, size = 0;
    thrift_begin(to, 0);
    thrift_put_list(to, 1, THRIFT_STRUCT, (size_t)writer->count);
    for (int i = 0; i < writer->count; i++) {
        thrift_begin(to, 0);
        thrift_put_int(to, 2, THRIFT_I64, (int64_t)group->chunk[i].offset);
        thrift_begin(to, 3);
        put_metadata(to, &writer->columns[i], &group->chunk[i]);
        thrift_end(to);
        thrift_end(to);
        raw_size += group->chunk[i].raw_size;
        size += group->chunk[i].size;
    }
    thrift_put_int(to, 2, THRIFT_I64, (int64_t)raw_size);
    thrift_put_int(to, 3, THRIFT_I64, (int64_t)group->rows);
    thrift_put_int(to, 5, THRIFT_I64, (int64_t)group->chunk[0].offset);
    thrift_put_int(to, 6, THRIFT_I64, (int64_t)size);
    thrift_end(to);
}

static void put_properties(thrift_writer *to, const parquet_writer *writer) {
    thrift_put_list(to, 5, THRIFT_STRUCT, writer->properties / 2);
    for (size_t i = 0; i < writer->properties; i += 2) {
        thrift_begin(to, 0);
        thrift_put_text(to, 1, text_of(writer->property[i]));
        thrift_put_text(to, 2, text_of(writer->property[i + 1]));
        thrift_end(to);
    }
}

int parquet_put_footer(parquet_writer *writer) {
    bytes footer = {NULL, 0, 0};
    thrift_writer to = {.to = &footer};
    thrift_put_int(&to, 1, THRIFT_I32, 1); /* version: data pages v1 */
    put_schema(&to, writer);
    thrift_put_int(&to, 3, THRIFT_I64, (int64_t)writer->rows);
    thrift_put_list(&to, 4, THRIFT_STRUCT, writer->groups);
    for (size_t i = 0; i < writer->groups; i++)
        put_group(&to, writer, &writer->group[i]);
    if (writer->properties)
        put_properties(&to, writer);
    thrift_put_text(&to, 6, text_of("twotower"));
    bytes_put_byte(&footer, THRIFT_STOP);
    int status = 0;
    if (footer.used > PARQUET_MAX_FOOTER)
        status = fail(TW_INPUT, "%s: the footer is larger than 64 MB; write fewer rows per file",
                      writer->out.path);
    bytes_put_u32(&footer, (uint32_t)footer.used);
    bytes_put(&footer, PARQUET_MAGIC, 4);
    if (!status)
        status = parquet_put_bytes(writer, footer.at, footer.used);
    bytes_free(&footer);
    return status;
}
