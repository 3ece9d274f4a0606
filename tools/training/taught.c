/* SPDX-License-Identifier: MIT */
#include "training/taught.h"

#include "base/fail.h"
#include "base/message.h"

#include <math.h>
#include <stdlib.h>

/* Train likes that do not stand among the likes of their user's history. */
static uint64_t count_untaught(const dataset *data, uint64_t *likes) {
    item_lists liked;
    interaction_lists(&liked, &data->train, data->users.count, TT_LIKED);
    uint32_t *stamp = xcalloc((size_t)data->items.count + 1, sizeof *stamp);
    uint64_t untaught = 0;
    *likes = 0;
    for (uint32_t u = 0; u < data->users.count; u++) {
        const tr_user *user = &data->users.user[u];
        for (uint32_t i = 0; i < user->count[TT_LIKED]; i++)
            stamp[user->history[TT_LIKED][i]] = u + 1;
        for (uint32_t i = liked.offset[u]; i < liked.offset[u + 1]; i++) {
            untaught += stamp[liked.item[i]] != u + 1;
            ++*likes;
        }
    }
    free(stamp);
    item_lists_free(&liked);
    return untaught;
}

static int check_histories(const dataset *data, const dataset_paths *paths) {
    uint64_t likes, untaught = count_untaught(data, &likes);
    if (untaught * 2 > likes)
        return fail(TW_INPUT,
                    "%s: %llu of its %llu likes stand in no history (liked_video_ids) of %s, and "
                    "only likes of the histories are learnt; give --user-features that were made "
                    "of these rows, or train with --recipe mlp, which learns rows",
                    paths->train, (unsigned long long)untaught, (unsigned long long)likes,
                    paths->users);
    if (untaught)
        warning("%s: %llu of its %llu likes stand in no history of %s and teach nothing (prep "
                "--max-history, --as-of)",
                paths->train, (unsigned long long)untaught, (unsigned long long)likes,
                paths->users);
    return 0;
}

static int check_weights(const dataset *data, const dataset_paths *paths) {
    float least = INFINITY, most = 0;
    for (size_t i = 0; i < data->train.count; i++) {
        const interaction *row = &data->train.row[i];
        if (row->label != TT_LIKED)
            continue;
        least = row->weight < least ? row->weight : least;
        most = row->weight > most ? row->weight : most;
    }
    if (!(most > 0))
        return fail(
            TW_INPUT,
            "%s: all its likes have weight 0, so nothing can be learnt from them; leave the "
            "column weight out, or give likes that count more than 0",
            paths->train);
    if (least == most && most != 1)
        warning("%s: all its likes have weight %g, which is as if all had 1: they count against "
                "each other only",
                paths->train, (double)most);
    return 0;
}

int taught_check(const dataset *data, const dataset_paths *paths, int by_history) {
    int status = by_history ? check_histories(data, paths) : 0;
    return status ? status : check_weights(data, paths);
}
