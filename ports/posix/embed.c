/* SPDX-License-Identifier: MIT */
/* A program that links only the core: it maps a model, reads one video as
 * `field=token` arguments and prints its embedding.
 *
 *     embed MODEL.onnx tags=comedy tags=family maker=Pixar product_released_at=1995-11-22 */
#include "twotower.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *what, const char *why) {
    fprintf(stderr, "embed: %s: %s\n", what, why);
    return 3;
}

/* Arguments of one field stand together: they are its tokens. */
static tt_status encode(tt_features *features, int argc, char **argv) {
    for (int i = 0, next; i < argc; i = next) {
        char *equals = strchr(argv[i], '=');
        size_t name = equals ? (size_t)(equals - argv[i]) + 1 : 0;
        tt_text token[64];
        size_t n = 0;
        if (!equals)
            return TT_ERR_FEATURES;
        for (next = i; next < argc && n < 64 && !strncmp(argv[next], argv[i], name); next++, n++)
            token[n] = (tt_text){argv[next] + name, strlen(argv[next] + name)};
        *equals = 0;
        tt_status status = tt_features_list(features, argv[i], token, n);
        if (status != TT_OK)
            return status;
    }
    tt_features_end(features);
    return TT_OK;
}

int main(int argc, char **argv) {
    static tt_model model;
    static char memory[1 << 16];
    struct stat about;
    int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    if (fd < 0 || fstat(fd, &about) || !about.st_size)
        return refuse(argc > 1 ? argv[1] : "MODEL.onnx", "cannot be read");
    const void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    void *scratch = malloc(tt_model_read_size());
    if (bytes == MAP_FAILED || !scratch)
        return refuse(argv[1], "no memory");
    tt_status status =
        tt_model_read(&model, bytes, (size_t)about.st_size, scratch, tt_model_read_size(), NULL);
    free(scratch);
    if (status != TT_OK || !tt_model_schema(&model) || !tt_model_has(&model, TT_ITEM))
        return refuse(argv[1], status ? tt_status_text(status) : "no item tower with a schema");

    tt_features features;
    tt_features_begin(&features, tt_model_schema(&model), TT_ITEM, memory, sizeof memory);
    status = encode(&features, argc - 2, argv + 2);
    size_t size = tt_scratch_size(&model, TT_ITEM, 1);
    float *out = malloc(tt_model_dim(&model) * sizeof *out);
    scratch = malloc(size);
    const tt_embedder embedder = {&model, tt_kernels_best(), TT_ITEM, scratch, size};
    if (status == TT_OK && out && scratch)
        status = tt_embed(&embedder, &features, 1, out, NULL);
    if (status != TT_OK || !out || !scratch)
        return refuse("features", tt_status_text(status));
    for (uint32_t i = 0; i < tt_model_dim(&model); i++)
        printf("%.9g\n", (double)out[i]);
    free(out);
    free(scratch);
    return 0;
}
