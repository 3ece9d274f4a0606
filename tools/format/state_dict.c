/* SPDX-License-Identifier: MIT */
/* The zip file of a state_dict: PKWARE's APPNOTE 6.3, stored entries without zip64. */
#include "format/state_dict.h"

#include "base/fail.h"
#include "format/bytes.h"
#include "format/little.h"
#include "format/state_dict_pickle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* PyTorch maps storages into memory, so they begin at multiples of 64 bytes; the
 * space before is an extra field of the local header, "FB" as PyTorch's own. */
enum { ALIGNMENT = 64, LOCAL = 30, EXTRA = 4, MAX_OVERHEAD = 1 << 20 };

typedef struct archive {
    output out;
    const char *root;
    uint64_t at; /* bytes written */
    bytes directory;
    uint32_t entries;
} archive;

static void put_u16(bytes *to, uint32_t value) {
    bytes_put_byte(to, (uint8_t)value);
    bytes_put_byte(to, (uint8_t)(value >> 8));
}

/* What the local header and the directory have in common.  The date is
 * 1980-01-01, the first there is. */
static void put_about(bytes *to, uint32_t crc, uint32_t size, size_t name, size_t extra) {
    enum { VERSION = 10, UTF8 = 0x0800, STORED = 0, TIME = 0, DATE = 0x0021 };
    put_u16(to, VERSION);
    put_u16(to, UTF8);
    put_u16(to, STORED);
    put_u16(to, TIME);
    put_u16(to, DATE);
    bytes_put_u32(to, crc);
    bytes_put_u32(to, size);
    bytes_put_u32(to, size);
    put_u16(to, (uint32_t)name);
    put_u16(to, (uint32_t)extra);
}

static int put(archive *to, const bytes *from) {
    to->at += from->used;
    return output_write(&to->out, from->at, from->used);
}

/* The local header and the directory's entry of what comes next. */
static int begin_entry(archive *to, const char *name, uint32_t crc, uint32_t size) {
    char *full = xasprintf("%s/%s", to->root, name);
    size_t len = strlen(full), start = (size_t)to->at + LOCAL + len + EXTRA;
    size_t padding = (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT;
    bytes local = {NULL, 0, 0}, *directory = &to->directory;
    bytes_put_u32(directory, 0x02014b50);
    put_u16(directory, 0); /* made by */
    put_about(directory, crc, size, len, 0);
    put_u16(directory, 0); /* comment */
    put_u16(directory, 0); /* disk */
    put_u16(directory, 0);
    bytes_put_u32(directory, 0); /* attributes */
    bytes_put_u32(directory, (uint32_t)to->at);
    bytes_put(directory, full, len);
    to->entries++;
    bytes_put_u32(&local, 0x04034b50);
    put_about(&local, crc, size, len, EXTRA + padding);
    bytes_put(&local, full, len);
    bytes_put(&local, "FB", 2);
    put_u16(&local, (uint32_t)padding);
    for (size_t i = 0; i < padding; i++)
        bytes_put_byte(&local, 'Z');
    int status = put(to, &local);
    bytes_free(&local);
    free(full);
    return status;
}

static int put_text(archive *to, const char *name, const void *text, size_t len) {
    const bytes data = {(uint8_t *)(uintptr_t)text, len, len};
    int status = begin_entry(to, name, (uint32_t)crc32(0, text, (uInt)len), (uint32_t)len);
    return status ? status : put(to, &data);
}

static uint32_t crc_of(const state_dict_storage *storage) {
    unsigned char chunk[LITTLE_CHUNK];
    uLong crc = crc32(0, NULL, 0);
    for (uint64_t done = 0; done < storage->count;) {
        uint64_t left = storage->count - done;
        size_t now = left < sizeof chunk / 4 ? (size_t)left : sizeof chunk / 4;
        little_copy(chunk, storage->data + done, now, 4);
        crc = crc32(crc, chunk, (uInt)now * 4);
        done += now;
    }
    return (uint32_t)crc;
}

static int put_storage(archive *to, size_t index, const state_dict_storage *storage) {
    char name[32];
    snprintf(name, sizeof name, "data/%zu", index);
    int status = begin_entry(to, name, crc_of(storage), (uint32_t)(4 * storage->count));
    to->at += 4 * storage->count;
    return status ? status : little_write(&to->out, storage->data, (size_t)storage->count, 4);
}

static int put_directory(archive *to) {
    uint64_t start = to->at;
    size_t size = to->directory.used;
    bytes_put_u32(&to->directory, 0x06054b50);
    put_u16(&to->directory, 0);
    put_u16(&to->directory, 0);
    put_u16(&to->directory, to->entries);
    put_u16(&to->directory, to->entries);
    bytes_put_u32(&to->directory, (uint32_t)size);
    bytes_put_u32(&to->directory, (uint32_t)start);
    put_u16(&to->directory, 0);
    return put(to, &to->directory);
}

static int put_all(archive *to, const state_dict_storage *storage, size_t storages,
                   const state_dict_tensor *tensor, size_t tensors) {
    bytes pickle = {NULL, 0, 0};
    state_dict_pickle(&pickle, storage, tensor, tensors);
    int status = put_text(to, "data.pkl", pickle.at, pickle.used);
    bytes_free(&pickle);
    if (!status)
        status = put_text(to, "byteorder", "little", 6);
    for (size_t i = 0; i < storages && !status; i++)
        status = put_storage(to, i, &storage[i]);
    if (!status)
        status = put_text(to, "version", "3\n", 2);
    return status ? status : put_directory(to);
}

int state_dict_write(const char *path, const char *root, const state_dict_storage *storage,
                     size_t storages, const state_dict_tensor *tensor, size_t tensors) {
    uint64_t most = (UINT32_MAX - MAX_OVERHEAD) / 4, count = 0;
    for (size_t i = 0; i < storages; i++) {
        if (storage[i].count > most - count)
            return fail(TW_INPUT,
                        "%s: the weights are more than 4 GB; train with a smaller --embedding-dim",
                        path);
        count += storage[i].count;
    }
    archive to = {.root = root};
    int status = output_open(&to.out, path);
    if (!status)
        status = put_all(&to, storage, storages, tensor, tensors);
    if (!status)
        status = output_commit(&to.out);
    else
        output_abandon(&to.out);
    bytes_free(&to.directory);
    return status;
}
