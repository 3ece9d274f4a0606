/* SPDX-License-Identifier: MIT */
/* A table as one file, or as a folder of part files, as Spark, DuckDB and warehouses write it. */
#ifndef TOOLS_FORMAT_PARTS_H
#define TOOLS_FORMAT_PARTS_H

#include <stddef.h>

typedef struct part_files {
    char **path; /* ascending by name */
    size_t count;
} part_files;

/* `path` itself, or the files of the folder `path`, without those that are empty or hidden or
 * begin with '_' (_SUCCESS).  Fails with TW_IO, or TW_INPUT where a folder holds no parts, folders
 * of its own (partitions, whose values stand in their names) or a table of Delta Lake.  parts_free
 * is called in any case. */
int parts_find(part_files *found, const char *path);
void parts_free(part_files *found);

#endif
