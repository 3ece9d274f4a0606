/* SPDX-License-Identifier: MIT */
/* The users of a store, embedded from their decisions. */
#ifndef TOOLS_SERVING_EMBED_USERS_H
#define TOOLS_SERVING_EMBED_USERS_H

#include "serving/live.h"

typedef struct embed_users_settings {
    live_settings live;
    const char *output_dir;
    uint64_t min_interactions; /* likes of a user */
    uint64_t limit;            /* of users; 0: all */
    uint32_t max_history;      /* newest videos kept per list of a user */
    uint64_t recent_hours;     /* only users who decided something in them; 0: all */
    int64_t as_of;             /* decisions until then; INT64_MIN: now */
} embed_users_settings;

/* Without a model and a store, which the caller names. */
embed_users_settings embed_users_settings_default(void);

typedef struct embed_users_result {
    char model_version[64];
    uint32_t users;    /* who have decided something */
    uint64_t embedded; /* of these */
    uint64_t unknown;  /* of the embedded ones, without a token that is known */
    int upserted;      /* the store has them */
    json_t *summary;   /* the document of summary.json */
} embed_users_result;

/* The result is to be freed on failure too. */
int embed_users_run(const embed_users_settings *settings, embed_users_result *result);
void embed_users_result_free(embed_users_result *result);

#endif
