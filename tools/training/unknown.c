/* SPDX-License-Identifier: MIT */
#include "training/unknown.h"

#include "base/fail.h"
#include "base/message.h"
#include "catalogue/content_id.h"
#include "format/uuid.h"

#include <stdlib.h>

static json_t *listing_of(tt_text url) {
    char uuid[UUID_TEXT], *name = content_id(url);
    if (!name)
        name = xstrndup(url.at, url.len);
    uuid_of_name(uuid, name);
    json_t *one = json_pack("{s:s, s:s, s:s%}", "external_id", name, "id", uuid, "product_url",
                            url.at, url.len);
    free(name);
    return one;
}

int unknown_insert(const interaction_set *all, store *to, uint64_t *added) {
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
