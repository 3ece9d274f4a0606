/* SPDX-License-Identifier: MIT */
/* manifest.json: the inventory of a folder. */
#ifndef TOOLS_MODEL_MANIFEST_H
#define TOOLS_MODEL_MANIFEST_H

#include <jansson.h>

/* Name, SHA-256, size and media type of every file of the folder but
 * manifest.json itself, by name; links and hidden files are left out, and a
 * folder or a name that is not of letters, digits, '.', '_' and '-' is refused.
 * Beside them, what model_meta.json and metrics.json say of the run. */
int manifest_make(json_t **document, const char *folder);

/* The same, written as manifest.json into the folder. */
int manifest_write(const char *folder);

#endif
