/* SPDX-License-Identifier: MIT */
/* The page: its source files, which the build puts into the program, with data inside. */
#ifndef TOOLS_REPORT_PAGE_H
#define TOOLS_REPORT_PAGE_H

#include "format/bytes.h"

#include <jansson.h>

typedef struct page_part {
    const char *name; /* of the source file */
    const unsigned char *at;
    size_t len;
} page_part;

/* style.css, page.html, the scripts in their order, and the WebAssembly modules where the build
 * made them. */
extern const page_part page_parts[];
extern const unsigned page_part_count;

/* gzip, as base64, appended to `to`: the same bytes for the same input. */
void page_pack(bytes *to, const void *from, size_t len);

/* The whole document; `packed` is what page_pack made of the JSON, of the vectors and of what a
 * made-up user needs (empty: none).  `fetches`: its policy allows images of the network. */
enum { PAGE_DATA, PAGE_VECTORS, PAGE_MADE_UP, PAGE_PACKED };
void page_make(bytes *to, const char *title, const bytes packed[PAGE_PACKED], int fetches);

#endif
