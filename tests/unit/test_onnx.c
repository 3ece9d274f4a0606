/* SPDX-License-Identifier: MIT */
/* What the core writes it reads; what is damaged it refuses or reads safely. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/load.h"
#include "twotower.h"

enum { ROWS = 3, WIDTH = 2, HIDDEN = 3, OUT = 2, USER_NUMERICS = 2, ITEM_NUMERICS = 1 };
enum { USER_Z = 3 * WIDTH + USER_NUMERICS, ITEM_Z = WIDTH + ITEM_NUMERICS };

static const char lines[] = "twotower-schema 2\n"
                            "recipe shared\n"
                            "hash murmur3_x86_32x2 0000002a\n"
                            "ids 2\n"
                            "tokens 1\n"
                            "field id id\n"
                            "field tags tag\n"
                            "user mean_stars linear 40600000 3f800000 3.5 1\n"
                            "user mean_stars missing 00000000 3f800000 0 1\n"
                            "item release_year linear 44fb0000 41200000 2008 10\n";

static const tt_property properties[] = {
    {{"twotower.schema", 15}, {lines, sizeof lines - 1}},
    {{"twotower.id_keys", 16},
     {"00000000000000011"
      "00000000000000020",
      34}},
    {{"twotower.token_keys", 19}, {"0000000000000003", 16}},
    {{"run_id", 6}, {"r1", 2}},
};

/* Distinct finite halves, so that a swapped pointer shows. */
static uint16_t numbers[256];
static tt_tower_weights towers[TT_TOWERS];

static tt_dense dense(size_t at, size_t weights) {
    tt_dense made = {numbers + at, numbers + at + weights};
    return made;
}

static tt_weights weights_of(int user, int item, uint32_t hidden, size_t properties_count) {
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        numbers[i] = (uint16_t)(0x3000 + i * 7);
    }
    for (size_t t = 0; t < TT_TOWERS; t++) {
        size_t z = t == TT_USER ? USER_Z : ITEM_Z, at = 100 * t;
        towers[t] = (tt_tower_weights){.bags = t == TT_USER ? 3 : 1,
                                       .numerics = t == TT_USER ? USER_NUMERICS : ITEM_NUMERICS,
                                       .hidden = hidden,
                                       .out = OUT,
                                       .skip = dense(at + 10, z * OUT),
                                       .first = dense(at + 40, z * HIDDEN),
                                       .second = dense(at + 80, HIDDEN * OUT)};
    }
    tt_weights weights = {numbers, ROWS, WIDTH, {NULL, NULL}, properties, properties_count, "9"};
    weights.tower[TT_USER] = user ? &towers[TT_USER] : NULL;
    weights.tower[TT_ITEM] = item ? &towers[TT_ITEM] : NULL;
    return weights;
}

struct file {
    uint8_t *bytes;
    size_t len, room;
};

static int keep(void *context, const void *bytes, size_t len) {
    struct file *file = context;
    if (len > file->room - file->len) {
        return 1;
    }
    memcpy(file->bytes + file->len, bytes, len);
    file->len += len;
    return 0;
}

static struct file write_model(const tt_weights *weights) {
    struct file file = {NULL, 0, tt_model_write_size(weights)};
    assert_true(file.room > 0);
    file.bytes = malloc(file.room);
    assert_non_null(file.bytes);
    assert_int_equal(tt_model_write(weights, keep, &file), TT_OK);
    assert_int_equal(file.len, file.room);
    return file;
}

static tt_status read_bytes(tt_model *model, const uint8_t *bytes, size_t len, tt_error *error) {
    void *scratch = malloc(tt_model_read_size());
    assert_non_null(scratch);
    memset(scratch, 0xa5, tt_model_read_size());
    tt_status status = tt_model_read(model, bytes, len, scratch, tt_model_read_size(), error);
    free(scratch);
    return status;
}

static void halves_equal(const uint8_t *bytes, const uint16_t *halves, size_t count) {
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tt_load16(bytes + 2 * i), halves[i]);
    }
}

static void layer_equal(const tt_layer *layer, const tt_dense *wanted, uint32_t in, uint32_t out) {
    assert_int_equal(layer->_type, TT_F16);
    assert_int_equal(layer->_in, in);
    assert_int_equal(layer->_out, out);
    halves_equal(layer->_weight, wanted->weight, (size_t)in * out);
    halves_equal(layer->_bias, wanted->bias, out);
}

static void tower_equal(const tt_model *model, const tt_weights *weights, tt_tower t) {
    const tt_tower_weights *wanted = weights->tower[t];
    const tt_tower_view *got = &model->_tower[t];
    assert_int_equal(tt_model_has(model, t), wanted != NULL);
    if (wanted == NULL) {
        return;
    }
    assert_int_equal(tt_model_rows(model, t), ROWS);
    halves_equal(got->_table, weights->table, ROWS * WIDTH);
    uint32_t z = wanted->bags * WIDTH + wanted->numerics;
    assert_int_equal(tt_model_bags(model, t), wanted->bags);
    assert_int_equal(tt_model_numerics(model, t), wanted->numerics);
    assert_int_equal(tt_model_features(model, t), wanted->bags * ROWS + wanted->numerics);
    if (wanted->hidden == 0) {
        assert_int_equal(got->_layers, 1);
        layer_equal(&got->_layer[0], &wanted->skip, z, OUT);
        assert_true(got->_layer[0]._from == -1 && got->_layer[0]._add == -1);
        return;
    }
    assert_int_equal(got->_layers, 3);
    layer_equal(&got->_layer[0], &wanted->first, z, HIDDEN);
    layer_equal(&got->_layer[1], &wanted->second, HIDDEN, OUT);
    layer_equal(&got->_layer[2], &wanted->skip, z, OUT);
    assert_true(got->_layer[0]._from == -1 && got->_layer[0]._add == -1 &&
                got->_layer[0]._activation == TT_RELU);
    assert_true(got->_layer[1]._from == 0 && got->_layer[1]._add == -1 &&
                got->_layer[1]._activation == TT_LINEAR);
    assert_true(got->_layer[2]._from == -1 && got->_layer[2]._add == 1 &&
                got->_layer[2]._activation == TT_LINEAR);
}

static void what_is_written_reads_back(void **state) {
    (void)state;
    for (int variant = 0; variant < 12; variant++) {
        int which = variant % 3; /* both, user, item */
        tt_weights weights =
            weights_of(which != 2, which != 1, variant / 3 % 2 ? HIDDEN : 0, variant / 6 ? 4 : 0);
        struct file file = write_model(&weights);
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        assert_int_equal(read_bytes(&model, file.bytes, file.len, &error), TT_OK);
        assert_int_equal(error.status, TT_OK);
        assert_int_equal(tt_model_dim(&model), OUT);
        tower_equal(&model, &weights, TT_USER);
        tower_equal(&model, &weights, TT_ITEM);
        assert_int_equal(tt_model_schema(&model) != NULL, variant / 6);
        assert_int_equal(tt_model_verify(&model, NULL), TT_OK);
        free(file.bytes);
    }
}

static void a_tower_without_numerics_reads_back(void **state) {
    (void)state;
    tt_weights weights = weights_of(0, 1, 0, 0);
    towers[TT_ITEM].numerics = 0;
    struct file file = write_model(&weights);
    tt_model model;
    assert_int_equal(read_bytes(&model, file.bytes, file.len, NULL), TT_OK);
    assert_int_equal(tt_model_features(&model, TT_ITEM), ROWS);
    assert_int_equal(model._tower[TT_ITEM]._layer[0]._in, WIDTH);
    free(file.bytes);
}

/* A plain MLP: a bag over the first matrix, its bias and ReLU, a dense layer. */
static void a_plain_mlp_reads_back(void **state) {
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 0);
    weights.table = NULL;
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        towers[t].bags = 1;
        towers[t].rows = ROWS + t;
        towers[t].first = dense(40 + 100 * t, (ROWS + t + towers[t].numerics) * HIDDEN);
    }
    struct file file = write_model(&weights);
    tt_model model;
    assert_int_equal(read_bytes(&model, file.bytes, file.len, NULL), TT_OK);
    for (uint32_t t = 0; t < TT_TOWERS; t++) {
        const tt_tower_view *got = &model._tower[t];
        uint32_t features = ROWS + t + towers[t].numerics;
        assert_int_equal(tt_model_features(&model, (tt_tower)t), features);
        assert_true(got->_bags == 1 && got->_numerics == 0 && got->_layers == 2);
        assert_true(got->_rows == features && got->_width == HIDDEN && !got->_transposed);
        halves_equal(got->_table, towers[t].first.weight, features * HIDDEN);
        assert_null(got->_layer[0]._weight);
        halves_equal(got->_layer[0]._bias, towers[t].first.bias, HIDDEN);
        assert_true(got->_layer[0]._from == -1 && got->_layer[0]._activation == TT_RELU);
        layer_equal(&got->_layer[1], &towers[t].second, HIDDEN, OUT);
        assert_true(got->_layer[1]._from == 0 && got->_layer[1]._activation == TT_LINEAR);
    }
    free(file.bytes);
}

/* With its schema the last rows of the first matrix are the numerics. */
static void the_numerics_of_a_plain_mlp_are_rows(void **state) {
    static const char mlp[] = "twotower-schema 2\nrecipe mlp\nhash murmur3_x86_32x2 00000001\n"
                              "buckets tag 3\nfield tags tag\n"
                              "item release_year linear 44fb0000 41200000 2008 10\n";
    static const tt_property schema = {{"twotower.schema", 15}, {mlp, sizeof mlp - 1}};
    const tt_entry entry[] = {{0, 0.5f}, {2, -2.0f}};
    const float dense_row[] = {0.5f, 0.0f, -2.0f, 3.0f};
    tt_features row = {.entry = {entry}, .count = {2}, .numeric = {3.0f}};
    float a[OUT], b[OUT], scratch[2048];
    (void)state;
    tt_weights weights = weights_of(0, 1, HIDDEN, 0);
    weights.table = NULL;
    weights.property = &schema;
    weights.properties = 1;
    towers[TT_ITEM].rows = ROWS;
    towers[TT_ITEM].first = dense(140, (ROWS + 1) * HIDDEN);
    struct file file = write_model(&weights);
    tt_model model;
    assert_int_equal(read_bytes(&model, file.bytes, file.len, NULL), TT_OK);
    assert_int_equal(tt_model_rows(&model, TT_ITEM), ROWS);
    assert_int_equal(tt_model_numerics(&model, TT_ITEM), 1);
    assert_int_equal(tt_model_features(&model, TT_ITEM), ROWS + 1);
    assert_true(tt_scratch_size(&model, TT_ITEM, 1) <= sizeof scratch);
    tt_embedder embedder = {&model, tt_kernels_c(), TT_ITEM, scratch, sizeof scratch};
    assert_int_equal(tt_embed(&embedder, &row, 1, a, NULL), TT_OK);
    assert_int_equal(tt_embed_dense(&embedder, dense_row, 1, b, NULL), TT_OK);
    assert_memory_equal(a, b, sizeof a);
    row.numeric[0] = -3.0f; /* it does count */
    assert_int_equal(tt_embed(&embedder, &row, 1, a, NULL), TT_OK);
    assert_memory_not_equal(a, b, sizeof a);
    free(file.bytes);
    towers[TT_ITEM].rows = ROWS + 1; /* a row more than the schema has */
    file = write_model(&weights);
    assert_int_equal(read_bytes(&model, file.bytes, file.len, NULL), TT_ERR_SCHEMA);
    free(file.bytes);
}

static void properties_are_found(void **state) {
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 4);
    struct file file = write_model(&weights);
    tt_model model;
    assert_int_equal(read_bytes(&model, file.bytes, file.len, NULL), TT_OK);
    tt_text run = tt_model_property(&model, "run_id");
    assert_int_equal(run.len, 2);
    assert_memory_equal(run.at, "r1", 2);
    assert_null(tt_model_property(&model, "run_i").at);
    assert_null(tt_model_property(&model, "run_id2").at);
    const tt_schema *schema = tt_model_schema(&model);
    assert_int_equal(schema->version, 2);
    assert_int_equal(schema->id_rows, 2);
    assert_int_equal(schema->token_rows, 1);
    assert_int_equal(schema->numerics[TT_USER], 2);
    free(file.bytes);
}

/* The graph is the last field, so no shorter file is whole. */
static void every_truncation_is_refused(void **state) {
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 4);
    struct file file = write_model(&weights);
    for (size_t len = 0; len < file.len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1);
        assert_non_null(copy);
        memcpy(copy, file.bytes, len);
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        assert_int_not_equal(read_bytes(&model, copy, len, &error), TT_OK);
        assert_int_not_equal(error.status, TT_OK);
        assert_true(error.offset <= len);
        free(copy);
    }
    free(file.bytes);
}

static void no_damaged_byte_leads_outside(void **state) {
    static const uint8_t masks[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    size_t refused = 0, tried = 0;
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 4);
    struct file file = write_model(&weights);
    for (size_t at = 0; at < file.len; at++) {
        for (size_t m = 0; m < sizeof masks; m++) {
            tt_model model;
            tt_error error = {TT_OK, 0, 0};
            file.bytes[at] ^= masks[m];
            tt_status status = read_bytes(&model, file.bytes, file.len, &error);
            if (status == TT_OK) {
                status = tt_model_verify(&model, &error);
                (void)tt_model_property(&model, "run_id");
            }
            assert_int_equal(status, error.status);
            assert_true(error.offset <= file.len);
            refused += status != TT_OK;
            tried++;
            file.bytes[at] ^= masks[m];
        }
    }
    assert_true(refused > tried / 2);
    free(file.bytes);
}

static void a_nonfinite_table_is_found_by_verify_only(void **state) {
    (void)state;
    for (uint32_t at = 0; at < ROWS * WIDTH; at++) {
        tt_weights weights = weights_of(1, 1, 0, 0);
        numbers[at] = at % 2 ? 0x7c00 : 0xfe01;
        struct file file = write_model(&weights);
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        assert_int_equal(read_bytes(&model, file.bytes, file.len, NULL), TT_OK);
        assert_int_equal(tt_model_verify(&model, &error), TT_ERR_NONFINITE);
        assert_int_equal(error.offset, (size_t)(model._tower[0]._table - file.bytes) + 2 * at);
        assert_int_equal(error.node, TT_NO_NODE);
        free(file.bytes);
    }
}

static void nonfinite_dense_weights_are_refused(void **state) {
    static const size_t places[] = {10, 25, 26, 27, 40, 63, 66, 80, 85, 87, 110, 116, 140, 185};
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        tt_weights weights = weights_of(1, 1, HIDDEN, 0);
        numbers[places[i]] = 0x7c01;
        struct file file = write_model(&weights);
        tt_model model;
        tt_error error = {TT_OK, 0, TT_NO_NODE};
        assert_int_equal(read_bytes(&model, file.bytes, file.len, &error), TT_ERR_NONFINITE);
        assert_int_equal(tt_load16(file.bytes + error.offset), 0x7c01);
        assert_int_not_equal(error.node, TT_NO_NODE);
        free(file.bytes);
    }
}

static void a_schema_of_another_model_is_refused(void **state) {
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 4);
    tt_model model;
    tt_error error = {TT_OK, 0, 0};
    weights.rows = 4;
    struct file file = write_model(&weights);
    assert_int_equal(read_bytes(&model, file.bytes, file.len, &error), TT_ERR_SCHEMA);
    assert_memory_equal(file.bytes + error.offset, "twotower-schema", 15);
    free(file.bytes);

    weights.rows = 3;
    towers[TT_ITEM].numerics = 2;
    file = write_model(&weights);
    assert_int_equal(read_bytes(&model, file.bytes, file.len, &error), TT_ERR_SCHEMA);
    free(file.bytes);
}

/* Refusals in the schema or in a key list point into the file. */
static void a_damaged_schema_is_pointed_at(void **state) {
    static const struct {
        const char *find;
        size_t len, after;
        char change;
        tt_status status;
        size_t offset;
    } cases[] = {
        {"twotower-schema 2", 17, 16, '1', TT_ERR_VERSION, 0},
        {"hash murmur3", 12, 0, 'g', TT_ERR_SCHEMA, 0},
        {"0000000000000001100000000000000020", 34, 17, 'x', TT_ERR_SCHEMA, 17},
        {"0000000000000003", 16, 0, 'X', TT_ERR_SCHEMA, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        tt_weights weights = weights_of(1, 1, HIDDEN, 4);
        struct file file = write_model(&weights);
        size_t at = 0;
        while (memcmp(file.bytes + at, cases[i].find, cases[i].len) != 0) {
            at++;
        }
        file.bytes[at + cases[i].after] = (uint8_t)cases[i].change;
        tt_model model;
        tt_error error = {TT_OK, 0, 0};
        assert_int_equal(read_bytes(&model, file.bytes, file.len, &error), cases[i].status);
        assert_int_equal(error.offset, at + cases[i].offset);
        assert_int_equal(error.node, TT_NO_NODE);
        free(file.bytes);
    }
}

static void the_same_weights_give_the_same_bytes(void **state) {
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 4);
    struct file a = write_model(&weights), b = write_model(&weights);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.bytes, b.bytes, a.len);
    free(a.bytes);
    free(b.bytes);
}

static void too_large_and_refused_writes_are_reported(void **state) {
    (void)state;
    tt_weights weights = weights_of(1, 1, HIDDEN, 4);
    struct file nowhere = {NULL, 0, 0};
    assert_int_equal(tt_model_write(&weights, keep, &nowhere), TT_ERR_SINK);
    weights.rows = UINT32_MAX;
    weights.width = UINT32_MAX;
    assert_int_equal(tt_model_write_size(&weights), 0);
    assert_int_equal(tt_model_write(&weights, keep, &nowhere), TT_ERR_LIMIT);
    weights.rows = 1u << 20;
    weights.width = 1u << 10;
    assert_int_equal(tt_model_write_size(&weights), 0);
}

static void too_little_scratch_is_reported(void **state) {
    tt_model model;
    tt_error error = {TT_OK, 1, 1};
    uint64_t scratch[1];
    (void)state;
    assert_int_equal(tt_model_read(&model, "", 0, scratch, sizeof scratch, &error), TT_ERR_SPACE);
    assert_int_equal(error.status, TT_ERR_SPACE);
    assert_true(sizeof(tt_model) <= 24 * 1024);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_tower_without_numerics_reads_back),
        cmocka_unit_test(a_plain_mlp_reads_back),
        cmocka_unit_test(the_numerics_of_a_plain_mlp_are_rows),
        cmocka_unit_test(properties_are_found),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_damaged_byte_leads_outside),
        cmocka_unit_test(a_nonfinite_table_is_found_by_verify_only),
        cmocka_unit_test(nonfinite_dense_weights_are_refused),
        cmocka_unit_test(a_schema_of_another_model_is_refused),
        cmocka_unit_test(a_damaged_schema_is_pointed_at),
        cmocka_unit_test(the_same_weights_give_the_same_bytes),
        cmocka_unit_test(too_large_and_refused_writes_are_reported),
        cmocka_unit_test(too_little_scratch_is_reported),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
