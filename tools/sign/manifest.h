/* SPDX-License-Identifier: MIT */
/* manifest.json: the inventory of a folder. */
#ifndef TOOLS_SIGN_MANIFEST_H
#define TOOLS_SIGN_MANIFEST_H

#include <jansson.h>

/* Whether a file of that name is listed. */
typedef int (*manifest_filter)(const char *name);

/* Name, SHA-256, size and media type of every file of the folder but
 * manifest.json itself, by name; links and hidden files are left out, and a
 * folder or a name that is not of letters, digits, '.', '_' and '-' is refused.
 * `wanted` chooses among the names, NULL takes all.  Beside them, what model_meta.json and
 * metrics.json say of the run. */
int manifest_make(json_t **document, const char *folder, manifest_filter wanted);

/* The same, written as manifest.json into the folder; `written` (NULL: not wanted) is the
 * caller's then. */
int manifest_write(const char *folder, json_t **written);

#endif
