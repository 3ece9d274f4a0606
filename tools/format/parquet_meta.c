/* SPDX-License-Identifier: MIT */
#include "format/parquet_meta.h"

#include "base/fail.h"
#include "format/parquet_format.h"
#include "format/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_ELEMENTS = 3 * 4096 + 1, MAX_PROPERTIES = 4096, TAIL = 8 };

int parquet_damaged(const char *path, uint64_t offset, const char *what) {
    return fail(TW_INPUT, "%s: byte %llu: %s; the file is damaged, copy or make it again", path,
                (unsigned long long)offset, what);
}

int parquet_read_at(int fd, const char *path, uint64_t offset, uint8_t *to, size_t len) {
    while (len) {
        ssize_t got = pread(fd, to, len, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_errno("read", path);
        if (got == 0)
            return fail(TW_IO, "%s: the file became shorter while it was read", path);
        to += got;
        len -= (size_t)got;
        offset += (uint64_t)got;
    }
    return 0;
}

void parquet_meta_free(parquet_meta *meta) {
    bytes_free(&meta->footer);
    for (size_t i = 0; i < meta->fields; i++)
        free(meta->field[i].name);
    free(meta->field);
    for (size_t i = 0; i < meta->properties; i++)
        free(meta->property[i]);
    free(meta->property);
    free(meta->chunk);
}

static int damaged_at(const parquet_meta *meta, const uint8_t *at, const char *what) {
    return parquet_damaged(meta->path, meta->footer_start + (uint64_t)(at - meta->footer.at), what);
}

/* Fills meta->footer. */
static int load_footer(parquet_meta *meta, int fd) {
    struct stat status;
    uint8_t head[4], tail[TAIL];
    if (fstat(fd, &status) != 0)
        return fail_errno("read", meta->path);
    if (!S_ISREG(status.st_mode))
        return fail(TW_IO, "%s: is not a regular file; give a Parquet file", meta->path);
    uint64_t size = (uint64_t)status.st_size;
    if (size < sizeof head + TAIL)
        return fail(TW_INPUT, "%s: %llu bytes are too few for a Parquet file", meta->path,
                    (unsigned long long)size);
    int failed = parquet_read_at(fd, meta->path, 0, head, sizeof head);
    if (!failed)
        failed = parquet_read_at(fd, meta->path, size - TAIL, tail, TAIL);
    if (failed)
        return failed;
    if (memcmp(head, PARQUET_MAGIC, 4) != 0)
        return fail(TW_INPUT, "%s: byte 0: 'PAR1' is expected; this is not a Parquet file",
                    meta->path);
    if (memcmp(tail + 4, PARQUET_MAGIC, 4) != 0)
        return parquet_damaged(meta->path, size - 4, "'PAR1' is expected at the end");
    uint32_t len = bytes_u32(tail);
    if (len > size - sizeof head - TAIL || len > PARQUET_MAX_FOOTER)
        return parquet_damaged(meta->path, size - TAIL, "the length of the footer is too large");
    meta->footer_start = size - TAIL - len;
    bytes_room(&meta->footer, len ? len : 1);
    meta->footer.used = len;
    return parquet_read_at(fd, meta->path, meta->footer_start, meta->footer.at, len);
}

static void read_unit(thrift_reader *from, parquet_element *element) {
    thrift_field field = {0, THRIFT_STOP};
    while (thrift_next(from, &field)) {
        element->unit = field.id;
        thrift_skip(from, &field);
    }
}

/* The member of LogicalType that stands in `element->logical`. */
static void read_logical(thrift_reader *from, parquet_element *element) {
    thrift_field field = {0, THRIFT_STOP};
    while (thrift_next(from, &field)) {
        if (element->logical == LOGICAL_DECIMAL && field.id == 1) {
            element->scale = thrift_int32(from, &field);
        } else if (element->logical == LOGICAL_DECIMAL && field.id == 2) {
            element->precision = thrift_int32(from, &field);
        } else if (element->logical == LOGICAL_TIMESTAMP && field.id == 2) {
            thrift_struct(from, &field);
            read_unit(from, element);
        } else if (element->logical == LOGICAL_INTEGER && field.id == 2) {
            element->is_signed = thrift_bool(from, &field);
        } else {
            thrift_skip(from, &field);
        }
    }
}

static void read_logical_type(thrift_reader *from, parquet_element *element) {
    thrift_field field = {0, THRIFT_STOP};
    while (thrift_next(from, &field)) {
        thrift_struct(from, &field);
        element->logical = field.id;
        read_logical(from, element);
    }
}

static void read_element(thrift_reader *from, parquet_element *element) {
    thrift_field field = {0, THRIFT_STOP};
    *element = (parquet_element){.physical = -1, .repetition = -1, .converted = CONVERTED_NONE};
    while (thrift_next(from, &field)) {
        if (field.id == 1)
            element->physical = thrift_int32(from, &field);
        else if (field.id == 2)
            element->length = thrift_int32(from, &field);
        else if (field.id == 3)
            element->repetition = thrift_int32(from, &field);
        else if (field.id == 4)
            element->name = thrift_text(from, &field);
        else if (field.id == 5)
            element->children = thrift_int32(from, &field);
        else if (field.id == 6)
            element->converted = thrift_int32(from, &field);
        else if (field.id == 7)
            element->scale = thrift_int32(from, &field);
        else if (field.id == 8)
            element->precision = thrift_int32(from, &field);
        else if (field.id != 10)
            thrift_skip(from, &field);
        else {
            thrift_struct(from, &field);
            read_logical_type(from, element);
        }
    }
}

static int read_schema(parquet_meta *meta, thrift_reader *from, const thrift_field *field) {
    const uint8_t *start = from->at;
    size_t count = thrift_list(from, field, THRIFT_STRUCT);
    if (meta->field)
        return damaged_at(meta, start, "the schema stands twice");
    if (count > MAX_ELEMENTS)
        return damaged_at(meta, start, "more than 4096 columns are not read");
    parquet_element *element = xcalloc(count ? count : 1, sizeof *element);
    for (size_t i = 0; i < count; i++)
        read_element(from, &element[i]);
    int status = 0;
    if (!from->bad)
        status = parquet_schema_read(meta, element, count);
    free(element);
    return status;
}

/* Text without NUL, as a string. */
static char *copy_text(tt_text text) {
    int usable = utf8_valid(text.at, text.len) && !(text.len && memchr(text.at, '\0', text.len));
    return usable ? xstrndup(text.at, text.len) : NULL;
}

static int read_property(parquet_meta *meta, thrift_reader *from) {
    const uint8_t *start = from->at;
    thrift_field field = {0, THRIFT_STOP};
    tt_text text[2] = {{"", 0}, {"", 0}};
    while (thrift_next(from, &field)) {
        if (field.id == 1 || field.id == 2)
            text[field.id - 1] = thrift_text(from, &field);
        else
            thrift_skip(from, &field);
    }
    if (from->bad)
        return 0;
    for (int i = 0; i < 2; i++) {
        meta->property = xgrow(meta->property, meta->properties, &meta->capacity_properties,
                               sizeof *meta->property);
        meta->property[meta->properties] = copy_text(text[i]);
        if (!meta->property[meta->properties++])
            return damaged_at(meta, start, "the text of a file-level key is not UTF-8");
    }
    return 0;
}

static int read_properties(parquet_meta *meta, thrift_reader *from, const thrift_field *field) {
    const uint8_t *start = from->at;
    size_t count = thrift_list(from, field, THRIFT_STRUCT);
    if (meta->properties || count > MAX_PROPERTIES)
        return damaged_at(meta, start, "more than 4096 file-level keys are not read");
    int status = 0;
    for (size_t i = 0; i < count && !status; i++)
        status = read_property(meta, from);
    return status;
}

static int read_file_metadata(parquet_meta *meta, thrift_reader *from) {
    thrift_field field = {0, THRIFT_STOP};
    const thrift_field group = {0, THRIFT_STRUCT};
    int64_t rows = -1;
    int status = 0;
    while (!status && thrift_next(from, &field)) {
        if (field.id == 2) {
            status = read_schema(meta, from, &field);
        } else if (field.id == 3) {
            rows = thrift_int(from, &field);
        } else if (field.id == 4) {
            meta->groups_left = thrift_list(from, &field, THRIFT_STRUCT);
            meta->groups = *from;
            for (size_t i = 0; i < meta->groups_left; i++)
                thrift_skip(from, &group);
        } else if (field.id == 5) {
            status = read_properties(meta, from, &field);
        } else if (field.id == 8) {
            status = fail(TW_INPUT, "%s: is encrypted; give a file without encryption", meta->path);
        } else {
            thrift_skip(from, &field);
        }
    }
    if (status)
        return status;
    if (from->bad)
        return damaged_at(meta, from->fault, "the footer is malformed");
    if (rows < 0 || !meta->field || !meta->groups.at)
        return damaged_at(meta, meta->footer.at, "the footer has no schema, rows or row groups");
    meta->rows = (uint64_t)rows;
    return 0;
}

/* Row groups are not kept but read twice: now, to check them all, and each when its
 * turn comes. */
static int check_groups(parquet_meta *meta) {
    thrift_reader groups = meta->groups;
    size_t count = meta->groups_left;
    uint64_t rows = 0;
    while (meta->groups_left) {
        int status = parquet_meta_group(meta);
        if (status)
            return status;
        if (meta->group_rows > meta->rows - rows)
            return damaged_at(meta, meta->groups.at, "the row groups have too many rows");
        rows += meta->group_rows;
    }
    if (rows != meta->rows)
        return damaged_at(meta, meta->groups.at, "the row groups have too few rows");
    meta->groups = groups;
    meta->groups_left = count;
    return 0;
}

int parquet_meta_read(parquet_meta *meta, int fd) {
    int status = load_footer(meta, fd);
    if (status)
        return status;
    thrift_reader from = {meta->footer.at, meta->footer.at + meta->footer.used, NULL, 0};
    status = read_file_metadata(meta, &from);
    if (status)
        return status;
    meta->chunk = xcalloc(meta->leaves ? meta->leaves : 1, sizeof *meta->chunk);
    return check_groups(meta);
}
