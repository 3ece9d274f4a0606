/* SPDX-License-Identifier: MIT */
/* Files that are given for CSV and are something else. */
#ifndef TOOLS_FORMAT_CSV_KIND_H
#define TOOLS_FORMAT_CSV_KIND_H

#include <stddef.h>

enum { CSV_KIND_BYTES = 512 }; /* the beginning that csv_kind looks at, or the whole file */

/* What the file is and what to do about it, as the end of a sentence; NULL: it may be CSV. */
const char *csv_kind(const char *at, size_t len);

/* The same of the only column that a header has. */
const char *csv_kind_of_header(const char *name);

#endif
