/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "format/bytes.h"
#include "format/little.h"
#include "format/safetensors.h"
#include "format/safetensors_type.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 8 };

static uint64_t elements(const safetensors_array *array) {
    uint64_t count = 1;
    for (uint32_t i = 0; i < array->rank; i++)
        count *= array->shape[i];
    return count;
}

/* The header's text, padded with spaces so that the data begins at a multiple of 8. */
static char *header(const safetensors_array *array, size_t count, json_t *metadata) {
    json_t *all = json_object();
    uint64_t at = 0;
    if (metadata)
        json_object_set(all, "__metadata__", metadata);
    for (size_t i = 0; i < count; i++) {
        json_t *shape = json_array();
        uint64_t end = at + elements(&array[i]) * safetensors_size(array[i].type);
        for (uint32_t d = 0; d < array[i].rank; d++)
            json_array_append_new(shape, json_integer((json_int_t)array[i].shape[d]));
        json_object_set_new(all, array[i].name,
                            json_pack("{s:s, s:o, s:[I, I]}", "dtype",
                                      safetensors_type_name(array[i].type), "shape", shape,
                                      "data_offsets", (json_int_t)at, (json_int_t)end));
        at = end;
    }
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    if (!text)
        return NULL;
    size_t len = strlen(text), padded = (len + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    char *room = xmalloc(padded + 1);
    memset(room, ' ', padded);
    memcpy(room, text, len);
    room[padded] = '\0';
    free(text);
    return room;
}

int safetensors_write(const char *path, const safetensors_array *array, size_t count,
                      json_t *metadata) {
    char *text = header(array, count, metadata);
    if (!text)
        return fail(TW_IO, "%s: the header cannot be written", path);
    bytes length = {NULL, 0, 0};
    bytes_put_u64(&length, strlen(text));
    output out;
    int status = output_open(&out, path);
    if (!status)
        status = output_write(&out, length.at, length.used);
    if (!status)
        status = output_write(&out, text, strlen(text));
    for (size_t i = 0; i < count && !status; i++)
        status = little_write(&out, array[i].data, (size_t)elements(&array[i]),
                              safetensors_size(array[i].type));
    if (!status)
        status = output_commit(&out);
    else
        output_abandon(&out);
    bytes_free(&length);
    free(text);
    return status;
}
