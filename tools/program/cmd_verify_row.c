/* SPDX-License-Identifier: MIT */
/* verify-row: embeddings of the store are computed again from its rows and compared, bit by bit. */
#include "base/arena.h"
#include "base/fail.h"
#include "base/map.h"
#include "base/message.h"
#include "catalogue/decisions.h"
#include "catalogue/items.h"
#include "catalogue/users.h"
#include "program/commands.h"
#include "program/options_store.h"
#include "serving/embedder.h"
#include "serving/model_file.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    STORE_VARIABLES,
    {"db-url", OPTION_TEXT, "URL", NULL, "TWOTOWER_DB_URL", NULL, STORE_HELP},
    {"artifacts-dir", OPTION_TEXT, "DIR", "ml/artifacts/latest", NULL, NULL,
     "run folder of the model"},
    {"users", OPTION_FLAG, NULL, NULL, NULL, NULL, "embeddings of users, not of videos"},
    {"max-history", OPTION_COUNT, "N", "500", NULL, NULL,
     "newest videos per list of a user, as they were embedded with"},
    {"as-of", OPTION_INSTANT, "TIME", NULL, NULL, NULL,
     "users as of then, as they were embedded; default: now"},
    {"sample", OPTION_COUNT, "N", "100", NULL, NULL, "that many by chance; 0: all"},
    {"seed", OPTION_COUNT, "N", "0", NULL, NULL, "of the choice"},
    {0},
};

typedef struct sampled {
    tt_text id;
    char digest[17];
    float *vector; /* [dim], as the store has it */
    int seen;
} sampled;

typedef struct verifying {
    const arguments *arguments;
    model_file model;
    store *store;
    embedder rows;
    arena memory;
    map by_id;
    sampled *row;
    size_t count, capacity;
    float *vector;
    uint64_t stored, state, equal, changed, wrong;
    tt_text example;
} verifying;

/* SplitMix64. */
static uint64_t next_random(uint64_t *state) {
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Each row is as likely to be in the sample as any other (reservoir sampling). */
static int choose(void *context, const embedding_row *row) {
    verifying *v = context;
    uint64_t wanted = option_count(v->arguments, "sample"), at = v->count;
    uint32_t dim = tt_model_dim(&v->model.model);
    if (row->dim != dim)
        return fail(TW_INPUT, "%s: the embedding of %.*s has %u numbers, the model makes %u",
                    v->store->url, (int)row->id.len, row->id.at, row->dim, dim);
    v->stored++;
    if (wanted && v->count == wanted)
        at = next_random(&v->state) % v->stored;
    if (wanted && at >= wanted)
        return 0;
    if (at == v->count) {
        v->row = xgrow(v->row, v->count++, &v->capacity, sizeof *v->row);
        v->row[at].vector = arena_take(&v->memory, dim * sizeof(float));
    }
    sampled *kept = &v->row[at];
    size_t digest = row->input_digest.len < 16 ? row->input_digest.len : 16;
    kept->id = arena_text(&v->memory, row->id);
    kept->seen = 0;
    memset(kept->digest, 0, sizeof kept->digest);
    if (digest)
        memcpy(kept->digest, row->input_digest.at, digest);
    memcpy(kept->vector, row->vector, dim * sizeof(float));
    return 0;
}

static int same_bits(const verifying *v, const float *stored) {
    for (uint32_t i = 0; i < tt_model_dim(&v->model.model); i++) {
        float wanted = v->vector[i];
        if (v->store->halves)
            wanted = tt_half_to_float(tt_half_from_float(wanted));
        if (memcmp(&wanted, &stored[i], sizeof wanted) != 0)
            return 0;
    }
    return 1;
}

/* The row that was embedded last, against what is stored of it. */
static void compare(verifying *v, sampled *of, int made) {
    char digest[17];
    of->seen = 1;
    embedder_digest(&v->rows, digest);
    if (made && same_bits(v, of->vector)) {
        v->equal++;
        return;
    }
    *(strcmp(digest, of->digest) ? &v->changed : &v->wrong) += 1;
    if (!v->example.len)
        v->example = of->id;
}

static int compare_video(void *context, const video *row) {
    verifying *v = context;
    tr_item item;
    uint32_t at;
    int made, status;
    if (!map_get(&v->by_id, row->id, &at))
        return 0;
    item_from_video(&item, row);
    status = embedder_item(&v->rows, &item, v->vector, &made);
    if (!status)
        compare(v, &v->row[at], made);
    return status ? status : interrupted();
}

static int compare_users(verifying *v) {
    item_table items;
    interaction_set decisions = {0};
    user_table users = {0};
    const arguments *a = v->arguments;
    int64_t as_of = option_given(a, "as-of") ? option_instant(a, "as-of") : instant_now();
    int made, status = item_table_load(&items, v->store);
    if (!status)
        status = interaction_set_read_decisions(&decisions, v->store, &items, as_of);
    if (!status) {
        user_list known = interaction_set_users(&decisions);
        user_table_build(&users, &known, &decisions.rows, &items,
                         (uint32_t)option_count(a, "max-history"), as_of);
    }
    for (uint32_t u = 0; u < users.count && !status; u++) {
        uint32_t at;
        if (!map_get(&v->by_id, users.id[u], &at))
            continue;
        status = embedder_user(&v->rows, &users.user[u], items.item, v->vector, &made);
        if (!status)
            compare(v, &v->row[at], made);
        if (!status)
            status = interrupted();
    }
    user_table_free(&users);
    interaction_set_free(&decisions);
    item_table_free(&items);
    return status;
}

static int verify(verifying *v) {
    int users = option_flag(v->arguments, "users");
    v->state = option_count(v->arguments, "seed");
    int status = v->store->operations->embeddings(
        v->store, users ? USER_EMBEDDINGS : VIDEO_EMBEDDINGS, v->model.version, choose, v);
    if (!status && !v->stored)
        status = fail(
            TW_INPUT, "%s: there are no %s embeddings of model %s; twotower embed %ss makes them",
            v->store->url, users ? "user" : "video", v->model.version, users ? "user" : "video");
    for (size_t i = 0; i < v->count && !status; i++)
        (void)map_put(&v->by_id, v->row[i].id, (uint32_t)i);
    if (status)
        return status;
    return users ? compare_users(v)
                 : v->store->operations->videos(v->store, NULL, compare_video, v);
}

static uint64_t unseen(const verifying *v) {
    uint64_t count = 0;
    for (size_t i = 0; i < v->count; i++)
        count += !v->row[i].seen;
    return count;
}

static int report(verifying *v) {
    uint64_t gone = unseen(v);
    int status = 0;
    if (json_wanted())
        status = result_json(json_pack(
            "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "store", v->store->url, "model_version",
            v->model.version, "stored", (json_int_t)v->stored, "compared", (json_int_t)v->count,
            "equal", (json_int_t)v->equal, "changed_rows", (json_int_t)v->changed, "different",
            (json_int_t)v->wrong, "without_row", (json_int_t)gone));
    else {
        result_line("%llu of %zu embeddings of model %s are what their rows give, bit by bit (%llu "
                    "are stored)",
                    (unsigned long long)v->equal, v->count, v->model.version,
                    (unsigned long long)v->stored);
        status = result_flush();
    }
    if (status || v->equal == v->count)
        return status;
    return fail(TW_NEGATIVE,
                "%s: of %zu embeddings %llu differ from what the same rows give, %llu are of rows "
                "that changed since, %llu have no row%s%.*s; twotower embed %s writes them again",
                v->store->url, v->count, (unsigned long long)v->wrong,
                (unsigned long long)v->changed, (unsigned long long)gone,
                v->example.len ? ", such as " : "", (int)v->example.len, v->example.at,
                option_flag(v->arguments, "users") ? "users" : "videos --include-existing");
}

static int run(const arguments *a) {
    verifying v = {.arguments = a, .example = {"", 0}};
    int status = model_file_open_run(&v.model, option_text(a, "artifacts-dir"));
    if (!status)
        status = embedder_open(&v.rows, &v.model.model, option_flag(a, "users") ? TT_USER : TT_ITEM,
                               v.model.path);
    if (!status)
        status = options_store_open(&v.store, a, "db-url");
    if (!status) {
        v.vector = xmalloc(tt_model_dim(&v.model.model) * sizeof *v.vector);
        status = verify(&v);
    }
    if (!status)
        status = report(&v);
    store_close(v.store);
    embedder_close(&v.rows);
    model_file_close(&v.model);
    map_free(&v.by_id);
    arena_free(&v.memory);
    free(v.vector);
    free(v.row);
    return status;
}

const command command_verify_row = {
    "verify-row", "compute embeddings of the store again, and compare bit by bit",
    NULL,         "twotower verify-row --db-url env:DATABASE_URL --sample 1000",
    options,      run,
};
