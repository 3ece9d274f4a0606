/* SPDX-License-Identifier: MIT */
#include "ingest/window.h"

#include "base/message.h"

#include <string.h>

enum { JST = 9 * 3600 };

int window_day(const char *text, int64_t *instant) {
    if (strlen(text) != 10 || instant_parse(text, 10, instant) != 0)
        return -1;
    *instant -= JST;
    return 0;
}

int64_t window_day_of(int64_t instant) {
    int64_t in_day = (instant + JST) % WINDOW_DAY;
    return instant - (in_day < 0 ? in_day + WINDOW_DAY : in_day);
}

void window_text(char text[20], int64_t instant) {
    char utc[21];
    instant_format(utc, instant + JST);
    memcpy(text, utc, 19); /* without the Z */
    text[19] = '\0';
}
