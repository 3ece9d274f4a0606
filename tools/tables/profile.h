/* SPDX-License-Identifier: MIT */
/* What a user's interactions say in a few readable columns: recent likes,
 * favourite tags, the last 30 days.  For people and other programs. */
#ifndef TOOLS_TABLES_PROFILE_H
#define TOOLS_TABLES_PROFILE_H

#include "tables/users.h"

enum { PROFILE_RECENT = 50, PROFILE_TAGS = 20 };

typedef struct user_profile {
    tt_text tag[PROFILE_TAGS]; /* of liked videos, the most frequent first */
    uint32_t tags, likes, dislikes, likes_30d;
    float ratio_30d;     /* likes among likes and dislikes; NaN: neither */
    int32_t signup_days; /* since the first interaction; -1: not known */
} user_profile;

typedef struct profile_builder profile_builder;
profile_builder *profile_builder_make(const user_table *users, const interaction_list *from,
                                      const item_table *items);
void profile_of(profile_builder *builder, uint32_t user, user_profile *profile);
void profile_builder_free(profile_builder *builder);

#endif
