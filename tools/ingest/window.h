/* SPDX-License-Identifier: MIT */
/*
 * The spans of release dates that an ingest reads.  Dates and times are those of Japan, where
 * the day of a release is meant; an instant is seconds since 1970, UTC.
 */
#ifndef TOOLS_INGEST_WINDOW_H
#define TOOLS_INGEST_WINDOW_H

#include <stdint.h>

/* Releases from `from` to `to`, both included. */
typedef struct window {
    int64_t from, to;
} window;

/* "2025-01-31" is a day in Japan: its first second. 0, or -1 where it is no date. */
int window_day(const char *text, int64_t *instant);
/* The first second of the day in Japan that an instant lies in. */
int64_t window_day_of(int64_t instant);

/* "2025-01-31T00:00:00", the time in Japan, as the API takes it. */
void window_text(char text[20], int64_t instant);

enum { WINDOW_DAY = 86400 };

#endif
