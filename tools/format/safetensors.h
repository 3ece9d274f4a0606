/* SPDX-License-Identifier: MIT */
/*
 * safetensors files: 8 bytes little-endian, the length of a JSON header; the
 * header, an object from name to {"dtype", "shape", "data_offsets"} with texts
 * under "__metadata__"; then the data, little-endian, one array after the other.
 */
#ifndef TOOLS_FORMAT_SAFETENSORS_H
#define TOOLS_FORMAT_SAFETENSORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { SAFETENSORS_RANK = 4 };

typedef enum safetensors_type {
    SAFETENSORS_U8,
    SAFETENSORS_U32,
    SAFETENSORS_F32,
    SAFETENSORS_F64
} safetensors_type;

/* An array in memory, of this machine's byte order. */
typedef struct safetensors_array {
    const char *name;
    safetensors_type type;
    uint32_t rank;
    uint64_t shape[SAFETENSORS_RANK];
    const void *data;
} safetensors_array;

/* Writes a file as any output; the same arrays give the same bytes.  `metadata`
 * is an object of texts, borrowed. */
int safetensors_write(const char *path, const safetensors_array *array, size_t count,
                      json_t *metadata);

/* An array of a file that was read; `at` points into the file's bytes. */
typedef struct safetensors_entry {
    const char *name;
    safetensors_type type;
    uint32_t rank;
    uint64_t shape[SAFETENSORS_RANK];
    uint64_t count; /* of elements */
    uint64_t begin, end;
    const uint8_t *at;
} safetensors_entry;

typedef struct safetensors {
    json_t *header;
    const json_t *metadata;   /* an object of texts; NULL: none */
    safetensors_entry *entry; /* [count] in the order of their data */
    size_t count;
    void *_bytes;
    size_t _len;
} safetensors;

/* Reads bytes, which must stay as long as the result.  Refuses with TW_INPUT
 * ("<name>: ..."): a header over 8 MB or past the end, a key that is given twice,
 * a type or rank that is not above, a size that its shape does not give, gaps,
 * overlaps, and bytes after the last array. */
int safetensors_read(safetensors *file, const void *at, size_t len, const char *name);

/* The same of a file, which is mapped. */
int safetensors_open(safetensors *file, const char *path);
void safetensors_close(safetensors *file);

const safetensors_entry *safetensors_find(const safetensors *file, const char *name);
/* A text of the metadata, or NULL. */
const char *safetensors_text(const safetensors *file, const char *key);
/* Copies the elements into this machine's byte order. */
void safetensors_copy(const safetensors_entry *entry, void *to);

#endif
