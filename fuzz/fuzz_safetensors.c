/* SPDX-License-Identifier: MIT */
/* Claim: reading any bytes as safetensors stays inside them; what is read fills them: every
 * array lies in the file, has the size of its shape, and ends where the next begins. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "format/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void touch(const safetensors *file, const uint8_t *bytes, size_t size) {
    static const size_t sizes[] = {1, 4, 4, 8};
    const uint8_t *next = file->count > 0 ? file->entry[0].at : bytes + size;
    for (size_t i = 0; i < file->count; i++) {
        const safetensors_entry *entry = &file->entry[i];
        size_t len = (size_t)(entry->end - entry->begin);
        uint64_t elements = 1;
        for (uint32_t d = 0; d < entry->rank; d++) {
            elements *= entry->shape[d];
        }
        if (entry->at != next || elements != entry->count || elements * sizes[entry->type] != len ||
            strcmp(safetensors_find(file, entry->name)->name, entry->name) != 0) {
            abort();
        }
        void *to = malloc(len + 1);
        if (to == NULL) {
            abort();
        }
        safetensors_copy(entry, to);
        free(to);
        next = entry->at + len;
    }
    if (next != bytes + size) {
        abort();
    }
    (void)safetensors_text(file, "run_id");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *bytes = malloc(size + 1);
    safetensors file;
    if (bytes == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(bytes + 1, data, size); /* odd, and the end of the block is the end of the file */
    }
    int status = safetensors_read(&file, bytes + 1, size, "the file");
    if (status == 0) {
        touch(&file, bytes + 1, size);
        safetensors_close(&file);
    } else if (status != TW_INPUT || strncmp(fail_text(), "the file: ", 10) != 0) {
        abort();
    }
    fail_clear();
    free(bytes);
    return 0;
}
