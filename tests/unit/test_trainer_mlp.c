/* SPDX-License-Identifier: MIT */
/* The plain MLP: one step against finite differences of a plain second
 * implementation, what a batch holds, the sign of the logQ correction, and
 * rows that make up missed steps of Adam. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/maths.h"
#include "mlp/net.h"
#include "unit/test_trainer_toy.h"

enum { DIM = 6, HIDDEN = 10, ROOM = 300, NEGATIVES = 3 };

typedef struct bench {
    toy *toy;
    tr_vocabulary vocabulary;
    tr_mlp_data set;
    tr_mlp_shape shape;
    tr_pool *pool;
    tr_mlp net;
    tr_mlp_batch batch;
    float *weight, *gradient;
} bench;

static bench *open_bench(tr_objective loss, uint32_t threads) {
    tr_options options = tr_options_mlp();
    options.loss = loss;
    options.negatives = NEGATIVES;
    bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->toy = toy_create();
    memset(b->toy->user[3].count, 0, sizeof b->toy->user[3].count);
    b->toy->user[7].number[TR_MEAN_STARS] = tr_from_bits(0x7fc00000u);
    const tr_buckets buckets = {16, 0};
    assert_int_equal(tr_vocabulary_build_mlp(&b->vocabulary, &b->toy->data, &buckets), TR_OK);
    assert_int_equal(tr_mlp_data_build(&b->set, &b->toy->data, &b->vocabulary, &options), TR_OK);
    if (loss == TR_SOFTMAX)
        assert_int_equal(tr_mlp_log_q(&b->set, 60), TR_OK);
    b->shape = tr_mlp_shape_of(DIM, HIDDEN, b->set.features);
    b->pool = tr_pool_create(threads);
    assert_non_null(b->pool);
    assert_int_equal(tr_mlp_create(&b->net, b->pool, &b->shape, ROOM, ROOM, loss), TR_OK);
    assert_int_equal(tr_mlp_batch_create(&b->batch, &b->set, ROOM), TR_OK);
    b->weight = malloc(b->shape.count * sizeof *b->weight);
    b->gradient = calloc(b->shape.count, sizeof *b->gradient);
    assert_true(b->weight && b->gradient);
    const float present[TT_TOWERS] = {9.0f, 4.0f};
    tr_mlp_shape_init(&b->shape, b->weight, 5.0f, present, 9);
    b->weight[b->shape.bias] = -0.7f;
    tr_mlp_batch_begin(&b->batch);
    for (uint32_t e = 0; e < 60; e++)
        tr_mlp_batch_add(&b->batch, b->set.example[e * 17 % b->set.examples], 77);
    assert_int_equal(tr_mlp_batch_end(&b->batch), TR_OK);
    return b;
}

static void close_bench(bench *b) {
    tr_mlp_batch_free(&b->batch);
    tr_mlp_free(&b->net);
    tr_pool_free(b->pool);
    tr_mlp_data_free(&b->set);
    tr_vocabulary_free(&b->vocabulary);
    free(b->toy);
    free(b->weight);
    free(b->gradient);
    free(b);
}

/* Puts a row's gradient where its weights are. */
static void keep_row(void *context, tt_tower tower, uint32_t input, const float *gradient,
                     uint32_t next) {
    bench *b = context;
    (void)next;
    memcpy(b->gradient + b->shape.first[tower] + (size_t)input * HIDDEN, gradient,
           HIDDEN * sizeof *gradient);
}

static double step(bench *b) {
    memset(b->gradient, 0, b->shape.count * sizeof *b->gradient);
    return tr_mlp_step(&b->net, &b->batch, b->weight, b->gradient, keep_row, b);
}

static void slow_row(const bench *b, const double *w, tt_tower tower, uint32_t row, double *unit) {
    const tr_csr *rows = &b->set.rows[tower];
    const double *second = w + b->shape.second[tower];
    double square = 0.0;
    for (int d = 0; d < DIM; d++)
        unit[d] = second[HIDDEN * DIM + d];
    for (int j = 0; j < HIDDEN; j++) {
        double sum = 0.0;
        for (size_t e = rows->offset[row]; e < rows->offset[row + 1]; e++)
            sum += (double)rows->entry[e].weight *
                   w[b->shape.first[tower] + (size_t)rows->entry[e].row * HIDDEN + (size_t)j];
        for (int d = 0; d < DIM && sum > 0.0; d++)
            unit[d] += sum * second[j * DIM + d];
    }
    for (int d = 0; d < DIM; d++)
        square += unit[d] * unit[d];
    for (int d = 0; d < DIM; d++)
        unit[d] /= tr_sqrt(square);
}

static double slow_cosine(const double *a, const double *b) {
    double sum = 0.0;
    for (int d = 0; d < DIM; d++)
        sum += a[d] * b[d];
    return sum;
}

static double slow_softmax(const bench *b, double (*user)[DIM], double (*item)[DIM], double scale) {
    const tr_mlp_side *users = &b->batch.side[TT_USER], *items = &b->batch.side[TT_ITEM];
    double loss = 0.0;
    for (uint32_t p = 0; p < b->batch.pairs; p++) {
        const tr_mlp_pair *pair = &b->batch.pair[p];
        double sum = 0.0, own = 0.0;
        for (uint32_t c = 0; c < items->count; c++) {
            double z = scale * slow_cosine(user[pair->user], item[c]) -
                       (double)b->set.log_q[items->row[c]];
            own = c == pair->item ? z : own;
            if (c == pair->item || !tr_mlp_seen(&b->set, users->row[pair->user], items->row[c]))
                sum += slow_exp(z);
        }
        loss += (double)pair->weight / b->batch.weights * (tr_log(sum) - own);
    }
    return loss;
}

static double slow_loss(const bench *b, const double *w) {
    static double user[ROOM][DIM], item[ROOM][DIM];
    double scale = slow_exp(w[b->shape.log_scale]), loss = 0.0;
    for (uint32_t n = 0; n < b->batch.side[TT_USER].count; n++)
        slow_row(b, w, TT_USER, b->batch.side[TT_USER].row[n], user[n]);
    for (uint32_t n = 0; n < b->batch.side[TT_ITEM].count; n++)
        slow_row(b, w, TT_ITEM, b->batch.side[TT_ITEM].row[n], item[n]);
    if (b->set.log_q)
        return slow_softmax(b, user, item, scale);
    for (uint32_t p = 0; p < b->batch.pairs; p++) {
        const tr_mlp_pair *pair = &b->batch.pair[p];
        double z = scale * slow_cosine(user[pair->user], item[pair->item]) + w[b->shape.bias];
        loss += (double)pair->weight / b->batch.weights *
                (tr_log(1.0 + slow_exp(z)) - (double)pair->label * z);
    }
    return loss;
}

static void check_gradient(tr_objective objective) {
    bench *b = open_bench(objective, 2);
    double *w = malloc(b->shape.count * sizeof *w), worst = 0.0, largest = 0.0;
    assert_non_null(w);
    for (size_t i = 0; i < b->shape.count; i++)
        w[i] = (double)b->weight[i];
    double loss = step(b), wanted = slow_loss(b, w);
    assert_true(loss - wanted < 2e-5 && wanted - loss < 2e-5);
    for (size_t i = 0; i < b->shape.count; i += i < b->shape.dense ? 1 : 23) {
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
    assert_true(worst < 2e-6 + 1e-4 * largest);
    free(w);
    close_bench(b);
}

static void test_gradient_bce(void **state) {
    (void)state;
    check_gradient(TR_BCE);
}

static void test_gradient_softmax(void **state) {
    (void)state;
    check_gradient(TR_SOFTMAX);
}

static void test_threads(void **state) {
    (void)state;
    for (int objective = TR_BCE; objective <= TR_SOFTMAX; objective++) {
        bench *a = open_bench((tr_objective)objective, 1);
        double wanted = step(a);
        for (uint32_t threads = 2; threads < 6; threads += 3) {
            bench *b = open_bench((tr_objective)objective, threads);
            assert_true(step(b) == wanted);
            assert_memory_equal(a->gradient, b->gradient, a->shape.count * sizeof *a->gradient);
            close_bench(b);
        }
        close_bench(a);
    }
}

static int is_liked(const toy *t, uint32_t user, uint32_t item) {
    for (uint32_t p = 0; p < t->data.pairs; p++)
        if (t->pair[p].user == user && t->pair[p].item == item)
            return t->pair[p].label == TT_LIKED ? 1 : -1;
    return 0;
}

static void test_batch(void **state) {
    (void)state;
    bench *b = open_bench(TR_BCE, 1);
    const tr_mlp_side *users = &b->batch.side[TT_USER], *items = &b->batch.side[TT_ITEM];
    uint32_t likes = 0, dislikes = 0, unobserved = 0;
    double weights = 0.0;
    for (uint32_t n = 0; n < users->count; n++)
        for (uint32_t p = b->batch.user_offset[n]; p < b->batch.user_offset[n + 1]; p++) {
            const tr_mlp_pair *pair = &b->batch.pair[p];
            int liked = is_liked(b->toy, users->row[n], items->row[pair->item]);
            assert_int_equal(pair->user, n);
            assert_true(pair->label == (liked == 1 ? 1.0f : 0.0f));
            likes += liked == 1;
            dislikes += liked == -1;
            unobserved += liked == 0;
            weights += (double)pair->weight;
        }
    assert_int_equal(likes + dislikes, 60);
    assert_true(dislikes > 0);
    assert_int_equal(unobserved, NEGATIVES * likes);
    assert_true(weights == b->batch.weights);
    uint32_t *item = b->batch.item_pair, found = 0;
    for (uint32_t n = 0; n < items->count; n++)
        for (uint32_t i = b->batch.item_offset[n]; i < b->batch.item_offset[n + 1]; i++, found++)
            assert_int_equal(b->batch.pair[item[i]].item, n);
    assert_int_equal(found, b->batch.pairs);
    close_bench(b);
}

/* ---- logQ --------------------------------------------------------------------------------- */

/* The mean, over batches drawn by popularity, of what the loss of one like takes
 * for the sum of e^(scale * cos) over the items that its user has not. */
static double mean_sum(bench *b, uint32_t target, double own) {
    enum { DRAWS = 400, SIZE = 60 };
    const tr_pair *pair = b->toy->data.pair;
    uint64_t key = tr_random_key(5, 5, TR_DRAW_ORDER);
    double dropout = (double)b->set.log_q[pair[target].item], mean = 0.0;
    for (uint32_t n = 0; n < DRAWS; n++) {
        tr_mlp_batch_begin(&b->batch);
        tr_mlp_batch_pair(&b->batch, pair[target].user, pair[target].item, 1.0f, 1.0f);
        for (uint32_t i = 0; i < SIZE; i++) {
            uint64_t drawn = tr_random(key, (uint64_t)n * SIZE + i) >> 32;
            const tr_pair *other = &pair[b->set.example[drawn * b->set.examples >> 32]];
            tr_mlp_batch_pair(&b->batch, other->user, other->item, 1.0f, 0.0f);
        }
        assert_int_equal(tr_mlp_batch_end(&b->batch), TR_OK);
        double loss = tr_mlp_step(&b->net, &b->batch, b->weight, NULL, NULL, NULL);
        mean += (slow_exp(loss) - 1.0) * own / slow_exp(dropout) / DRAWS;
    }
    return mean;
}

/* The corrected sum is that of the softmax over all items; without the
 * correction, or with its sign turned, it is far from it. */
static void test_log_q(void **state) {
    (void)state;
    bench *b = open_bench(TR_SOFTMAX, 1);
    const tr_pair *like = &b->toy->data.pair[0];
    double user[DIM], item[DIM], *w = malloc(b->shape.count * sizeof *w), full = 0.0, own = 0.0;
    assert_non_null(w);
    for (size_t i = 0; i < b->shape.count; i++)
        w[i] = (double)b->weight[i];
    double scale = slow_exp(w[b->shape.log_scale]);
    slow_row(b, w, TT_USER, like->user, user);
    for (uint32_t i = 0; i < TOY_ITEMS; i++) {
        slow_row(b, w, TT_ITEM, i, item);
        double e = slow_exp(scale * slow_cosine(user, item));
        own = i == like->item ? e : own;
        if (b->toy->likes[i] > 0 && !tr_mlp_seen(&b->set, like->user, i))
            full += e;
    }
    double error[3];
    for (int sign = 0; sign < 3; sign++) {
        error[sign] = tr_log(mean_sum(b, 0, own)) - tr_log(full);
        error[sign] = error[sign] < 0.0 ? -error[sign] : error[sign];
        for (uint32_t i = 0; i < TOY_ITEMS; i++) /* corrected, then turned, then none */
            b->set.log_q[i] *= sign == 0 ? -1.0f : 0.0f;
    }
    assert_true(error[0] < 0.02);
    assert_true(error[1] > 1.0 && error[2] > 0.5);
    free(w);
    close_bench(b);
}

/* ---- Adam ----------------------------------------------------------------------------------- */

static void fill(float *row, size_t count, uint64_t key, float size) {
    for (size_t i = 0; i < count; i++)
        row[i] = size * (tr_uniform(key, i) - 0.5f);
}

/* Idle steps at once, in parts, and as steps with a gradient of 0. */
static void test_idle_rows(void **state) {
    (void)state;
    enum { COUNT = 85, STEPS = 700 }; /* whole spans and a part of one */
    static tr_adam plan[STEPS];
    double power1 = 1.0, power2 = 1.0;
    for (int t = 0; t < STEPS; t++) {
        power1 *= 0.9;
        power2 *= 0.999;
        plan[t].rate = (float)(1e-3 / (1.0 - power1));
        plan[t].correction = (float)(1.0 / (1.0 - power2));
    }
    for (uint32_t first = 1; first < 600; first += 149) {
        float p[2][COUNT], m[2][COUNT], v[2][COUNT], zero[COUNT] = {0}, gradient[COUNT];
        fill(p[0], COUNT, first, 1.0f);
        fill(gradient, COUNT, first + 1, 1e-2f);
        gradient[4] = 0.0f;
        memset(m[0], 0, sizeof m[0]);
        memset(v[0], 0, sizeof v[0]);
        const tr_adam_row row[2] = {{p[0], m[0], v[0], NULL, COUNT, 0},
                                    {p[1], m[1], v[1], NULL, COUNT, 0}};
        const tr_kernels *kernels = tr_kernels_now();
        kernels->adam(&plan[first - 1], &row[0], gradient);
        memcpy(p[1], p[0], sizeof p[0]);
        memcpy(m[1], m[0], sizeof m[0]);
        memcpy(v[1], v[0], sizeof v[0]);
        for (uint32_t t = first; t < STEPS; t++)
            kernels->adam(&plan[t], &row[0], zero);
        uint32_t half = (STEPS - first) / 3;
        kernels->catch_up(plan + first, half, &row[1]);
        kernels->catch_up(plan + first + half, STEPS - first - half, &row[1]);
        assert_memory_equal(p[0], p[1], sizeof p[0]);
        assert_memory_equal(m[0], m[1], sizeof m[0]);
        assert_memory_equal(v[0], v[1], sizeof v[0]);
    }
}

/* Some steps on different batches, with rows made up before they are read, are
 * the same as when all rows are brought up to date after each step. */
static void test_missed_steps(void **state) {
    (void)state;
    bench *b[2];
    for (int settle = 0; settle < 2; settle++) {
        tr_optimiser adam;
        b[settle] = open_bench(TR_BCE, 2);
        assert_int_equal(tr_mlp_optimiser(&adam, b[settle]->pool, &b[settle]->shape,
                                          b[settle]->weight, 30, 0.01),
                         TR_OK);
        for (uint32_t n = 0; n < 30; n++) {
            tr_mlp_batch_begin(&b[settle]->batch);
            for (uint32_t e = 0; e < 2; e++)
                tr_mlp_batch_add(&b[settle]->batch, n * 31 + e, n);
            assert_int_equal(tr_mlp_batch_end(&b[settle]->batch), TR_OK);
            assert_true(tr_mlp_train_step(&b[settle]->net, &b[settle]->batch, &adam,
                                          b[settle]->gradient) > 0.0);
            for (uint32_t tower = 0; settle && tower < TT_TOWERS; tower++)
                tr_optimiser_catch_up(&adam, tower, NULL, 0);
        }
        for (uint32_t tower = 0; tower < TT_TOWERS; tower++)
            tr_optimiser_catch_up(&adam, tower, NULL, 0);
        tr_optimiser_free(&adam);
    }
    assert_memory_equal(b[0]->weight, b[1]->weight, b[0]->shape.count * sizeof *b[0]->weight);
    close_bench(b[0]);
    close_bench(b[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_bce), cmocka_unit_test(test_gradient_softmax),
        cmocka_unit_test(test_threads),      cmocka_unit_test(test_batch),
        cmocka_unit_test(test_log_q),        cmocka_unit_test(test_idle_rows),
        cmocka_unit_test(test_missed_steps),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
