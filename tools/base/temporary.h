/* SPDX-License-Identifier: MIT */
/* Temporary names beside final ones, and the list of those that are still open. */
#ifndef TOOLS_BASE_TEMPORARY_H
#define TOOLS_BASE_TEMPORARY_H

/* The folder of a path ("." where it names none); the caller frees it. */
char *folder_of(const char *path);

/* `.<base>.tmp-<16 random digits>` beside `path`; the caller frees it. */
char *temporary_name(const char *path);

/* A path without the slashes at its end; the caller frees it. */
char *path_trimmed(const char *path);

/* Remembers and locks a temporary file or folder that was just made, until it is forgotten: 0, or
 * -1 where somebody who clears removed it in between. */
int temporary_remember(const char *path);
void temporary_forget(const char *path);

/* Removes a file, link or folder with all that is in it, and forgets it. 0, or -1 with errno. */
int temporary_remove(const char *path);

/* Removes what killed processes left of the same path: its temporary names that are ours to remove
 * and that no living process has locked, be it in another container.  A failure is none: it stays
 * until a later run. */
void temporary_clear(const char *path);

/* Flushes the entries of a folder to disk: 0, or a failed status. */
int folder_flush(const char *folder);

#endif
