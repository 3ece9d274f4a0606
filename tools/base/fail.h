/* SPDX-License-Identifier: MIT */
/*
 * How a tool says that something went wrong.  A function that can fail returns
 * an int: 0, or an exit status with one sentence recorded by `fail`.  Callers
 * pass the status on; main.c prints the sentence and exits.
 */
#ifndef TOOLS_BASE_FAIL_H
#define TOOLS_BASE_FAIL_H

#include <stddef.h>
#include <stdio.h>

/* Exit statuses; README.md documents them. */
enum {
    TW_OK = 0,
    TW_NEGATIVE = 1, /* a negative answer: gate not met */
    TW_USAGE = 2,    /* the command line is wrong */
    TW_INPUT = 3,    /* input or model refused */
    TW_IO = 4,       /* a file could not be read or written */
    TW_DATABASE = 5,
    TW_NETWORK = 6,
    TW_INTERRUPTED = 7, /* stopped by a signal; run the command again */
    TW_CONFLICT = 8
};

/* Records the sentence (the first one since the last fail_clear wins: it is the
 * nearest to the cause) and returns status. No final full stop or line end.  Threads
 * of a loop (base/parallel.h) may call it at once; the others are for one thread. */
int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *fail_text(void);
void fail_clear(void);

/* fail(TW_IO, "<path>: cannot <verb>: <reason of errno>; <hint for that errno>"). */
int fail_errno(const char *verb, const char *path);

/* Memory, or the handler that main.c installed is called with the size and does
 * not return.  xgrow doubles an array: *capacity counts elements of `size` bytes. */
void *xmalloc(size_t bytes);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);
void *xgrow(void *old, size_t used, size_t *capacity, size_t size);
char *xstrndup(const char *text, size_t len); /* terminated */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A stream into memory, and its end, which says whether all of it found room. */
FILE *xmemstream(char **text, size_t *len);
void xmemstream_end(FILE *stream); /* now *text is whole, and the caller's */
extern void (*out_of_memory)(size_t bytes);

/* SIGINT and SIGTERM set a flag; long loops ask for it. */
void interrupt_install(void);
int interrupted(void); /* 0, or fail(TW_INTERRUPTED, ...) */

#endif
