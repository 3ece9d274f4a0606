/* SPDX-License-Identifier: MIT */
/* Ids that follow from names: RFC 9562, version 5 (SHA-1). */
#ifndef TOOLS_FORMAT_UUID_H
#define TOOLS_FORMAT_UUID_H

enum { UUID_TEXT = 37 };

/* The id of a name in this program's namespace, as text: the same name always has the
 * same one.  A video's name is its external_id. */
void uuid_of_name(char text[UUID_TEXT], const char *name);

#endif
