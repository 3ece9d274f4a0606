/* SPDX-License-Identifier: MIT */
/* One training step: its loss against a plain second implementation in double
 * precision, and its gradient against finite differences of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/maths.h"
#include "shared/net.h"
#include "unit/test_trainer_toy.h"

enum { DIM = 8, HIDDEN = 12 };

typedef struct bench {
    toy *toy;
    tr_vocabulary vocabulary;
    tr_dataset set;
    tr_shape shape;
    tr_pool *pool;
    tr_net net;
    tr_batch batch;
    tr_teacher teacher;
    uint32_t user[TOY_USERS];
    float *weight, *gradient;
} bench;

/* Any vectors will do. */
static void make_teacher(bench *b) {
    size_t dim = TR_TEACHER_DIM;
    uint64_t key = tr_random_key(5, 0, TR_DRAW_TEACHER);
    b->teacher.user = malloc(TOY_USERS * dim * sizeof(float));
    b->teacher.item = malloc(b->set.candidates * dim * sizeof(float));
    assert_true(b->teacher.user && b->teacher.item);
    for (size_t i = 0; i < TOY_USERS * dim; i++)
        b->teacher.user[i] = 0.2f * (tr_uniform(key, i) - 0.4f);
    for (size_t i = 0; i < b->set.candidates * dim; i++)
        b->teacher.item[i] = 0.2f * (tr_uniform(key, i + TOY_USERS * dim) - 0.4f);
}

static bench *open_bench(uint32_t hidden, uint32_t threads, int taught) {
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->toy = toy_create();
    /* Uneven users: one without anything, one with a single like. */
    memset(b->toy->user[3].count, 0, sizeof b->toy->user[3].count);
    b->toy->user[5].count[TT_LIKED] = 1;
    b->toy->user[7].number[TR_MEAN_STARS] = tr_from_bits(0x7fc00000u);
    b->toy->numbers = tr_numbers_default();
    assert_int_equal(tr_vocabulary_build(&b->vocabulary, &b->toy->data), TR_OK);
    assert_int_equal(tr_dataset_build(&b->set, &b->toy->data, &b->vocabulary), TR_OK);
    b->shape = tr_shape_of(DIM, hidden, b->set.rows, b->set.numerics);
    b->pool = tr_pool_create(threads);
    assert_non_null(b->pool);
    if (taught)
        make_teacher(b);
    assert_int_equal(tr_net_create(&b->net, b->pool, &b->set, &b->shape,
                                   taught ? &b->teacher : NULL, TOY_USERS, NULL),
                     TR_OK);
    assert_int_equal(tr_batch_create(&b->batch, &b->set, TOY_USERS), TR_OK);
    b->weight = malloc(b->shape.count * sizeof *b->weight);
    b->gradient = malloc(b->shape.count * sizeof *b->gradient);
    assert_true(b->weight && b->gradient);
    tr_shape_init(&b->shape, b->weight, 9);
    /* Away from the neat start, so that every path carries something. */
    uint64_t key = tr_random_key(1, 2, TR_DRAW_INIT);
    for (size_t i = 0; i < b->shape.count; i++)
        b->weight[i] += 0.2f * (tr_uniform(key, i) - 0.5f);
    for (uint32_t u = 0; u < TOY_USERS; u++)
        b->user[u] = TOY_USERS - 1 - u;
    return b;
}

static void close_bench(bench *b) {
    tr_batch_free(&b->batch);
    tr_net_free(&b->net);
    tr_teacher_free(&b->teacher);
    tr_pool_free(b->pool);
    tr_dataset_free(&b->set);
    tr_vocabulary_free(&b->vocabulary);
    free(b->toy);
    free(b->weight);
    free(b->gradient);
    free(b);
}

static void draw(bench *b) {
    tr_dropout dropout = {4, 17, 0.5f, 0.5f, 0.2f};
    tr_batch_draw(&b->batch, &b->set, &dropout, 0.5f, b->user, TOY_USERS);
}

static void slow_unit(double *row) {
    double square = 0.0;
    for (int d = 0; d < DIM; d++)
        square += row[d] * row[d];
    for (int d = 0; d < DIM; d++)
        row[d] /= tr_sqrt(square);
}

/* The item's content, its history vector and, for a candidate, its embedding. */
static void slow_item(const bench *b, const double *w, uint32_t i, double *history, double *unit) {
    const tr_dataset *set = &b->set;
    const tr_dropout *dropout = &b->batch.dropout;
    uint64_t key = tr_random_key(dropout->seed, dropout->step, TR_DRAW_ID);
    int sees = tr_uniform(key, i) >= dropout->id_dropout;
    uint32_t numerics = set->numerics[TT_ITEM];
    double input[DIM + TT_MAX_NUMERICS + 1];
    for (int d = 0; d < DIM; d++) {
        double id = set->id_row[i] == TR_NONE ? 0.0 : w[set->id_row[i] * DIM + (uint32_t)d];
        double content = 0.0;
        for (size_t e = set->content.offset[i]; e < set->content.offset[i + 1]; e++)
            content += (double)set->content.entry[e].weight *
                       w[set->content.entry[e].row * DIM + (uint32_t)d];
        history[d] = content + id;
        input[d] = content + (sees ? id : 0.0);
    }
    for (uint32_t k = 0; k < numerics; k++)
        input[DIM + k] = (double)set->numeric[TT_ITEM][i * numerics + k];
    input[DIM + numerics] = 1.0;
    for (uint32_t d = 0; d < DIM; d++) {
        unit[d] = 0.0;
        for (uint32_t k = 0; k <= DIM + numerics; k++)
            unit[d] += input[k] * w[b->shape.item + k * DIM + d];
    }
    slow_unit(unit);
}

static void slow_user(const bench *b, const double *w, double (*history)[DIM], uint32_t n,
                      double *unit) {
    const tr_shape *shape = &b->shape;
    const tr_dropout *dropout = &b->batch.dropout;
    uint64_t key = tr_random_key(dropout->seed, dropout->step, TR_DRAW_HIDDEN);
    uint32_t width = shape->width[TT_USER], numerics = b->set.numerics[TT_USER];
    double input[3 * DIM + TT_MAX_NUMERICS + 1] = {0};
    for (uint32_t bag = 0; bag < 3; bag++) {
        uint32_t begin = b->batch.bag_offset[3 * n + bag];
        uint32_t end = b->batch.bag_offset[3 * n + bag + 1];
        for (uint32_t s = begin; s < end; s++)
            for (uint32_t d = 0; d < DIM; d++)
                input[bag * DIM + d] +=
                    history[b->batch.bag_entry[s].row][d] / tr_sqrt((double)(end - begin));
    }
    for (uint32_t k = 0; k < numerics; k++)
        input[3 * DIM + k] = (double)b->set.numeric[TT_USER][b->user[n] * numerics + k];
    input[width - 1] = 1.0;
    memset(unit, 0, DIM * sizeof *unit);
    for (uint32_t k = 0; k < width; k++)
        for (uint32_t d = 0; d < DIM; d++)
            unit[d] += input[k] * w[shape->skip + k * DIM + d];
    for (uint32_t j = 0; j <= shape->hidden && shape->hidden > 0; j++) {
        double sum = j == shape->hidden ? 1.0 : 0.0;
        for (uint32_t k = 0; k < width && j < shape->hidden; k++)
            sum += input[k] * w[shape->first + k * shape->hidden + j];
        if (j < shape->hidden) {
            int kept = tr_uniform(key, (uint64_t)n * shape->hidden + j) >= dropout->hidden_dropout;
            sum = kept && sum > 0.0 ? sum / (1.0 - (double)dropout->hidden_dropout) : 0.0;
        }
        for (uint32_t d = 0; d < DIM; d++)
            unit[d] += sum * w[shape->second + j * DIM + d];
    }
    slow_unit(unit);
}

/* -sum of t log softmax(score), t = softmax(10 p.q). */
static double slow_teacher(const bench *b, uint32_t n, const double *score, double log_sum) {
    const float *p = b->teacher.user + (size_t)b->user[n] * TR_TEACHER_DIM;
    double sum = 0.0, loss = 0.0;
    for (uint32_t c = 0; c < b->set.candidates; c++) {
        double dot = 0.0;
        for (uint32_t d = 0; d < TR_TEACHER_DIM; d++)
            dot += (double)p[d] * (double)b->teacher.item[(size_t)c * TR_TEACHER_DIM + d];
        sum += slow_exp(10.0 * dot);
        loss += slow_exp(10.0 * dot) * (log_sum - score[c]);
    }
    return loss / sum;
}

/* What a like weighs: as the pair says. */
static double slow_like(const bench *b, uint32_t user, uint32_t item) {
    for (uint32_t p = 0; p < b->toy->data.pairs; p++)
        if (b->toy->pair[p].user == user && b->toy->pair[p].item == item)
            return (double)b->toy->pair[p].weight;
    return 1.0;
}

static double slow_loss(const bench *b, const double *w) {
    double history[TOY_ITEMS][DIM], item[TOY_ITEMS][DIM], weights = 0.0, loss = 0.0, taught = 0.0;
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        slow_item(b, w, i, history[i], item[i]);
    double scale = slow_exp(w[b->shape.log_scale]);
    for (uint32_t n = 0; n < TOY_USERS; n++) {
        uint32_t begin = b->batch.target_offset[n], end = b->batch.target_offset[n + 1];
        double user[DIM], sum = 0.0, score[TOY_ITEMS] = {0}, own = 0.0, wanted = 0.0;
        slow_user(b, w, history, n, user);
        for (uint32_t c = 0; c < b->set.candidates; c++) {
            for (uint32_t d = 0; d < DIM; d++)
                score[c] += scale * user[d] * item[b->set.candidate[c]][d];
            sum += slow_exp(score[c]);
        }
        for (uint32_t t = begin; t < end; t++) {
            double weight = slow_like(b, b->user[n], b->set.candidate[b->batch.target[t]]);
            own += weight * (tr_log(sum) - score[b->batch.target[t]]);
            wanted += weight;
        }
        if (b->net.teacher)
            taught += slow_teacher(b, n, score, tr_log(sum));
        if (end > begin) {
            loss += own / tr_sqrt(wanted);
            weights += tr_sqrt(wanted);
        }
    }
    return b->net.teacher ? 0.4 * loss / weights + 0.6 * taught / TOY_USERS : loss / weights;
}

static void check_gradient(uint32_t hidden, int taught) {
    bench *b = open_bench(hidden, 2, taught);
    draw(b);
    double *w = malloc(b->shape.count * sizeof *w);
    assert_non_null(w);
    for (size_t i = 0; i < b->shape.count; i++)
        w[i] = (double)b->weight[i];
    double loss = tr_net_step(&b->net, &b->batch, b->weight, b->gradient);
    double wanted = slow_loss(b, w), worst = 0.0, largest = 0.0;
    assert_true(loss - wanted < 2e-5 && wanted - loss < 2e-5);
    /* Every 13th parameter, and the last, which is the scale. */
    for (size_t i = 0; i < b->shape.count; i += i + 13 < b->shape.count ? 13 : 1) {
        double kept = w[i];
        w[i] = kept + 1e-5;
        double above = slow_loss(b, w);
        w[i] = kept - 1e-5;
        double slope = (above - slow_loss(b, w)) / 2e-5;
        w[i] = kept;
        double error = slope - (double)b->gradient[i];
        worst = error > worst ? error : -error > worst ? -error : worst;
        largest = slope > largest ? slope : -slope > largest ? -slope : largest;
    }
    assert_true(largest > 0.01);
    assert_true(worst < 2e-6 + 1e-5 * largest);
    free(w);
    close_bench(b);
}

static void test_gradient(void **state) {
    (void)state;
    check_gradient(HIDDEN, 0);
    check_gradient(HIDDEN, 1);
}

static void test_gradient_without_hidden(void **state) {
    (void)state;
    check_gradient(0, 0);
}

static void test_blocks_and_threads(void **state) {
    (void)state;
    bench *a = open_bench(HIDDEN, 1, 1);
    draw(a);
    double wanted = tr_net_step(&a->net, &a->batch, a->weight, a->gradient);
    double untaught = tr_net_step(&a->net, &a->batch, a->weight, NULL);
    for (uint32_t threads = 2; threads < 6; threads++) {
        bench *b = open_bench(HIDDEN, threads, 1);
        draw(b);
        b->net.block = 3 * threads + 1; /* the scores of a few users at a time */
        assert_true(tr_net_step(&b->net, &b->batch, b->weight, b->gradient) == wanted);
        assert_memory_equal(a->gradient, b->gradient, a->shape.count * sizeof *a->gradient);
        assert_true(tr_net_step(&b->net, &b->batch, b->weight, NULL) == untaught);
        close_bench(b);
    }
    close_bench(a);
}

static void test_no_targets(void **state) {
    (void)state;
    bench *b = open_bench(HIDDEN, 1, 0);
    tr_dropout dropout = {4, 17, 1.0f, 0.0f, 0.0f}; /* all is shown, so nothing is a target */
    tr_batch_draw(&b->batch, &b->set, &dropout, 0.5f, b->user, TOY_USERS);
    assert_true(tr_net_step(&b->net, &b->batch, b->weight, b->gradient) == 0.0);
    for (size_t i = 0; i < b->shape.count; i++)
        assert_true(b->gradient[i] == 0.0f);
    close_bench(b);
}

/* The mean loss and gradient of some steps over the drawn candidates; with `plain`
 * a drawn one weighs as if all were drawn alike. */
static double drawn_mean(bench *b, tr_sampling kind, int plain, double *mean) {
    enum { STEPS = 60, DRAWS = 512 };
    tr_options options = {.sampling = kind, .samples = DRAWS};
    tr_negatives negatives;
    tr_net net;
    double loss = 0.0;
    assert_int_equal(tr_negatives_create(&negatives, &b->set, &options, &b->batch), TR_OK);
    assert_int_equal(
        tr_net_create(&net, b->pool, &b->set, &b->shape, &b->teacher, TOY_USERS, &negatives),
        TR_OK);
    memset(mean, 0, b->shape.count * sizeof *mean);
    for (uint32_t step = 0; step < STEPS; step++) {
        draw(b);
        tr_negatives_draw(&negatives, &b->batch, &b->set, 7, step);
        assert_true(b->batch.candidates <= negatives.max_candidates);
        for (uint32_t c = 0; plain && c < b->batch.candidates; c++)
            if (negatives.weight[c] > 0.0f)
                negatives.weight[c] = (float)b->set.candidates / DRAWS;
        loss += tr_net_step(&net, &b->batch, b->weight, b->gradient) / STEPS;
        for (size_t i = 0; i < b->shape.count; i++)
            mean[i] += (double)b->gradient[i] / STEPS;
    }
    tr_net_free(&net);
    tr_negatives_free(&negatives);
    return loss;
}

static double distance(const double *a, const float *b, size_t count) {
    double apart = 0.0, whole = 0.0;
    for (size_t i = 0; i < count; i++) {
        apart += (a[i] - (double)b[i]) * (a[i] - (double)b[i]);
        whole += (double)b[i] * (double)b[i];
    }
    return tr_sqrt(apart / whole);
}

/* Drawn candidates, corrected by their chances, are the softmax over all on average. */
static void test_drawn(void **state) {
    (void)state;
    bench *b = open_bench(HIDDEN, 2, 1);
    float *full = malloc(b->shape.count * sizeof *full);
    double *mean = malloc(b->shape.count * sizeof *mean);
    assert_true(full && mean);
    /* Half of the candidates are liked much more than the others. */
    for (uint32_t i = 0; i < TOY_ITEMS; i++)
        b->toy->likes[i] += b->toy->likes[i] > 0 && i % 2 ? 60 : 0;
    draw(b);
    double loss = tr_net_step(&b->net, &b->batch, b->weight, full);
    for (tr_sampling kind = TR_SAMPLE_UNIFORM; kind <= TR_SAMPLE_MIXED; kind++) {
        double apart = drawn_mean(b, kind, 0, mean) - loss;
        assert_true(apart < 0.03 && apart > -0.03);
        assert_true(distance(mean, full, b->shape.count) < 0.1);
    }
    double wrong = drawn_mean(b, TR_SAMPLE_POPULARITY, 1, mean) - loss;
    assert_true(wrong > 0.1 || wrong < -0.1);
    free(full);
    free(mean);
    close_bench(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_gradient_without_hidden),
        cmocka_unit_test(test_blocks_and_threads),
        cmocka_unit_test(test_no_targets),
        cmocka_unit_test(test_drawn),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
