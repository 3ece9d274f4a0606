/* SPDX-License-Identifier: MIT */
/* Trains a small model by every kernel table that is here, with 1 to 7 threads, and
 * prints a digest of the exported file for each recipe, which is the same on every
 * machine.  Ends with 1 where two tables or numbers of threads differ. */
#include "kernel/kernels.h"
#include "unit/test_trainer_toy.h"

enum { SHARED, DRAWN, BCE, SOFTMAX, RECIPES, TABLES = 4 };

static tr_options options_of(int recipe) {
    tr_options options = recipe <= DRAWN ? toy_options() : tr_options_mlp();
    options.dim = 16;
    options.hidden = 24;
    options.epochs = 3;
    options.lr = 0.01f;
    options.batch = recipe == SHARED ? 0 : recipe == DRAWN ? 8 : 700;
    options.loss = recipe == SOFTMAX ? TR_SOFTMAX : TR_BCE;
    if (recipe != DRAWN)
        return options;
    options.teacher = TR_NO_TEACHER;
    options.epochs = 1;
    options.sampling = TR_SAMPLE_MIXED;
    options.samples = 8;
    return options;
}

/* FNV-1a. */
static int add_bytes(void *context, const void *bytes, size_t len) {
    uint64_t *digest = context;
    const unsigned char *byte = bytes;
    for (size_t i = 0; i < len; i++)
        *digest = (*digest ^ byte[i]) * 0x100000001b3u;
    return 0;
}

static uint64_t train(const toy *t, int recipe, const tr_kernels *kernels, uint32_t threads) {
    const tr_buckets buckets = {16, 0};
    tr_options options = options_of(recipe);
    tr_vocabulary vocabulary;
    tr_model *model = NULL;
    uint64_t digest = 0xcbf29ce484222325u;
    options.threads = threads;
    options.updating = threads % 2 ? TR_UPDATE_ACTIVE : TR_UPDATE_ALL;
    tr_kernels_use(kernels);
    if ((recipe <= DRAWN ? tr_vocabulary_build(&vocabulary, &t->data)
                         : tr_vocabulary_build_mlp(&vocabulary, &t->data, &buckets)) != TR_OK ||
        tr_train(&model, &t->data, &vocabulary, &options, NULL, NULL) != TR_OK ||
        tr_export(model, &vocabulary, 1, 1, NULL, 0, add_bytes, &digest) != TR_OK)
        abort();
    tr_model_free(model);
    tr_vocabulary_free(&vocabulary);
    return digest;
}

int main(void) {
    static const char *const name[RECIPES] = {"shared", "drawn", "bce", "softmax"};
    const tr_kernels *const table[TABLES] = {tr_kernels_c(), tr_kernels_avx2(), tr_kernels_avx512(),
                                             tr_kernels_neon()};
    toy *t = toy_create();
    int same = 1;
    for (int recipe = 0; recipe < RECIPES; recipe++) {
        uint64_t first = train(t, recipe, table[0], 1);
        printf("%s %016llx\n", name[recipe], (unsigned long long)first);
        for (int n = 0; n < TABLES; n++)
            for (uint32_t threads = 1; threads <= 7 && table[n]; threads++) {
                uint64_t digest = train(t, recipe, table[n], threads);
                if (digest != first)
                    printf("%s: %016llx by %s with %u threads\n", name[recipe],
                           (unsigned long long)digest, table[n]->name, (unsigned)threads);
                same &= digest == first;
            }
    }
    for (int n = 0; n < TABLES; n++)
        if (table[n])
            fprintf(stderr, "%s ", table[n]->name);
    fprintf(stderr, "\n");
    free(t);
    return !same;
}
