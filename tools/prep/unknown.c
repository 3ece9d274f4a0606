/* SPDX-License-Identifier: MIT */
#include "prep/unknown.h"

#include "cli/fail.h"
#include "cli/message.h"
#include "format/uuid.h"

#include <stdlib.h>
#include <string.h>

/* The caller frees it. */
static char *external_id(tt_text url) {
    static const char *const marks[] = {"/cid=", "?cid=", "&cid=", "?id=", "&id="};
    char *text = need_copy(url.at, url.len);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *found = strstr(text, marks[i]);
        size_t len = found ? strcspn(found + strlen(marks[i]), "/&?#") : 0;
        if (!len)
            continue;
        char *id = need_copy(found + strlen(marks[i]), len);
        free(text);
        return id;
    }
    return text;
}

static json_t *listing_of(tt_text url) {
    char uuid[UUID_TEXT], *name = external_id(url);
    uuid_of_name(uuid, name);
    json_t *one = json_pack("{s:s, s:s, s:s%}", "external_id", name, "id", uuid, "product_url",
                            url.at, url.len);
    free(name);
    return one;
}

int unknown_insert(const observed *all, store *to, uint64_t *added) {
    enum { BATCH = 500 };
    char now[21];
    int status = 0;
    instant_format(now, instant_now());
    json_t *state = json_pack("{s:s, s:n}", "watermark", now, "cursor");
    *added = 0;
    for (uint32_t i = 0; i < all->unknowns && !status; i += BATCH) {
        json_t *list = json_array();
        for (uint32_t j = i; j < all->unknowns && j < i + BATCH; j++)
            json_array_append_new(list, listing_of(all->unknown[j]));
        listing_counts counts = {0};
        const store_listings batch = {"reviews", list, state, 0};
        status = to->operations->list_videos(to, &batch, &counts);
        *added += counts.added;
        json_decref(list);
    }
    json_decref(state);
    return status;
}
