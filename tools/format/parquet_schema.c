/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/parquet_meta.h"
#include "format/utf8.h"

#include <string.h>

/* Times that are not in UTC are read as if they were. */
static int64_t units_per_second(const parquet_element *leaf) {
    int unit = 0;
    if (leaf->logical == LOGICAL_TIMESTAMP)
        unit = leaf->unit;
    else if (leaf->logical == LOGICAL_NONE)
        unit = leaf->converted == CONVERTED_TIMESTAMP_MILLIS   ? UNIT_MILLIS
               : leaf->converted == CONVERTED_TIMESTAMP_MICROS ? UNIT_MICROS
                                                               : 0;
    return unit == UNIT_MILLIS   ? 1000
           : unit == UNIT_MICROS ? 1000000
           : unit == UNIT_NANOS  ? 1000000000
                                 : 0;
}

static int is_integer(const parquet_element *leaf) {
    if (leaf->logical != LOGICAL_NONE)
        return leaf->logical == LOGICAL_INTEGER;
    return leaf->converted == CONVERTED_NONE ||
           (leaf->converted >= CONVERTED_UINT_8 && leaf->converted <= CONVERTED_INT_64);
}

static int is_unsigned(const parquet_element *leaf) {
    if (leaf->logical != LOGICAL_NONE)
        return leaf->logical == LOGICAL_INTEGER && !leaf->is_signed;
    return leaf->converted >= CONVERTED_UINT_8 && leaf->converted <= CONVERTED_UINT_64;
}

static int is_text(const parquet_element *leaf) {
    if (leaf->logical != LOGICAL_NONE)
        return leaf->logical == LOGICAL_STRING || leaf->logical == LOGICAL_ENUM ||
               leaf->logical == LOGICAL_JSON;
    return leaf->converted == CONVERTED_NONE || leaf->converted == CONVERTED_UTF8 ||
           leaf->converted == CONVERTED_ENUM || leaf->converted == CONVERTED_JSON;
}

/* Is the leaf a DECIMAL that parquet_value.c can write down? */
static int is_decimal(const parquet_element *leaf) {
    int decimal = leaf->logical == LOGICAL_DECIMAL ||
                  (leaf->logical == LOGICAL_NONE && leaf->converted == CONVERTED_DECIMAL);
    return decimal && leaf->scale >= 0 && leaf->scale <= PARQUET_MAX_SCALE;
}

static void set_integer(parquet_field *field, const parquet_element *leaf) {
    int wide = leaf->physical == PHYSICAL_INT64;
    int64_t per_second = wide ? units_per_second(leaf) : 0;
    int date = !wide && (leaf->logical == LOGICAL_DATE ||
                         (leaf->logical == LOGICAL_NONE && leaf->converted == CONVERTED_DATE));
    field->readable = 1;
    field->size = wide ? 8 : 4;
    if (per_second || date) {
        field->column.type = PARQUET_INSTANT;
        field->per_second = per_second;
        field->is_date = date;
    } else if (is_decimal(leaf) && leaf->scale > 0) {
        field->column.type = PARQUET_DOUBLE;
        field->is_decimal = 1;
    } else if (is_decimal(leaf)) {
        field->column.type = wide ? PARQUET_INT64 : PARQUET_INT32;
    } else {
        field->only_nulls = leaf->logical == LOGICAL_UNKNOWN;
        field->readable = is_integer(leaf) || field->only_nulls;
        field->is_unsigned = is_unsigned(leaf);
        field->column.type = wide || field->is_unsigned ? PARQUET_INT64 : PARQUET_INT32;
    }
}

static void set_fixed(parquet_field *field, const parquet_element *leaf) {
    field->size = leaf->length > 0 ? (size_t)leaf->length : 1;
    field->readable = 1;
    if (leaf->length == 16 && leaf->logical == LOGICAL_UUID) {
        field->column.type = PARQUET_STRING;
    } else if (leaf->length == 2 && leaf->logical == LOGICAL_FLOAT16) {
        field->column.type = PARQUET_FLOAT;
        field->is_half = 1;
    } else {
        field->column.type = PARQUET_DOUBLE;
        field->readable = field->is_decimal =
            is_decimal(leaf) && leaf->length > 0 && leaf->length <= PARQUET_MAX_DECIMAL;
    }
}

/* Sets the type and `readable`. */
static void set_type(parquet_field *field, const parquet_element *leaf) {
    int plain = leaf->logical == LOGICAL_NONE && leaf->converted == CONVERTED_NONE;
    field->found = *leaf;
    if (leaf->physical == PHYSICAL_BYTE_ARRAY) {
        field->column.type = PARQUET_STRING;
        field->readable = is_text(leaf);
    } else if (leaf->physical == PHYSICAL_INT32 || leaf->physical == PHYSICAL_INT64) {
        set_integer(field, leaf);
    } else if (leaf->physical == PHYSICAL_FLOAT || leaf->physical == PHYSICAL_DOUBLE) {
        field->column.type = leaf->physical == PHYSICAL_FLOAT ? PARQUET_FLOAT : PARQUET_DOUBLE;
        field->size = leaf->physical == PHYSICAL_FLOAT ? 4 : 8;
        field->readable = plain;
    } else if (leaf->physical == PHYSICAL_BOOLEAN) {
        field->column.type = PARQUET_INT32;
        field->size = 1;
        field->readable = plain;
    } else if (leaf->physical == PHYSICAL_INT96) {
        field->column.type = PARQUET_INSTANT;
        field->size = 12;
        field->readable = plain;
    } else if (leaf->physical == PHYSICAL_FIXED) {
        set_fixed(field, leaf);
    }
}

/* The leaf of a list, or NULL.  The forms, all with one child at most per group:
 * group (LIST) { repeated group { leaf } }, the older group (LIST) { repeated leaf },
 * and a repeated leaf alone. */
static const parquet_element *list_leaf(const parquet_element *element, size_t span) {
    const parquet_element *leaf = &element[span - 1];
    if (span == 1)
        return leaf->repetition == REPETITION_REPEATED ? leaf : NULL;
    int is_list = (element->converted == CONVERTED_LIST || element->logical == LOGICAL_LIST) &&
                  element->repetition != REPETITION_REPEATED && element->children == 1 &&
                  element[1].repetition == REPETITION_REPEATED;
    if (!is_list || span > 3)
        return NULL;
    return span == 2 || leaf->repetition != REPETITION_REPEATED ? leaf : NULL;
}

static void set_field(parquet_field *field, const parquet_element *element, size_t span) {
    const parquet_element *leaf = list_leaf(element, span);
    uint8_t outer = element->repetition == REPETITION_OPTIONAL;
    field->found = *element;
    if (leaf) {
        set_type(field, leaf);
        field->column.list = 1;
        field->max_rep = 1;
        field->item_def = (uint8_t)(outer + 1);
        field->max_def = (uint8_t)(outer + 1 + (leaf->repetition == REPETITION_OPTIONAL));
    } else if (span == 1) {
        set_type(field, element);
        field->column.nullable = outer;
        field->max_def = outer;
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
    /* R names its row numbers by an empty text. */
    if ((element->name.len && memchr(element->name.at, '\0', element->name.len)) ||
        !utf8_valid(element->name.at, element->name.len))
        return parquet_damaged(meta->path, meta->footer_start, "the name of a column is not UTF-8");
    field->leaf = meta->leaves;
    set_field(field, element, span);
    field->found.name = (tt_text){NULL, 0};
    field->name = xstrndup(element->name.at, element->name.len);
    field->column.name = field->name;
    meta->fields++;
    for (size_t i = 0; i + 1 < meta->fields; i++)
        if (field->name[0] && strcmp(meta->field[i].name, field->name) == 0)
            return fail(TW_INPUT, "%s: column '%s' stands twice in the schema; rename one of them",
                        meta->path, field->name);
    return 0;
}

int parquet_schema_read(parquet_meta *meta, const parquet_element *element, size_t count) {
    if (count < 2 || element[0].children <= 0)
        return parquet_damaged(meta->path, meta->footer_start, "the schema has no columns");
    meta->field = xcalloc(count, sizeof *meta->field);
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
