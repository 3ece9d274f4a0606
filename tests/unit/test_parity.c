/* SPDX-License-Identifier: MIT */
/* The half-precision model that is written is the one that was trained, or nothing is. */
#include "base/fail.h"
#include "base/output.h"
#include "shared/model.h"
#include "training/run_files.h"
#include "unit/test_trainer_toy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Writes a model whose layer of items has every weight times `factor`, plus `shift`; then compares
 * the file with the model as it was trained. */
static int parity(float factor, float shift, double *worst) {
    char folder[] = "/tmp/test_parity.XXXXXX";
    toy *t = toy_create();
    tr_options options = toy_options();
    tr_vocabulary vocabulary = {0};
    tr_model *model = NULL;
    model_file written;
    options.epochs = 1;
    options.teacher = TR_NO_TEACHER;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(tr_vocabulary_build(&vocabulary, &t->data), TR_OK);
    assert_int_equal(tr_train(&model, &t->data, &vocabulary, &options, NULL, NULL), TR_OK);
    dataset data = {.items = {.count = TOY_ITEMS, .item = t->item},
                    .users = {.count = TOY_USERS, .user = t->user}};
    trained run = {"r", model, &vocabulary, &options, &data, NULL, NULL, 0, 0};
    const tr_shape *shape = &((const tr_shared_model *)model)->shape;
    size_t count = (size_t)shape->width[TT_ITEM] * shape->dim;
    float *layer = model->weight + shape->item, *kept = malloc(count * sizeof *kept);
    assert_non_null(kept);
    memcpy(kept, layer, count * sizeof *kept);
    for (size_t i = 0; i < count; i++)
        layer[i] = layer[i] * factor + shift;
    assert_int_equal(run_write_models(&run, folder), 0);
    memcpy(layer, kept, count * sizeof *kept);
    assert_int_equal(model_file_open_run(&written, folder), 0);
    int status = run_check_parity(&run, &written, worst);
    model_file_close(&written);
    assert_int_equal(output_remove(folder), 0);
    tr_model_free(model);
    tr_vocabulary_free(&vocabulary);
    free(kept);
    free(t);
    return status;
}

static void the_same(void **state) {
    (void)state;
    double worst;
    assert_int_equal(parity(1, 0, &worst), 0);
    assert_true(worst < 1e-5);
}

static void another(void **state) {
    (void)state;
    double worst;
    assert_int_equal(parity(1, 0.05f, &worst), TW_INPUT);
    assert_true(worst > 1e-4 && worst <= 2);
    assert_non_null(strstr(fail_text(), "cosine distance"));
    fail_clear();
}

/* Its rows are all zeros, which have no direction. */
static void none(void **state) {
    (void)state;
    double worst;
    assert_int_equal(parity(0, 0, &worst), TW_INPUT);
    assert_true(isinf(worst));
    fail_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same),
        cmocka_unit_test(another),
        cmocka_unit_test(none),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
