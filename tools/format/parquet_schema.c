/* SPDX-License-Identifier: MIT */
#include "cli/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_meta.h"
#include "format/utf8.h"

#include <string.h>

static int is_timestamp(const parquet_element *leaf, int64_t *per_second) {
    int unit = leaf->unit, utc = leaf->utc;
    if (leaf->logical == LOGICAL_NONE) {
        utc = 1;
        unit = leaf->converted == CONVERTED_TIMESTAMP_MILLIS   ? UNIT_MILLIS
               : leaf->converted == CONVERTED_TIMESTAMP_MICROS ? UNIT_MICROS
                                                               : 0;
    } else if (leaf->logical != LOGICAL_TIMESTAMP) {
        return 0;
    }
    *per_second = unit == UNIT_MILLIS   ? 1000
                  : unit == UNIT_MICROS ? 1000000
                  : unit == UNIT_NANOS  ? 1000000000
                                        : 0;
    return utc && *per_second;
}

static int is_signed_integer(const parquet_element *leaf) {
    if (leaf->logical != LOGICAL_NONE)
        return leaf->logical == LOGICAL_INTEGER && leaf->is_signed;
    return leaf->converted == CONVERTED_NONE ||
           (leaf->converted >= CONVERTED_INT_8 && leaf->converted <= CONVERTED_INT_64);
}

/* Sets the type and `readable`. */
static void set_type(parquet_field *field, const parquet_element *leaf) {
    int plain = leaf->logical == LOGICAL_NONE && leaf->converted == CONVERTED_NONE;
    field->found = *leaf;
    if (leaf->physical == PHYSICAL_BYTE_ARRAY) {
        field->column.type = PARQUET_STRING;
        field->readable = leaf->logical == LOGICAL_STRING ||
                          (leaf->logical == LOGICAL_NONE && leaf->converted == CONVERTED_UTF8);
    } else if (leaf->physical == PHYSICAL_INT32) {
        field->column.type = PARQUET_INT32;
        field->readable = is_signed_integer(leaf);
    } else if (leaf->physical == PHYSICAL_INT64) {
        int instant = is_timestamp(leaf, &field->per_second);
        field->column.type = instant ? PARQUET_INSTANT : PARQUET_INT64;
        field->readable = instant || is_signed_integer(leaf);
    } else if (leaf->physical == PHYSICAL_FLOAT || leaf->physical == PHYSICAL_DOUBLE) {
        field->column.type = leaf->physical == PHYSICAL_FLOAT ? PARQUET_FLOAT : PARQUET_DOUBLE;
        field->readable = plain;
    }
}

/* required or optional group (LIST) { repeated group { required or optional leaf } } */
static int is_list(const parquet_element *element, size_t span) {
    return span == 3 &&
           (element->converted == CONVERTED_LIST || element->logical == LOGICAL_LIST) &&
           element->repetition != REPETITION_REPEATED && element[1].children == 1 &&
           element[1].repetition == REPETITION_REPEATED && element[2].children == 0 &&
           element[2].repetition != REPETITION_REPEATED;
}

static void set_field(parquet_field *field, const parquet_element *element, size_t span) {
    uint8_t outer = element->repetition == REPETITION_OPTIONAL;
    field->found = *element;
    if (span == 1 && element->repetition != REPETITION_REPEATED) {
        set_type(field, element);
        field->column.nullable = outer;
        field->max_def = outer;
    } else if (is_list(element, span)) {
        set_type(field, &element[2]);
        field->column.list = 1;
        field->max_rep = 1;
        field->item_def = (uint8_t)(outer + 1);
        field->max_def = (uint8_t)(outer + 1 + (element[2].repetition == REPETITION_OPTIONAL));
    }
}

/* How many elements the one at `at` and all below it are; 0 where they do not end. */
static size_t span_of(const parquet_element *element, size_t count, size_t at, size_t *leaves) {
    size_t end = at;
    for (uint64_t pending = 1; pending; end++) {
        if (end == count || element[end].children < 0 ||
            (element[end].children == 0) != (element[end].physical >= 0) ||
            element[end].repetition < REPETITION_REQUIRED ||
            element[end].repetition > REPETITION_REPEATED)
            return 0;
        pending += (uint64_t)element[end].children;
        pending--;
        *leaves += element[end].children == 0;
    }
    return end - at;
}

static int add_field(parquet_meta *meta, const parquet_element *element, size_t span) {
    parquet_field *field = &meta->field[meta->fields];
    if (!element->name.len || memchr(element->name.at, '\0', element->name.len) ||
        !utf8_valid(element->name.at, element->name.len))
        return parquet_damaged(meta->path, meta->footer_start, "a column has no name in UTF-8");
    field->leaf = meta->leaves;
    set_field(field, element, span);
    field->found.name = (tt_text){NULL, 0};
    field->name = need_copy(element->name.at, element->name.len);
    field->column.name = field->name;
    meta->fields++;
    for (size_t i = 0; i + 1 < meta->fields; i++)
        if (strcmp(meta->field[i].name, field->name) == 0)
            return fail(TW_INPUT, "%s: column '%s' stands twice in the schema; rename one of them",
                        meta->path, field->name);
    return 0;
}

int parquet_schema_read(parquet_meta *meta, const parquet_element *element, size_t count) {
    if (count < 2 || element[0].children <= 0)
        return parquet_damaged(meta->path, meta->footer_start, "the schema has no columns");
    meta->field = need_zero(count, sizeof *meta->field);
    int status = 0;
    size_t at = 1;
    for (int32_t i = 0; i < element[0].children && !status; i++) {
        size_t leaves = 0, span = span_of(element, count, at, &leaves);
        if (!span)
            return parquet_damaged(meta->path, meta->footer_start, "the schema is malformed");
        status = add_field(meta, &element[at], span);
        meta->leaves += leaves;
        at += span;
    }
    if (!status && at != count)
        status = parquet_damaged(meta->path, meta->footer_start, "the schema is malformed");
    return status;
}
