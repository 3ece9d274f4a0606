/* SPDX-License-Identifier: MIT */
#include "synth/synth.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_DAY = 16740, /* 2015-11-01 */
    LAST_DAY = 20392,  /* 2025-10-31 */
    REVIEW_DAY = 20362 /* reviews end here, a month before the newest videos */
};
#define DAY INT64_C(86400)

/* ---- Random numbers -------------------------------------------------------------- */

synth_random synth_random_begin(uint64_t seed, uint32_t purpose, uint64_t index) {
    synth_random random = {seed};
    random.state = synth_random_next(&random) + purpose;
    random.state = synth_random_next(&random) + index;
    random.state = synth_random_next(&random);
    return random;
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
uint64_t synth_random_next(synth_random *random) {
    uint64_t x = random->state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uint32_t synth_random_below(synth_random *random, uint32_t n) {
    return (uint32_t)((synth_random_next(random) >> 32) * n >> 32);
}

static int one_in(synth_random *random, uint32_t n) {
    return synth_random_below(random, n) == 0;
}

/* 0 .. n - 1, small ones more often: the density falls to 0 in a straight line. */
static uint32_t low_below(synth_random *random, uint32_t n) {
    uint32_t a = synth_random_below(random, n), b = synth_random_below(random, n);
    return a < b ? a : b;
}

/* Somewhere in [from, to), or from where that is empty. */
static int64_t time_between(synth_random *random, int64_t from, int64_t to) {
    return to > from ? from + (int64_t)(synth_random_next(random) % (uint64_t)(to - from)) : from;
}

/* ---- Videos ------------------------------------------------------------------------- */

/* Someone of `count` makers or performers who mostly works in a genre: number n
 * belongs to genre n % SYNTH_GENRES. */
static uint32_t specialist(synth_random *random, uint32_t count, uint32_t genre) {
    if (one_in(random, 6))
        return low_below(random, count);
    uint32_t of_genre = (count - genre + SYNTH_GENRES - 1) / SYNTH_GENRES;
    return genre + SYNTH_GENRES * low_below(random, of_genre);
}

/* What all volumes of a series share. */
static synth_video make_first(const synth_world *world, uint32_t at) {
    synth_random random = synth_random_begin(world->options.seed, SYNTH_RUN, at);
    synth_video video = {.first = at, .volume = 1, .volumes = 1, .second_genre = SYNTH_NONE};
    if (one_in(&random, 6))
        video.volumes = 2 + low_below(&random, 8);
    video.genre = low_below(&random, SYNTH_GENRES);
    if (one_in(&random, 2)) {
        video.second_genre = low_below(&random, SYNTH_GENRES);
        if (video.second_genre == video.genre)
            video.second_genre = SYNTH_NONE;
    }
    video.maker = specialist(&random, world->makers, video.genre);
    uint32_t wanted = (3 + synth_random_below(&random, 9)) / 4;
    for (uint32_t n = 0; n < wanted; n++) {
        uint32_t performer = specialist(&random, world->performers, video.genre), i = 0;
        while (i < video.performers && video.performer[i] != performer)
            i++;
        if (i == video.performers)
            video.performer[video.performers++] = performer;
    }
    video.day = FIRST_DAY + (int32_t)synth_random_below(&random, LAST_DAY + 1 - FIRST_DAY);
    return video;
}

static void make_videos(synth_world *world) {
    uint32_t count = world->options.videos;
    world->video = xmalloc((size_t)count * sizeof *world->video);
    for (uint32_t at = 0; at < count;) {
        synth_video video = make_first(world, at);
        for (uint32_t n = 0; n < video.volumes && at < count; n++, at++) {
            synth_random random = synth_random_begin(world->options.seed, SYNTH_VIDEO, at);
            video.volume = n + 1;
            video.quality = (int32_t)synth_random_below(&random, 101) - 50;
            world->video[at] = video;
            video.day += 60 + (int32_t)synth_random_below(&random, 120);
            video.day = video.day < LAST_DAY ? video.day : LAST_DAY;
        }
    }
}

/* Popularity falls with a video's place in a random order, as Zipf's law has it. */
static void make_weights(synth_world *world) {
    uint32_t count = world->options.videos, *order = xmalloc((size_t)count * sizeof *order);
    synth_random random = synth_random_begin(world->options.seed, SYNTH_SHUFFLE, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = synth_random_below(&random, i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        synth_video *video = &world->video[order[i]];
        video->weight = video->day < REVIEW_DAY ? (UINT32_C(1) << 30) / (i + 6) : 0;
    }
    free(order);
}

/* ---- Indices -------------------------------------------------------------------------- */

/* The keys of a video in one of the indices; returns how many. */
static uint32_t keys_all(const synth_video *video, uint32_t key[SYNTH_PERFORMERS]) {
    (void)video;
    key[0] = 0;
    return 1;
}

static uint32_t keys_genre(const synth_video *video, uint32_t key[SYNTH_PERFORMERS]) {
    key[0] = video->genre;
    key[1] = video->second_genre;
    return video->second_genre == SYNTH_NONE ? 1 : 2;
}

static uint32_t keys_maker(const synth_video *video, uint32_t key[SYNTH_PERFORMERS]) {
    key[0] = video->maker;
    return 1;
}

static uint32_t keys_performer(const synth_video *video, uint32_t key[SYNTH_PERFORMERS]) {
    memcpy(key, video->performer, sizeof video->performer);
    return video->performers;
}

static void make_index(synth_index *index, const synth_world *world, uint32_t keys,
                       uint32_t (*keys_of)(const synth_video *, uint32_t *)) {
    uint32_t key[SYNTH_PERFORMERS], videos = world->options.videos;
    index->keys = keys;
    index->offset = xcalloc((size_t)keys + 2, sizeof *index->offset);
    for (uint32_t v = 0; v < videos; v++)
        for (uint32_t n = keys_of(&world->video[v], key); n > 0; n--)
            index->offset[key[n - 1] + 2]++;
    for (uint32_t k = 0; k < keys; k++)
        index->offset[k + 2] += index->offset[k + 1];
    uint32_t total = index->offset[keys + 1];
    index->video = xmalloc(((size_t)total + 1) * sizeof *index->video);
    index->until = xmalloc(((size_t)total + 1) * sizeof *index->until);
    /* offset[k + 1] is where the next video of key k goes, and in the end where k ends. */
    for (uint32_t v = 0; v < videos; v++)
        for (uint32_t n = keys_of(&world->video[v], key); n > 0; n--)
            index->video[index->offset[key[n - 1] + 1]++] = v;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < total; i++)
        index->until[i] = sum += world->video[index->video[i]].weight;
}

static void free_index(synth_index *index) {
    free(index->offset);
    free(index->video);
    free(index->until);
}

/* A video of the key, by weight, or SYNTH_NONE if none has any. */
static uint32_t choose(const synth_index *index, uint32_t key, synth_random *random) {
    uint32_t low = index->offset[key], high = index->offset[key + 1];
    uint64_t before = low ? index->until[low - 1] : 0;
    uint64_t weight = high > low ? index->until[high - 1] - before : 0;
    if (!weight)
        return SYNTH_NONE;
    uint64_t wanted = before + synth_random_next(random) % weight;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index->until[middle] <= wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return index->video[low];
}

void synth_world_make(synth_world *world, const synth_options *options) {
    *world = (synth_world){.options = *options};
    world->makers = 2 * SYNTH_GENRES + options->videos / 40;
    world->performers = 4 * SYNTH_GENRES + options->videos / 6;
    make_videos(world);
    make_weights(world);
    make_index(&world->all, world, 1, keys_all);
    make_index(&world->by_genre, world, SYNTH_GENRES, keys_genre);
    make_index(&world->by_maker, world, world->makers, keys_maker);
    make_index(&world->by_performer, world, world->performers, keys_performer);
    world->seen = xcalloc(options->videos, sizeof *world->seen);
}

void synth_world_free(synth_world *world) {
    free_index(&world->all);
    free_index(&world->by_genre);
    free_index(&world->by_maker);
    free_index(&world->by_performer);
    free(world->video);
    free(world->seen);
}

/* ---- Users ------------------------------------------------------------------------------ */

/* A taste for something about a video that many watch. */
static synth_taste make_taste(const synth_world *world, synth_random *random) {
    uint32_t at = choose(&world->all, 0, random), kind = synth_random_below(random, 10);
    synth_taste taste = {SYNTH_BY_GENRE, 0};
    if (at == SYNTH_NONE)
        return taste;
    const synth_video *video = &world->video[at];
    taste.key = video->genre;
    if (kind < 3)
        taste = (synth_taste){SYNTH_BY_MAKER, video->maker};
    else if (kind < 6 && video->performers)
        taste = (synth_taste){SYNTH_BY_PERFORMER, video->performer[0]};
    return taste;
}

void synth_user_make(synth_user *user, const synth_world *world, uint32_t number) {
    synth_random random = synth_random_begin(world->options.seed, SYNTH_USER, number);
    *user = (synth_user){.number = number};
    user->joined = time_between(&random, FIRST_DAY * DAY, (REVIEW_DAY - 60) * DAY);
    user->tastes = 1 + synth_random_below(&random, SYNTH_TASTES);
    for (uint32_t t = 0; t < user->tastes; t++)
        user->taste[t] = make_taste(world, &random);
}

/* 0 .. 120: how much of what the user likes is in the video. */
static int32_t affinity(const synth_user *user, const synth_video *video) {
    int32_t best = 0, matches = 0;
    for (uint32_t t = 0; t < user->tastes; t++) {
        uint32_t key = user->taste[t].key;
        int32_t match = 0;
        if (user->taste[t].kind == SYNTH_BY_GENRE)
            match = video->genre == key ? 100 : video->second_genre == key ? 60 : 0;
        else if (user->taste[t].kind == SYNTH_BY_MAKER)
            match = video->maker == key ? 100 : 0;
        else
            for (uint32_t p = 0; p < video->performers; p++)
                match = video->performer[p] == key ? 100 : match;
        matches += match > 0;
        best = match > best ? match : best;
    }
    return matches > 1 ? best + 20 : best;
}

/* Taste and quality, and noise of up to one and a half stars either way. */
static uint32_t stars_of(const synth_user *user, const synth_video *video, synth_random *random) {
    int32_t noise =
        (int32_t)synth_random_below(random, 151) + (int32_t)synth_random_below(random, 151) - 150;
    int32_t hundredths = 260 + affinity(user, video) * 17 / 10 + video->quality + noise;
    int32_t stars = (hundredths + 50) / 100;
    return stars < 1 ? 1 : stars > 5 ? 5 : (uint32_t)stars;
}

/* Two of three videos come from a taste while it lasts, the others are what
 * everybody watches. SYNTH_NONE where a few tries give nothing new. */
static uint32_t meet(synth_world *world, const synth_user *user, synth_random *random) {
    const synth_index *const by_kind[] = {&world->by_genre, &world->by_maker, &world->by_performer};
    int by_taste = !one_in(random, 3);
    for (int tries = 0; tries < 12; tries++) {
        const synth_taste *taste = &user->taste[synth_random_below(random, user->tastes)];
        uint32_t video = by_taste && tries < 6 ? choose(by_kind[taste->kind], taste->key, random)
                                               : choose(&world->all, 0, random);
        if (video != SYNTH_NONE && world->seen[video] != user->number + 1) {
            world->seen[video] = user->number + 1;
            return video;
        }
    }
    return SYNTH_NONE;
}

static int64_t start_of(const synth_user *user, const synth_video *video) {
    int64_t released = video->day * DAY;
    return user->joined > released ? user->joined : released;
}

static int by_time(const void *a, const void *b) {
    const synth_event *x = a, *y = b;
    int order = (x->order > y->order) - (x->order < y->order);
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : order;
}

/* Each of at most 1.6 times the mean may come twice. */
size_t synth_events_most(const synth_options *options) {
    return (size_t)options->reviews_per_user * 4 + 4;
}

size_t synth_reviews(synth_world *world, const synth_user *user, synth_event *event) {
    synth_random random = synth_random_begin(world->options.seed, SYNTH_REVIEWS, user->number);
    uint64_t part = 40 + synth_random_below(&random, 121);
    uint64_t wanted = (world->options.reviews_per_user * part + 99) / 100;
    size_t count = 0;
    for (uint64_t n = 0; n < wanted; n++) {
        uint32_t at = meet(world, user, &random);
        if (at == SYNTH_NONE)
            continue;
        const synth_video *video = &world->video[at];
        synth_event one = {at, stars_of(user, video, &random), 0, 0};
        one.at = time_between(&random, start_of(user, video), REVIEW_DAY * DAY);
        if (one_in(&random, 300))
            one.video = SYNTH_NONE;
        event[count++] = one;
        if (one_in(&random, 150)) {
            one.stars = one.stars == 5 ? 4 : one.stars + 1;
            one.at = time_between(&random, one.at + 1, REVIEW_DAY * DAY + 2);
            event[count++] = one;
        }
    }
    for (size_t i = 0; i < count; i++)
        event[i].order = (uint32_t)i;
    qsort(event, count, sizeof *event, by_time);
    return count;
}

size_t synth_decisions(synth_world *world, const synth_user *user, synth_event *event) {
    synth_random random = synth_random_begin(world->options.seed, SYNTH_DECISIONS, user->number);
    uint32_t wanted = synth_random_below(&random, world->options.reviews_per_user / 3 + 2);
    size_t count = 0;
    for (uint32_t n = 0; n < wanted; n++) {
        uint32_t at = meet(world, user, &random);
        if (at == SYNTH_NONE)
            continue;
        const synth_video *video = &world->video[at];
        int64_t time = time_between(&random, start_of(user, video), LAST_DAY * DAY);
        event[count] = (synth_event){at, stars_of(user, video, &random), (uint32_t)count, time};
        count++;
    }
    qsort(event, count, sizeof *event, by_time);
    return count;
}
