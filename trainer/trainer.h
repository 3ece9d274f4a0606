/* SPDX-License-Identifier: MIT */
/*
 * The trainer: items and users become a model.  A hosted C99 library that knows
 * the core by twotower.h only; it never prints, opens no file and no socket.
 *
 * Determinism  The same data, seed and options give the same model bytes for
 *              any number of threads and with any vector instructions.
 * Speed        Fused multiply-add makes it fast: AVX2 or AVX-512 on x86-64, NEON
 *              on aarch64.  Processors without it give the same bytes slowly.
 * Memory       What a function makes, its tr_..._free releases.  Inputs are
 *              borrowed for the life of what is made from them.
 */
#ifndef TRAINER_H
#define TRAINER_H

#include "twotower.h"

typedef enum tr_status {
    TR_OK = 0,
    TR_NO_MEMORY,
    TR_NO_THREADS,
    TR_NO_DATA,  /* no user with a like, or no item with one */
    TR_DIVERGED, /* the loss is not finite, an epoch's twice that of the first step, or at a high
                  * rate no better than the baseline */
    TR_STOPPED,  /* a callback asked to stop */
    TR_CORE,     /* the core refused what the trainer built: a defect */
    TR_SINK,     /* the sink refused bytes */
    TR_STATE     /* what was restored is no state of this training */
} tr_status;

const char *tr_status_text(tr_status status);

/* ---- What comes in ------------------------------------------------------------ */

/* The token fields of an item; tr_field_name gives their names in the schema. */
enum { TR_TAGS, TR_PERFORMERS, TR_MAKER, TR_LABEL, TR_SERIES, TR_SOURCE, TR_FIELDS };
extern const char *const tr_field_name[TR_FIELDS];

typedef struct tr_item {
    tt_text id;
    tt_text released_at;   /* ISO 8601 date or empty */
    float price, duration; /* seconds; NaN or not above 0: missing */
    struct {
        const tt_text *token;
        uint32_t count;
    } field[TR_FIELDS];
} tr_item;

/* The numbers of a user; tr_number_name gives their names in the schema.  Ratios are of likes and
 * dislikes among all that was reviewed, those of 30 days among likes and dislikes; days are whole
 * ones; hours are those of likes on the circle of the day, prices those of liked items. */
enum {
    TR_LIKE_RATIO,
    TR_DISLIKE_RATIO,
    TR_MEAN_STARS,
    TR_REVIEW_COUNT,
    TR_LIKE_COUNT,
    TR_DISLIKE_COUNT,
    TR_LIKE_COUNT_30D,
    TR_POSITIVE_RATIO_30D,
    TR_SIGNUP_DAYS,
    TR_ACCOUNT_AGE_DAYS, /* the same by its other name */
    TR_DAYS_SINCE_LAST_LIKE,
    TR_HOUR_SIN,
    TR_HOUR_COS,
    TR_PRICE_MEAN,
    TR_PRICE_MEDIAN,
    TR_NUMBERS
};
extern const char *const tr_number_name[TR_NUMBERS];

/* The numbers of an item beside its year, which it always has, and their names. */
enum { TR_PRICE, TR_DURATION, TR_RELEASE_DAY, TR_ITEM_NUMBERS };
extern const char *const tr_item_number_name[TR_ITEM_NUMBERS];

/* Which of them the towers take: bit n says number n. */
typedef struct tr_numbers {
    uint32_t user, item;
} tr_numbers;
/* The default: like_ratio, dislike_ratio, mean_stars and
 * review_count of a user, the year of an item. */
tr_numbers tr_numbers_default(void);

typedef struct tr_user {
    const uint32_t *history[TT_MAX_BAGS]; /* item indices, [TT_LIKED] newest first, ... */
    uint32_t count[TT_MAX_BAGS];
    float number[TR_NUMBERS]; /* NaN: missing */
} tr_user;

/* A train interaction: `label` is TT_LIKED, TT_NEUTRAL or TT_DISLIKED. */
typedef struct tr_pair {
    uint32_t user, item;
    uint32_t label;
    float weight; /* > 0 */
} tr_pair;

/* Histories and counts come from train interactions only. */
typedef struct tr_data {
    const tr_item *item;
    uint32_t items;
    const tr_user *user;
    uint32_t users;
    const uint32_t *item_likes;   /* [items] train likes */
    const uint32_t *item_reviews; /* [items] train interactions, likes included */
    /* Validation likes per user, to report a loss: user u's are
     * val_item[val_offset[u] .. val_offset[u + 1]).  NULL: none. */
    const uint32_t *val_offset, *val_item;
    /* All train interactions.  TR_SHARED: its teacher learns from the likes, and a like of a
     * history weighs in the loss what it weighs here, or 1.
     * TR_MLP learns from likes and dislikes and takes no item that the user has
     * here as unobserved. */
    const tr_pair *pair;
    uint32_t pairs;
    const tr_numbers *numbers; /* NULL: tr_numbers_default */
} tr_data;

/* Feeds one item, or one user with its history, to the core's encoder. The
 * features are begun by the caller and ended here. */
TT_MUST_USE tt_status tr_encode_item(tt_features *features, const tr_item *item);
TT_MUST_USE tt_status tr_encode_user(tt_features *features, const tr_user *user,
                                     const tr_item *items);

/* ---- Vocabulary: the schema and its key lists --------------------------------------- */

/* Owns the text that becomes metadata_props, and the schema read from it. */
typedef struct tr_vocabulary {
    char *lines, *id_keys, *token_keys; /* key lists: TR_SHARED only */
    size_t lines_len, id_keys_len, token_keys_len;
    tt_schema schema;
    uint32_t collisions; /* tokens that share a key, or a bucket, with another token */
} tr_vocabulary;

/* Ids of items reviewed in train; content tokens with document frequency >= 2
 * over all items; means and deviations of the numbers. */
TT_MUST_USE tr_status tr_vocabulary_build(tr_vocabulary *vocabulary, const tr_data *data);

/* The vocabulary of TR_MLP: each space of tokens has a number of buckets, and a
 * token's row is its hash modulo them. */
typedef struct tr_buckets {
    int64_t tags, performers; /* buckets; 0 or less: twice the distinct tokens, as in the
                               * other spaces, for a load of at most 0.5 */
} tr_buckets;
TT_MUST_USE tr_status tr_vocabulary_build_mlp(tr_vocabulary *vocabulary, const tr_data *data,
                                              const tr_buckets *buckets);
void tr_vocabulary_free(tr_vocabulary *vocabulary);

/* ---- Training ------------------------------------------------------------------------ */

/* TR_SHARED: bags over one table, RECIPE.md's form.  TR_MLP: each tower has a
 * first layer of its own over hashed features, ReLU, and a second layer. */
typedef enum tr_recipe { TR_SHARED, TR_MLP } tr_recipe;

/* Losses of TR_MLP.  TR_BCE: binary cross entropy of likes against dislikes and
 * unobserved items drawn in each step.  TR_SOFTMAX: each like against the other
 * items of its batch, corrected by their chance of being in it. */
typedef enum tr_objective { TR_BCE, TR_SOFTMAX } tr_objective;

/* Who the towers learn from besides the likes.  TR_IALS: a factorisation of the
 * likes, made first. */
typedef enum tr_teaching { TR_NO_TEACHER, TR_IALS } tr_teaching;

/* The candidates of a step's softmax.  TR_SAMPLE_AUTO: all, or some drawn uniformly
 * where there are more than 32,768; the others always draw some, uniformly, by
 * likes ^ 0.75, or half of either.  Some: corrected by their chances (logQ). */
typedef enum tr_sampling {
    TR_SAMPLE_AUTO,
    TR_SAMPLE_NONE,
    TR_SAMPLE_UNIFORM,
    TR_SAMPLE_POPULARITY,
    TR_SAMPLE_MIXED
} tr_sampling;

/* Which rows of the table a step of TR_SHARED updates: all, or those that it reads, while the
 * others make it up before they are read next.  The bits are the same, the time is not;
 * TR_UPDATE_AUTO: the active ones where candidates are drawn and there are more than
 * 65,536 rows. */
typedef enum tr_updating { TR_UPDATE_AUTO, TR_UPDATE_ALL, TR_UPDATE_ACTIVE } tr_updating;

/* Trusted: dim, threads > 0, the dropouts in [0, 1), history_keep and ema in [0, 1];
 * for TR_MLP hidden and batch > 0. */
typedef struct tr_options {
    tr_recipe recipe;
    uint32_t dim, hidden; /* hidden 0: a linear user tower (TR_SHARED) */
    uint32_t epochs;
    /* Users per step; 0: a tenth of the users, 16 at least, 1024 at most.  TR_MLP: pairs
     * of a user and an item per step. */
    uint32_t batch;
    uint32_t threads;
    uint64_t seed;
    float lr;
    /* TR_MLP. */
    tr_objective loss;
    uint32_t negatives; /* unobserved items per like; TR_BCE */
    /* Draws them for users with fewer dislikes than this among their pairs; 0: for all. */
    uint32_t few_dislikes;
    uint32_t patience; /* > 0: stop when the loss of a held-out tenth of the pairs has not
                        * fallen for so many epochs, and keep the best epoch's weights */
    /* TR_SHARED. */
    float history_keep; /* probability that a history entry is kept in a step */
    float hidden_dropout;
    float id_dropout;      /* probability that an item's id is left out in a step */
    float target_exponent; /* weight of a user = targets ^ (exponent - 1) */
    float ema;             /* rate of the moving average of the weights */
    tr_sampling sampling;
    uint32_t samples; /* drawn in a step; 0: 8192 */
    tr_updating updating;
    tr_teaching teacher;
    float l2; /* of the teacher; 0: the best on a holdout of train */
} tr_options;

/* TR_SHARED: RECIPE.md's values.  TR_MLP: 8 epochs of batches
 * of 1024 pairs, hidden 512, Adam at 1e-3, 3 negatives per like of any user, no early stop. */
tr_options tr_options_default(void);
tr_options tr_options_mlp(void);

/* The report of an epoch. */
typedef struct tr_epoch {
    uint32_t epoch, epochs; /* from 1 */
    uint32_t steps;         /* so far */
    double train_loss;      /* mean over the epoch's steps */
    double val_loss;        /* of validation likes (512 users at most) under the averaged
                             * weights, weighed as in training, no teacher; NaN if none */
    double holdout_loss;    /* of the held-out pairs; NaN without patience */
    double scale;           /* the learned scale of the logits */
    double lr;
    uint64_t pairs; /* of user and item in the epoch's steps; TR_SHARED: likes */
} tr_epoch;

/* Called after each step with epoch == NULL, and after each epoch. Not 0: stop. */
typedef int (*tr_progress)(void *context, uint32_t step, uint32_t steps, const tr_epoch *epoch);

typedef struct tr_model tr_model;

TT_MUST_USE tr_status tr_train(tr_model **model, const tr_data *data,
                               const tr_vocabulary *vocabulary, const tr_options *options,
                               tr_progress progress, void *context);

/* A named array [rows][columns] of a training or a model, which owns the data. */
typedef enum tr_element { TR_F32, TR_F64, TR_U32 } tr_element;
typedef struct tr_tensor {
    char name[32];
    tr_element type;
    uint32_t rows, columns;
    int bias; /* a layer [in + 1][out]: the last row is its bias */
    void *data;
} tr_tensor;

/* All that the steps to come depend on, between two steps: weights, averages (or
 * the best epoch's), moments, the order of the users or pairs, the sum of the
 * epoch's losses, the first one.  Random numbers are drawn by counter from the seed and the step.
 */
typedef struct tr_state {
    uint32_t step, steps;    /* done, and of the whole training */
    uint32_t epoch;          /* whole ones done */
    int last;                /* no step follows; patience may end a training early */
    const tr_tensor *tensor; /* [tensors] */
    size_t tensors;
} tr_state;

/* Callbacks of a training; a member may be NULL.  Not 0: stop. */
typedef struct tr_hooks {
    tr_progress progress;
    /* Before the first step: to go on from a saved state, fill the tensors and
     * set state->step. */
    int (*restore)(void *context, tr_state *state);
    /* After each sweep of the teacher, before anything else. */
    int (*teaching)(void *context);
    /* After each step, and after the report of an epoch that it ends; and
     * after restore, where no step follows. */
    int (*save)(void *context, const tr_state *state);
    void *context;
} tr_hooks;

/* tr_train that can stop and go on: a training restored from any of its states
 * gives the same model bytes. */
TT_MUST_USE tr_status tr_train_with(tr_model **model, const tr_data *data,
                                    const tr_vocabulary *vocabulary, const tr_options *options,
                                    const tr_hooks *hooks);
void tr_model_free(tr_model *model);

/* Sets options->epochs to the number, of 15, 20, 25 and 30, and the teacher's
 * l2, with which a training without a held-out tenth of the likes ranks
 * that best (Recall@20 + MAP@20); TR_SHARED only.  Of the hooks progress (all
 * trials are one count of steps) and teaching are called. */
TT_MUST_USE tr_status tr_choose_epochs(tr_options *options, const tr_data *data,
                                       const tr_vocabulary *vocabulary, const tr_hooks *hooks);

/* The weights by name.  TR_SHARED, averaged: table, item, user_skip, user_first
 * and user_second (with a hidden layer), log_scale.  TR_MLP: user_first,
 * user_second, item_first, item_second, log_scale, bias.  Writes at most
 * TR_MODEL_TENSORS and returns how many. */
enum { TR_MODEL_TENSORS = 8 };
size_t tr_model_tensors(const tr_model *model, tr_tensor *tensor);
float tr_model_scale(const tr_model *model); /* of the logits: scale * cos + bias */
float tr_model_bias(const tr_model *model);  /* 0 for TR_SHARED */

/* Writes the averaged weights in half precision as ONNX, with one or both
 * towers; `properties` are written after the schema's own. */
TT_MUST_USE tr_status tr_export(const tr_model *model, const tr_vocabulary *vocabulary,
                                int with_user, int with_item, const tt_property *properties,
                                size_t count, tt_sink sink, void *context);

/* Embeds one row with the fp32 weights, to compare with the exported file:
 * out [dim], unit length.  0 if the norm is 0 or not finite. */
int tr_embed(const tr_model *model, tt_tower tower, const tt_features *features, float *out);

/* ---- Ranking metrics -------------------------------------------------------------------- */

/* Rows of positions per user: row u is item[offset[u] .. offset[u + 1]), ascending. */
typedef struct tr_lists {
    const uint32_t *offset, *item;
} tr_lists;

typedef struct tr_ranking_input {
    const float *user_embedding; /* [users][dim]; NULL: rank by item_score */
    const float *item_embedding; /* [items][dim] */
    const float *item_score;     /* [items] one ranking for all users: popularity */
    uint32_t users, items, dim;
    tr_lists train;             /* left out of the candidates */
    tr_lists relevant;          /* validation likes; users without any are not counted */
    tr_lists disliked;          /* validation dislikes, for auc_explicit */
    tr_lists negatives;         /* unobserved items, for auc */
    const uint32_t *item_likes; /* [items] train likes, for novelty; NULL: none */
    uint32_t k, k2;             /* k2: a second cut, <= k */
    uint32_t threads;
} tr_ranking_input;

enum {
    TR_RECALL,
    TR_RECALL_CAPPED,
    TR_MAP,
    TR_NDCG,
    TR_PRECISION,
    TR_HIT_RATE,
    TR_MRR,
    TR_AT_K /* metrics at a cut */
};

typedef struct tr_ranking {
    uint32_t users; /* users with a relevant item */
    double at_k[TR_AT_K], at_k2[TR_AT_K];
    double low[TR_AT_K], high[TR_AT_K]; /* 95 % interval of at_k: 2,000 user bootstraps */
    double coverage, gini, novelty;     /* of the lists at k; novelty in bits */
    double auc_pooled, auc_mean, auc_explicit_pooled, auc_explicit_mean; /* NaN: no pairs */
    float *per_user[TR_AT_K]; /* [users of the input], NaN for those not counted; owned */
    float *user_auc;          /* the same of the AUC against `negatives` */
    uint32_t *counted;        /* [users] their positions in the input, ascending; owned */
    uint32_t *top;            /* [users][k] the lists, best first; owned */
    uint32_t *top_length;     /* [users] how many rows each list has, <= k; owned */
} tr_ranking;

TT_MUST_USE tr_status tr_rank(tr_ranking *ranking, const tr_ranking_input *input);
void tr_ranking_free(tr_ranking *ranking);

/* The same lists, judged for some users, or on some items: a user's relevant
 * items are those of the segment, and one without any is not counted. */
typedef struct tr_segment {
    uint32_t users;
    uint64_t pairs;                                    /* users and relevant items */
    double at_k[TR_AT_K], low[TR_AT_K], high[TR_AT_K]; /* NaN: no users */
} tr_segment;

/* `users` [users of the input] and `items` [items] are not 0 for what belongs to the
 * segment; NULL: all.  `ranking` was made of `input`. */
TT_MUST_USE tr_status tr_rank_segment(tr_segment *segment, const tr_ranking *ranking,
                                      const tr_ranking_input *input, const unsigned char *users,
                                      const unsigned char *items);

/* One metric before and after, compared user by user over 2,000 bootstraps of
 * the users that have both. */
typedef struct tr_change {
    uint32_t users;
    double before, after;         /* means */
    double difference, low, high; /* after - before, and its 95 % interval */
    double drop;                  /* 1 - after / before; 0 where before is 0 */
    double drop_low;              /* the drop is larger with 95 % confidence: percentile 5 */
} tr_change;

/* before, after [users]: per_user of two rankings; NaN: not counted.  Every number
 * is NaN where no user has both. */
TT_MUST_USE tr_status tr_compare(tr_change *change, const float *before, const float *after,
                                 uint32_t users, uint32_t threads);

#endif
