/* SPDX-License-Identifier: MIT */
/* The made-up catalogue: the same everywhere, sound, and with tastes in it. */
#include "synth/synth.h"
#include "twotower.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const synth_options small = {1, 200, 900, 40};

static void test_uuid(void **state) {
    (void)state;
    char one[SYNTH_ID], other[SYNTH_ID];
    synth_uuid(one, 1, SYNTH_USER_ID, 0);
    assert_string_equal(one, "39772aee-ff8e-424d-b2cc-c9e1d2cc3f1f");
    synth_uuid(other, 1, SYNTH_VIDEO_ID, 0);
    assert_string_not_equal(one, other);
    synth_uuid(other, 2, SYNTH_USER_ID, 0);
    assert_string_not_equal(one, other);
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* Names differ where their numbers do. */
static void test_names_are_unique(void **state) {
    (void)state;
    enum { MANY = 3000 };
    static char performer[MANY][SYNTH_TEXT];
    char maker[SYNTH_TEXT];
    for (uint32_t i = 0; i < MANY; i++)
        synth_performer(performer[i], i);
    qsort(performer, MANY, sizeof *performer, by_text);
    for (uint32_t i = 1; i < MANY; i++)
        assert_string_not_equal(performer[i - 1], performer[i]);
    synth_performer(performer[0], UINT32_MAX);
    assert_true(strlen(performer[0]) < SYNTH_TEXT - 1);
    synth_maker(maker, 0);
    assert_string_equal(maker, "Harbourlight Films");
    synth_maker(maker, 64);
    assert_string_equal(maker, "Harbourlight Films 2");
}

static void test_videos(void **state) {
    (void)state;
    synth_world world;
    char text[6][SYNTH_TEXT];
    synth_world_make(&world, &small);
    for (uint32_t v = 0; v < small.videos; v++) {
        const synth_video *video = &world.video[v];
        assert_true(video->genre < SYNTH_GENRES && video->maker < world.makers);
        assert_true(video->second_genre != video->genre && video->performers <= SYNTH_PERFORMERS);
        for (uint32_t p = 0; p < video->performers; p++)
            assert_true(video->performer[p] < world.performers);
        if (video->volume > 1)
            assert_true(video->day >= world.video[v - 1].day && video->first < v);
        uint32_t tags = 0;
        for (; synth_tag(text[tags], &world, v, tags); tags++)
            for (uint32_t t = 0; t < tags; t++)
                assert_string_not_equal(text[t], text[tags]);
        assert_true(tags >= 3 && tags <= 6);
        synth_series(text[0], &world, v);
        synth_title(text[1], &world, v);
        assert_int_equal(video->volumes > 1, text[0][0] != '\0');
        assert_int_equal(strncmp(text[1], text[0], strlen(text[0])), 0);
    }
    synth_world_free(&world);
}

/* Whether any of the user's tastes is in the video. */
static int is_to_taste(const synth_user *user, const synth_video *video) {
    for (uint32_t t = 0; t < user->tastes; t++) {
        const synth_taste *taste = &user->taste[t];
        if (taste->kind == SYNTH_BY_GENRE &&
            (video->genre == taste->key || video->second_genre == taste->key))
            return 1;
        if (taste->kind == SYNTH_BY_MAKER && video->maker == taste->key)
            return 1;
        for (uint32_t p = 0; taste->kind == SYNTH_BY_PERFORMER && p < video->performers; p++)
            if (video->performer[p] == taste->key)
                return 1;
    }
    return 0;
}

typedef struct tally {
    uint32_t reviews, unknown, again, liked[2], met[2]; /* [1]: to the user's taste */
    uint32_t digest;
} tally;

static void count_event(tally *all, const synth_world *world, const synth_user *user,
                        const synth_event *event) {
    all->reviews++;
    const uint32_t bits[] = {all->digest, event->video, event->stars, (uint32_t)event->at};
    char text[4 * 4];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(unsigned char)(bits[i / 4] >> i % 4 * 8);
    all->digest = (uint32_t)(tt_hash(0, (tt_text){"", 0}, (tt_text){text, sizeof text}) >> 32);
    assert_true(event->stars >= 1 && event->stars <= 5 && event->at >= user->joined);
    if (event->video == SYNTH_NONE) {
        all->unknown++;
        return;
    }
    const synth_video *video = &world->video[event->video];
    assert_true(video->weight > 0 && event->at >= video->day * INT64_C(86400));
    int to_taste = is_to_taste(user, video);
    all->met[to_taste]++;
    all->liked[to_taste] += event->stars >= 4;
}

static tally count_all(const synth_options *options) {
    tally all = {0};
    synth_world world;
    synth_world_make(&world, options);
    synth_event *event = malloc(synth_events_most(options) * sizeof *event);
    unsigned char *met = malloc(options->videos);
    assert_true(event && met);
    for (uint32_t u = 0; u < options->users; u++) {
        synth_user user;
        synth_user_make(&user, &world, u);
        size_t count = synth_reviews(&world, &user, event);
        assert_true(count <= synth_events_most(options));
        memset(met, 0, options->videos);
        for (size_t i = 0; i < count; i++) {
            assert_true(i == 0 || event[i - 1].at <= event[i].at);
            count_event(&all, &world, &user, &event[i]);
            if (event[i].video != SYNTH_NONE)
                all.again += met[event[i].video]++ > 0;
        }
        count = synth_decisions(&world, &user, event);
        for (size_t i = 0; i < count; i++)
            assert_false(met[event[i].video]++);
    }
    free(met);
    free(event);
    synth_world_free(&world);
    return all;
}

static void test_users_follow_their_tastes(void **state) {
    (void)state;
    tally all = count_all(&small);
    assert_in_range(all.reviews, 7200, 8800);
    assert_in_range(all.unknown, 5, 80);
    assert_in_range(all.again, 10, 160);
    /* Two of three videos are met by taste; they are liked at least three times as often. */
    assert_true(all.met[1] > all.met[0]);
    assert_true((uint64_t)all.liked[1] * all.met[0] > 3 * (uint64_t)all.liked[0] * all.met[1]);
    assert_true(all.liked[0] > 0 && all.liked[1] < all.met[1]);
}

/* The digest holds on every machine; it changes only when synth does. */
static void test_the_same_everywhere(void **state) {
    (void)state;
    synth_options options = small;
    tally one = count_all(&options);
    assert_int_equal(one.digest, UINT32_C(0x56b74f69));
    options.seed = 2;
    assert_int_not_equal(one.digest, count_all(&options).digest);
}

static void test_tiny(void **state) {
    (void)state;
    for (uint32_t videos = 1; videos < 30; videos++) {
        synth_options options = {videos, 3, videos, 50};
        tally all = count_all(&options);
        assert_true(all.reviews <= 3 * 2 * videos);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_videos),
        cmocka_unit_test(test_users_follow_their_tastes),
        cmocka_unit_test(test_the_same_everywhere),
        cmocka_unit_test(test_tiny),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
