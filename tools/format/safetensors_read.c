/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/file.h"
#include "format/bytes.h"
#include "format/little.h"
#include "format/safetensors.h"
#include "format/safetensors_type.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LENGTH = 8, MAX_HEADER = 8 << 20 };

static const struct {
    const char *name;
    size_t size;
} types[] = {[SAFETENSORS_U8] = {"U8", 1},
             [SAFETENSORS_U32] = {"U32", 4},
             [SAFETENSORS_F32] = {"F32", 4},
             [SAFETENSORS_F64] = {"F64", 8}};

size_t safetensors_size(safetensors_type type) {
    return types[type].size;
}

const char *safetensors_type_name(safetensors_type type) {
    return types[type].name;
}

static int read_type(safetensors_entry *entry, const json_t *value) {
    const char *name = json_string_value(value);
    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (!strcmp(name, types[i].name)) {
            entry->type = (safetensors_type)i;
            return 1;
        }
    return 0;
}

/* A whole number from 0 on. */
static int read_count(uint64_t *count, const json_t *value) {
    json_int_t number = json_integer_value(value);
    *count = (uint64_t)number;
    return json_is_integer(value) && number >= 0;
}

static int read_shape(safetensors_entry *entry, const json_t *value) {
    size_t rank = json_array_size(value);
    if (!json_is_array(value) || rank > SAFETENSORS_RANK)
        return 0;
    entry->rank = (uint32_t)rank;
    entry->count = 1;
    for (size_t i = 0; i < rank; i++) {
        if (!read_count(&entry->shape[i], json_array_get(value, i)))
            return 0;
        if (entry->shape[i] && entry->count > UINT64_MAX / entry->shape[i])
            return 0;
        entry->count *= entry->shape[i];
    }
    return 1;
}

/* What is wrong with one array's description, or NULL. */
static const char *read_entry(safetensors_entry *entry, const json_t *value) {
    const json_t *offsets = json_object_get(value, "data_offsets");
    if (!json_is_object(value) || json_object_size(value) != 3)
        return "dtype, shape and data_offsets are expected, and nothing else";
    if (!read_type(entry, json_object_get(value, "dtype")))
        return "the dtype must be F32, F64, U32 or U8";
    if (!read_shape(entry, json_object_get(value, "shape")))
        return "the shape must be at most 4 whole numbers";
    if (json_array_size(offsets) != 2 || !read_count(&entry->begin, json_array_get(offsets, 0)) ||
        !read_count(&entry->end, json_array_get(offsets, 1)) || entry->end < entry->begin)
        return "data_offsets must be two ascending whole numbers";
    size_t size = types[entry->type].size;
    if ((entry->end - entry->begin) % size || (entry->end - entry->begin) / size != entry->count)
        return "the shape does not give the size of the data";
    return NULL;
}

static int compare(const void *left, const void *right) {
    const safetensors_entry *a = left, *b = right;
    if (a->begin != b->begin)
        return a->begin < b->begin ? -1 : 1;
    return (a->end > b->end) - (a->end < b->end);
}

static int read_metadata(safetensors *file, json_t *value, const char *name) {
    const char *key;
    json_t *text;
    int texts = json_is_object(value);
    json_object_foreach(value, key, text) {
        texts = texts && json_is_string(text);
    }
    if (!texts)
        return fail(TW_INPUT, "%s: __metadata__ must be an object of texts", name);
    file->metadata = value;
    return 0;
}

static int read_entries(safetensors *file, const char *name) {
    const char *key, *wrong;
    json_t *value;
    file->entry = xcalloc(json_object_size(file->header) + 1, sizeof *file->entry);
    json_object_foreach(file->header, key, value) {
        if (!strcmp(key, "__metadata__")) {
            int status = read_metadata(file, value, name);
            if (status)
                return status;
            continue;
        }
        safetensors_entry *entry = &file->entry[file->count++];
        entry->name = key;
        wrong = read_entry(entry, value);
        if (wrong)
            return fail(TW_INPUT, "%s: array '%.80s': %s", name, key, wrong);
    }
    qsort(file->entry, file->count, sizeof *file->entry, compare);
    return 0;
}

/* The arrays must fill the data from its first byte to its last. */
static int place(safetensors *file, const uint8_t *data, uint64_t len, const char *name) {
    uint64_t at = 0;
    for (size_t i = 0; i < file->count; i++) {
        safetensors_entry *entry = &file->entry[i];
        if (entry->begin != at || entry->end > len)
            return fail(TW_INPUT,
                        "%s: array '%.80s' begins at byte %llu of the data, where %llu is "
                        "expected, or ends after the file",
                        name, entry->name, (unsigned long long)entry->begin,
                        (unsigned long long)at);
        entry->at = data + entry->begin;
        at = entry->end;
    }
    if (at != len)
        return fail(TW_INPUT, "%s: the arrays end at byte %llu of the data, which has %llu", name,
                    (unsigned long long)at, (unsigned long long)len);
    return 0;
}

static int read_all(safetensors *file, const uint8_t *at, size_t len, const char *name) {
    json_error_t error;
    uint64_t header = len < LENGTH ? 0 : bytes_u64(at);
    if (header < 2 || header > MAX_HEADER || header > len - LENGTH)
        return fail(TW_INPUT, "%s: not a safetensors file: byte 0: the length of the header", name);
    if (at[LENGTH] != '{')
        return fail(TW_INPUT, "%s: not a safetensors file: byte 8: '{' is expected", name);
    file->header =
        json_loadb((const char *)at + LENGTH, (size_t)header, JSON_REJECT_DUPLICATES, &error);
    if (!file->header)
        return fail(TW_INPUT, "%s: byte %d: the header is not the JSON that is expected: %s", name,
                    LENGTH + error.position, error.text);
    int status = read_entries(file, name);
    if (!status)
        status = place(file, at + LENGTH + header, len - LENGTH - header, name);
    return status;
}

int safetensors_read(safetensors *file, const void *at, size_t len, const char *name) {
    *file = (safetensors){0};
    int status = read_all(file, at, len, name);
    if (status)
        safetensors_close(file);
    return status;
}

int safetensors_open(safetensors *file, const char *path) {
    *file = (safetensors){0};
    int fd, status = file_open(&fd, path);
    struct stat about;
    void *mapped = MAP_FAILED;
    if (status)
        return status;
    if (fstat(fd, &about))
        status = fail_errno("read", path);
    else if (!S_ISREG(about.st_mode) || !about.st_size)
        status = fail(TW_INPUT, "%s: a safetensors file is expected", path);
    if (!status)
        mapped = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (!status && mapped == MAP_FAILED)
        status = fail_errno("map", path);
    close(fd);
    if (status)
        return status;
    status = safetensors_read(file, mapped, (size_t)about.st_size, path);
    if (status) {
        munmap(mapped, (size_t)about.st_size);
        return status;
    }
    file->_bytes = mapped;
    file->_len = (size_t)about.st_size;
    return 0;
}

void safetensors_close(safetensors *file) {
    if (file->_bytes)
        munmap(file->_bytes, file->_len);
    free(file->entry);
    json_decref(file->header);
    *file = (safetensors){0};
}

const safetensors_entry *safetensors_find(const safetensors *file, const char *name) {
    for (size_t i = 0; i < file->count; i++)
        if (!strcmp(file->entry[i].name, name))
            return &file->entry[i];
    return NULL;
}

const char *safetensors_text(const safetensors *file, const char *key) {
    return json_string_value(json_object_get(file->metadata, key));
}

void safetensors_copy(const safetensors_entry *entry, void *to) {
    little_copy(to, entry->at, (size_t)entry->count, types[entry->type].size);
}
