/* SPDX-License-Identifier: MIT */
/*
 * Reading manifest.json, the inventory that manifest.h writes, from an untrusted place: nothing
 * of it is used before all of it was checked, and no file of it before size and hash were.
 */
#ifndef TOOLS_SIGN_INVENTORY_H
#define TOOLS_SIGN_INVENTORY_H

#include <jansson.h>
#include <stdint.h>

enum { INVENTORY_MOST = 1 << 20 }; /* bytes */

typedef struct inventory_file {
    const char *name, *sha256, *media_type;
    uint64_t size;
} inventory_file;

/* One member of an object, for json_members_check. */
typedef struct json_member {
    const char *name;
    json_type type;
    int optional;
} json_member;

/* The object has these members, of these types, and no others: 0, or TW_INPUT in a sentence
 * that begins with `what`.  The list ends with a NULL name. */
int json_members_check(const json_t *object, const json_member *members, const char *what);

/* Parses a document whose members and names are all as they must be, and which a pinned key
 * signed if any is pinned.  TW_INPUT, or TW_NEGATIVE for the signature. */
int inventory_parse(json_t **document, const void *text, size_t len, const char *what);

size_t inventory_count(const json_t *document);
inventory_file inventory_at(const json_t *document, size_t at);
/* By its name: 1, or 0 where it is not listed. */
int inventory_find(const json_t *document, const char *name, inventory_file *file);
/* A text of `run`, or NULL. */
const char *inventory_text(const json_t *document, const char *name);

/* Where a folder has a signed manifest.json: it must hold, and these bytes must be those of the
 * file of that name.  A folder without one is one's own. */
int inventory_guard(const char *folder, const char *name, const void *bytes, size_t len);

#endif
