/* SPDX-License-Identifier: MIT */
/* A checked build of the core stops where a caller breaks a contract of twotower.h, and only there.
 * Prints TAP. */
#include "twotower.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char lines[] = "twotower-schema 2\nrecipe mlp\nhash murmur3_x86_32x2 00000000\n"
                            "buckets tag 4\nfield tags tag\n";
static tt_schema schema;
static tt_model model; /* without towers */
static tt_features features;
static uint64_t memory[64];
static float numbers[4];
static const tt_rows rows = {numbers, 2, 2, TT_F32};
static tt_hit hits[2];

static void begin(tt_tower tower) {
    tt_features_begin(&features, &schema, tower, memory, sizeof memory);
}

static int keeps_to_it(void) {
    const tt_text tag = {"a", 1};
    tt_embedder embedder = {&model, tt_kernels_c(), TT_ITEM, memory, sizeof memory};
    begin(TT_ITEM);
    if (tt_features_list(&features, "tags", &tag, 1) != TT_OK)
        return 1;
    tt_features_end(&features);
    return tt_embed(&embedder, &features, 1, numbers, NULL) != TT_ERR_TOWER ||
           tt_topk(tt_kernels_c(), &rows, numbers, NULL, 0, hits, 2) != 2;
}

static int a_schema_is_missing(void) {
    tt_features_begin(&features, NULL, TT_ITEM, memory, sizeof memory);
    return 0;
}

static int a_tower_is_none(void) {
    begin((tt_tower)2);
    return 0;
}

static int a_list_has_no_tokens(void) {
    begin(TT_ITEM);
    return tt_features_list(&features, "tags", NULL, 1) == TT_OK;
}

static int a_row_was_not_begun(void) {
    static tt_features raw;
    tt_features_end(&raw);
    return 0;
}

static int a_bag_is_none(void) {
    return tt_features_count(&features, TT_MAX_BAGS) > 0;
}

static int kernels_are_missing(void) {
    tt_embedder embedder = {&model, NULL, TT_ITEM, memory, sizeof memory};
    return tt_embed(&embedder, &features, 1, numbers, NULL) == TT_OK;
}

static int bytes_are_missing(void) {
    static uint64_t scratch[TT_READ_SIZE / sizeof(uint64_t)];
    return tt_model_read(&model, NULL, 1, scratch, sizeof scratch, NULL) == TT_OK;
}

static int scratch_is_not_aligned(void) {
    static uint64_t scratch[TT_READ_SIZE / sizeof(uint64_t) + 1];
    return tt_model_read(&model, "", 0, (char *)scratch + 1, TT_READ_SIZE, NULL) == TT_OK;
}

static int a_row_lies_outside(void) {
    return tt_dot(tt_kernels_c(), &rows, numbers, 2) > 0.0f;
}

static const struct {
    int (*breach)(void);
    const char *name;
} cases[] = {{a_schema_is_missing, "a schema that is missing"},
             {a_tower_is_none, "a tower that is none"},
             {a_list_has_no_tokens, "a list without its tokens"},
             {a_row_was_not_begun, "the end of a row that was not begun"},
             {a_bag_is_none, "a bag that is none"},
             {kernels_are_missing, "kernels that are missing"},
             {bytes_are_missing, "model bytes that are missing"},
             {scratch_is_not_aligned, "scratch that is not aligned"},
             {a_row_lies_outside, "a row outside the catalogue"}};
enum { CASES = sizeof cases / sizeof *cases };

/* Whether it ends as a program that runs to its end. */
static int survives(int (*of)(void)) {
    int status = 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        _exit(of());
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static int stopped(int (*of)(void)) {
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        (void)of();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status != 0;
}

int main(void) {
    const tt_text none = {"", 0}, text = {lines, sizeof lines - 1};
    int good = tt_schema_read(&schema, text, none, none, NULL) == TT_OK && survives(keeps_to_it);
    int failures = !good;
    printf("%s 1 - a caller who keeps to the contract is let through\n", good ? "ok" : "not ok");
    for (int i = 0; i < CASES; i++) {
        good = stopped(cases[i].breach);
        failures += !good;
        printf("%s %d - stopped: %s\n", good ? "ok" : "not ok", i + 2, cases[i].name);
    }
    printf("1..%d\n", CASES + 1);
    return failures != 0;
}
