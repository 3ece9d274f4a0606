/* SPDX-License-Identifier: MIT */
/*
 * Outputs appear whole or not at all: a file or folder is written under a
 * temporary name beside its final one, flushed to disk, and renamed.
 */
#ifndef TOOLS_BASE_OUTPUT_H
#define TOOLS_BASE_OUTPUT_H

#include <stddef.h>

typedef struct output {
    char *path, *temporary;
    int fd;
    unsigned char *buffer;
    size_t used;
} output;

/* Each returns 0 or a failed status (TW_IO; TW_INTERRUPTED when a signal came). */
int output_open(output *out, const char *path); /* makes missing parent folders */
int output_write(output *out, const void *bytes, size_t len);
int output_format(output *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int output_restart(output *out);  /* what was written so far is void */
int output_commit(output *out);   /* flush, fsync, rename, fsync the folder */
void output_abandon(output *out); /* removes the temporary; safe after commit or a failed open */

/* A folder that replaces `path` whole: begin makes and returns (owned by the
 * caller) a temporary folder beside it, commit puts it in place of what stood
 * there, abandon removes it. */
int output_folder_begin(const char *path, char **temporary);
int output_folder_commit(const char *temporary, const char *path);
void output_folder_abandon(const char *temporary);

/* Points the symbolic link `link` to `target` (relative to the link's folder) by rename. */
int output_link(const char *target, const char *link);

/* Makes `path` and its missing parents. */
int output_make_folders(const char *path);

/* Copies a file; the copy is written as any output. */
int output_copy(const char *from, const char *to);

/* Removes a file, or a folder with what is in it; one that is not there is removed. */
int output_remove(const char *path);

/* Removes every temporary that is still open: called by main.c before it exits. */
void output_abandon_all(void);

#endif
