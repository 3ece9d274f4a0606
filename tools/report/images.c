/* SPDX-License-Identifier: MIT */
/* The images of the videos shown, as far as a page may hold their addresses. */
#include "report/report.h"

#include <string.h>

enum { ADDRESS_MOST = 2048 };

/* The rest of the text after `start`, or one that begins with NULL. */
static tt_text after(tt_text text, const char *start) {
    size_t len = strlen(start);
    int has = text.len >= len && memcmp(text.at, start, len) == 0;
    return has ? (tt_text){text.at + len, text.len - len} : (tt_text){NULL, 0};
}

static int all_of(tt_text text, const char *allowed) {
    for (size_t i = 0; i < text.len; i++)
        if (!text.at[i] || !strchr(allowed, text.at[i]))
            return 0;
    return text.len > 0;
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* https, and of RFC 3986 the characters that end no attribute, style or line. */
static int is_address(tt_text url) {
    return url.len <= ADDRESS_MOST &&
           all_of(after(url, "https://"), LETTERS "-._~:/?#[]@!$&*+,;=%");
}

/* A picture of pixels: SVG could hold more than that. */
static int is_inline(tt_text url) {
    static const char *const start[] = {"data:image/png;base64,", "data:image/jpeg;base64,",
                                        "data:image/webp;base64,"};
    int is = 0;
    for (size_t i = 0; i < sizeof start / sizeof *start; i++)
        is |= all_of(after(url, start[i]), LETTERS "+/=");
    return is;
}

json_t *report_images(const report *of) {
    json_t *made = json_array();
    double left = of->settings.max_mb * 1e6 / 4;
    for (uint32_t i = 0; i < of->items; i++) {
        tt_text url = of->data.items.extra[of->item[i]].image_url;
        int inside = is_inline(url) && (double)url.len <= left;
        left -= inside ? (double)url.len : 0;
        json_array_append_new(made, inside || is_address(url) ? report_text(url) : json_null());
    }
    return made;
}
