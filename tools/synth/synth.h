/* SPDX-License-Identifier: MIT */
/*
 * A made-up catalogue and made-up users whose tastes are known: videos have
 * genres, makers, performers and series, users like one to three of these, and a
 * few videos are watched by many.  All of it follows from the seed by integer
 * arithmetic, so that every machine makes the same.
 */
#ifndef TOOLS_SYNTH_SYNTH_H
#define TOOLS_SYNTH_SYNTH_H

#include <stddef.h>
#include <stdint.h>

enum {
    SYNTH_GENRES = 16,
    SYNTH_GENRE_TAGS = 6,
    SYNTH_PERFORMERS = 3, /* of one video, at most */
    SYNTH_TASTES = 3,     /* of one user, at most */
    SYNTH_TEXT = 96,      /* bytes of any text, its end included */
    SYNTH_ID = 37         /* a UUID and its end */
};
#define SYNTH_NONE UINT32_MAX

typedef struct synth_options {
    uint64_t seed;
    uint32_t users, videos, reviews_per_user;
} synth_options;

/* Numbers that depend on nothing but the seed, a purpose and an index: SplitMix64. */
typedef struct synth_random {
    uint64_t state;
} synth_random;

enum { /* purposes */
       SYNTH_RUN,
       SYNTH_VIDEO,
       SYNTH_VIDEO_ID,
       SYNTH_USER,
       SYNTH_USER_ID,
       SYNTH_REVIEWS,
       SYNTH_DECISIONS,
       SYNTH_SHUFFLE,
       SYNTH_TITLE,
       SYNTH_LABEL,
       SYNTH_FIGURES,
       SYNTH_ORIGIN,
       SYNTH_TAGS
};

synth_random synth_random_begin(uint64_t seed, uint32_t purpose, uint64_t index);
uint64_t synth_random_next(synth_random *random);
uint32_t synth_random_below(synth_random *random, uint32_t n); /* 0 .. n - 1 */

typedef struct synth_video {
    uint32_t first;           /* first video of its series, or itself */
    uint32_t volume, volumes; /* from 1; volumes 1: no series */
    uint32_t maker, performer[SYNTH_PERFORMERS], performers;
    uint32_t genre, second_genre; /* SYNTH_NONE: no second */
    uint32_t weight;              /* how often it is watched; 0: too new for reviews */
    int32_t day;                  /* of its release, since 1970-01-01 */
    int32_t quality;              /* hundredths of a star */
} synth_video;

/* Videos by a key (a genre, a maker, ...): those of key k are
 * video[offset[k] .. offset[k + 1]); `until` is the running sum of their weights. */
typedef struct synth_index {
    uint32_t keys, *offset, *video;
    uint64_t *until;
} synth_index;

typedef struct synth_world {
    synth_options options;
    uint32_t makers, performers;
    synth_video *video;
    synth_index all, by_genre, by_maker, by_performer;
    uint32_t *seen; /* [videos] the last user, plus one, who met the video */
} synth_world;

void synth_world_make(synth_world *world, const synth_options *options);
void synth_world_free(synth_world *world);

typedef struct synth_taste {
    enum { SYNTH_BY_GENRE, SYNTH_BY_MAKER, SYNTH_BY_PERFORMER } kind;
    uint32_t key;
} synth_taste;

typedef struct synth_user {
    uint32_t number;
    int64_t joined; /* seconds since 1970 */
    uint32_t tastes;
    synth_taste taste[SYNTH_TASTES];
} synth_user;

/* One review or decision. */
typedef struct synth_event {
    uint32_t video; /* SYNTH_NONE: one that the catalogue does not have */
    uint32_t stars; /* 1 .. 5 */
    uint32_t order;
    int64_t at; /* seconds since 1970 */
} synth_event;

/* The most events that one call of the following two gives. */
size_t synth_events_most(const synth_options *options);

/* The user's reviews in the order of time, some of them given a second time later;
 * then decisions on videos not reviewed.  Call them in this order, user by user.
 * Return how many there are. */
void synth_user_make(synth_user *user, const synth_world *world, uint32_t number);
size_t synth_reviews(synth_world *world, const synth_user *user, synth_event *event);
size_t synth_decisions(synth_world *world, const synth_user *user, synth_event *event);

/* ---- Names ---------------------------------------------------------------------- */

void synth_uuid(char id[SYNTH_ID], uint64_t seed, uint32_t purpose, uint32_t index);
void synth_title(char text[SYNTH_TEXT], const synth_world *world, uint32_t video);
void synth_series(char text[SYNTH_TEXT], const synth_world *world, uint32_t video); /* or "" */
void synth_performer(char text[SYNTH_TEXT], uint32_t performer);
void synth_maker(char text[SYNTH_TEXT], uint32_t maker);
/* One of the maker's labels; about a third of videos have none. */
void synth_label(char text[SYNTH_TEXT], const synth_world *world, uint32_t video);
/* Tag number `at` of the video; 0 when there are no more. No tag comes twice. */
int synth_tag(char text[SYNTH_TEXT], const synth_world *world, uint32_t video, uint32_t at);

#endif
