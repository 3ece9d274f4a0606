/* SPDX-License-Identifier: MIT */
/*
 * start_bench MODEL.onnx: what it costs to begin.  A program that links only the core maps a model
 * with an item tower, reads it, and embeds one row; printed are the time to open (best and median
 * of many), the memory that opening and embedding make resident, and the time from its own exec
 * until a child of this program has its first embedding, with the child's peak memory.
 */
#include "twotower.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OPENINGS = 201, STARTS = 21, ROWS = 1000, ENTRIES = 24, MAX_DIM = 4096 };

static int fail(const char *what) {
    perror(what);
    exit(4);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Pages of this process in memory, in kB (Linux). */
static long resident(void) {
    long all, held = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &all, &held) != 2)
        fail("/proc/self/statm");
    fclose(file);
    return held * (sysconf(_SC_PAGESIZE) / 1024);
}

static const void *map(const char *path, size_t *len) {
    struct stat about;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &about))
        fail(path);
    void *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        fail(path);
    close(fd);
    *len = (size_t)about.st_size;
    return bytes;
}

static void read_model(tt_model *model, const void *bytes, size_t len) {
    static void *scratch;
    if (!scratch)
        scratch = malloc(tt_model_read_size());
    if (!scratch ||
        tt_model_read(model, bytes, len, scratch, tt_model_read_size(), NULL) != TT_OK ||
        !tt_model_has(model, TT_ITEM) || tt_model_dim(model) > MAX_DIM) {
        fprintf(stderr, "start_bench: not a model with an item tower\n");
        exit(3);
    }
}

/* Embeds row `which`, entries far apart; returns the first number. */
static float embed(const tt_model *model, uint32_t which) {
    static float out[MAX_DIM];
    static void *scratch;
    tt_entry entry[ENTRIES];
    uint32_t rows = tt_model_rows(model, TT_ITEM), step = rows / ENTRIES;
    tt_features row = {.entry = {entry}, .count = {ENTRIES}};
    size_t size = tt_scratch_size(model, TT_ITEM, 1);
    for (uint32_t i = 0; i < ENTRIES; i++)
        entry[i] = (tt_entry){i * step + which * 7919 % step, 0.2f};
    if (!scratch)
        scratch = malloc(size);
    if (!scratch || tt_embed(&(tt_embedder){model, tt_kernels_best(), TT_ITEM, scratch, size}, &row,
                             1, out, NULL) != TT_OK) {
        fprintf(stderr, "start_bench: a row cannot be embedded\n");
        exit(3);
    }
    return out[0];
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void time_openings(const void *bytes, size_t len) {
    static tt_model model;
    static double took[OPENINGS];
    for (int i = 0; i < OPENINGS; i++) {
        double start = now();
        read_model(&model, bytes, len);
        took[i] = now() - start;
    }
    qsort(took, OPENINGS, sizeof *took, by_size);
    printf("opening %.1f MB: %.1f us, median %.1f us (50 wanted)\n", (double)len / 1e6,
           took[0] * 1e6, took[OPENINGS / 2] * 1e6);
}

static void show_memory(const void *bytes, size_t len) {
    static tt_model model;
    long before = resident();
    read_model(&model, bytes, len);
    long opened = resident();
    embed(&model, 0);
    long one = resident();
    for (uint32_t i = 1; i < ROWS; i++)
        embed(&model, i);
    printf(
        "resident memory: %ld kB by opening, %ld kB by the first embedding, %ld kB by the next %d\n",
        opened - before, one - opened, resident() - one, ROWS - 1);
}

/* What the child does: from nothing to one embedding. */
static int first(const char *path) {
    static tt_model model;
    size_t len;
    const void *bytes = map(path, &len);
    read_model(&model, bytes, len);
    float value = embed(&model, 0);
    return write(STDOUT_FILENO, &value, sizeof value) == (ssize_t)sizeof value ? 0 : 4;
}

static void time_starts(const char *self, const char *path) {
    static double took[STARTS];
    for (int i = 0; i < STARTS; i++) {
        int end[2], status;
        char told[sizeof(float)];
        if (pipe(end))
            fail("pipe");
        double start = now();
        pid_t child = fork();
        if (child == 0) {
            dup2(end[1], STDOUT_FILENO);
            execl(self, self, "--first", path, (char *)NULL);
            _exit(4);
        }
        close(end[1]);
        if (child < 0 || read(end[0], told, sizeof told) != (ssize_t)sizeof told)
            fail("the child");
        took[i] = now() - start;
        close(end[0]);
        if (waitpid(child, &status, 0) != child || status)
            fail("the child");
    }
    qsort(took, STARTS, sizeof *took, by_size);
    struct rusage used; /* of the children; what is mapped and touched counts */
    getrusage(RUSAGE_CHILDREN, &used);
    printf(
        "from exec to the first embedding: %.2f ms, median %.2f ms (5 wanted); peak %.1f MB (8 wanted)\n",
        took[0] * 1e3, took[STARTS / 2] * 1e3, (double)used.ru_maxrss / 1e3);
}

int main(int argc, char **argv) {
    if (argc == 3 && strcmp(argv[1], "--first") == 0)
        return first(argv[2]);
    if (argc != 2) {
        fprintf(stderr, "usage: start_bench MODEL.onnx\n");
        return 2;
    }
    size_t len;
    const void *bytes = map(argv[1], &len);
    show_memory(bytes, len);
    time_openings(bytes, len);
    time_starts(argv[0], argv[1]);
    return 0;
}
