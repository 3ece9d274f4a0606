/* SPDX-License-Identifier: MIT */
/* Text of a catalogue, a file or a server where it would be read as more than text: one function
 * for each place.  CSV is data and stays exact (format/csv.h); pages show data by textContent. */
#ifndef TOOLS_BASE_ESCAPE_H
#define TOOLS_BASE_ESCAPE_H

#include <stddef.h>

/* A line of a terminal or a log: controls, line ends, what turns the direction of writing or is not
 * UTF-8 become '?' each, in place, and so does what a runner of workflows takes for a command. */
void escape_line(char *text);

/* The same for Markdown, where nothing of the text is a heading, a link, an image, markup or a
 * mention.  The result is valid until the sixteenth call after this one. */
const char *escape_markdown(const char *text);

/* Passes on JSON as jansson writes it, with \uXXXX for what escape_line replaces beyond ASCII: the
 * same document.  Returns 0, or what `put` returned. */
int escape_json(const char *bytes, size_t len, int (*put)(const char *, size_t, void *),
                void *context);

#endif
