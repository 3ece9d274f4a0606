/* SPDX-License-Identifier: MIT */
#include "base/fail.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(size_t bytes) {
    (void)bytes;
    abort();
}

void (*out_of_memory)(size_t bytes) = give_up;

static void *given(void *memory, size_t bytes) {
    if (!memory) {
        out_of_memory(bytes);
        abort();
    }
    return memory;
}

static size_t product(size_t count, size_t size) {
    if (size && count > SIZE_MAX / size)
        given(NULL, SIZE_MAX);
    return count * size;
}

void *xmalloc(size_t bytes) {
    return given(malloc(bytes ? bytes : 1), bytes);
}

void *xcalloc(size_t count, size_t size) {
    size_t bytes = product(count, size);
    return given(calloc(bytes ? bytes : 1, 1), bytes);
}

void *xrealloc(void *old, size_t count, size_t size) {
    size_t bytes = product(count, size);
    return given(realloc(old, bytes ? bytes : 1), bytes);
}

void *xgrow(void *old, size_t used, size_t *capacity, size_t size) {
    if (used < *capacity)
        return old;
    if (*capacity > SIZE_MAX / 2)
        given(NULL, SIZE_MAX);
    *capacity = *capacity ? *capacity * 2 : 16;
    return xrealloc(old, *capacity, size);
}

char *xstrndup(const char *text, size_t len) {
    if (len == SIZE_MAX)
        given(NULL, len);
    char *copy = xmalloc(len + 1);
    if (len)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

FILE *xmemstream(char **text, size_t *len) {
    return given(open_memstream(text, len), BUFSIZ);
}

void xmemstream_end(FILE *stream) {
    int lost = ferror(stream);
    if (fclose(stream) != 0 || lost)
        given(NULL, BUFSIZ);
}

char *xasprintf(const char *format, ...) {
    va_list list;
    va_start(list, format);
    int len = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (len < 0)
        given(NULL, SIZE_MAX);
    char *text = xmalloc((size_t)len + 1);
    va_start(list, format);
    vsnprintf(text, (size_t)len + 1, format, list);
    va_end(list);
    return text;
}
