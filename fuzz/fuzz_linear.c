/* SPDX-License-Identifier: MIT */
/* Claim: reading a model takes work that is linear in its bytes, whatever they are.  Work is
 * counted, not timed: the compiler calls back at each basic block of the core, and the four
 * mem* functions count their bytes, 16 for a block. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t work;

#if defined(__clang__)
#define UNCOUNTED __attribute__((no_sanitize("coverage")))
#else
#define UNCOUNTED __attribute__((no_sanitize_coverage))
#endif

/* The linker gives this one (--wrap) what calls __sanitizer_cov_trace_pc. */
void __wrap___sanitizer_cov_trace_pc(void);
UNCOUNTED void __wrap___sanitizer_cov_trace_pc(void) {
    work++;
}

UNCOUNTED static void *counted_memcpy(void *to, const void *from, size_t n) {
    work += 1 + n / 16;
    return memcpy(to, from, n);
}

UNCOUNTED static void *counted_memmove(void *to, const void *from, size_t n) {
    work += 1 + n / 16;
    return memmove(to, from, n);
}

UNCOUNTED static void *counted_memset(void *to, int byte, size_t n) {
    work += 1 + n / 16;
    return memset(to, byte, n);
}

UNCOUNTED static int counted_memcmp(const void *a, const void *b, size_t n) {
    work += 1 + n / 16;
    return memcmp(a, b, n);
}

#define memcpy counted_memcpy
#define memmove counted_memmove
#define memset counted_memset
#define memcmp counted_memcmp
#include "twotower.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Blocks for a file of no bytes (clearing the view), and for each byte. */
enum { FIXED = 4096, EACH = 64 };

UNCOUNTED int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    void *scratch = malloc(tt_model_read_size());
    tt_model model;
    tt_error error = {TT_OK, 0, 0};
    tt_text op, name;
    if (scratch == NULL) {
        abort();
    }
    work = 0;
    tt_status status = tt_model_read(&model, data, size, scratch, tt_model_read_size(), &error);
    if (status != TT_OK) {
        tt_error_place(&error, data, size, &op, &name);
    }
    if (work == 0 || work > FIXED + EACH * (uint64_t)size) {
        abort();
    }
    free(scratch);
    return 0;
}
