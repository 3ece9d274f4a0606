/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target on the files given as arguments, for compilers without
 * libFuzzer and for the corpus in the tests. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    int failed = fseek(file, 0, SEEK_END) != 0;
    long size = failed ? -1 : ftell(file);
    uint8_t *bytes = size < 0 ? NULL : malloc((size_t)size + 1);
    failed = bytes == NULL || fseek(file, 0, SEEK_SET) != 0 ||
             fread(bytes, 1, (size_t)size, file) != (size_t)size;
    if (failed) {
        fprintf(stderr, "%s: cannot be read\n", path);
    } else {
        LLVMFuzzerTestOneInput(bytes, (size_t)size);
    }
    free(bytes);
    fclose(file);
    return failed;
}

int main(int argc, char **argv) {
    int failed = 0;
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++) {
        int bad = replay(argv[i]);
        printf("%s %d - %s\n", bad ? "not ok" : "ok", i, argv[i]);
        fflush(stdout);
        failed |= bad;
    }
    return failed;
}
