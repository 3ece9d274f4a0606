/* SPDX-License-Identifier: MIT */
/*
 * The core allocates nothing and asks nothing of the kernel.  After set-up every allocator of
 * the C library traps, and the process gives up all system calls but read, write and exit, so
 * that mmap, brk or an open file would kill it; then a model is written, read, verified, packed,
 * asked and used: encoding, embedding, sparse and dense, top-K, for one query and for many.
 * Links the core alone.  Prints TAP.
 */
#define _GNU_SOURCE /* syscall */

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "twotower.h"

enum { ROWS = 16, WIDTH = 12, HIDDEN = 40, OUT = 8, BATCH = 40, CATALOGUE = 300, K = 10 };
enum { USER_Z = 3 * WIDTH + 1, ITEM_Z = WIDTH + 1, ROOM = 1 << 20 };

/* ---- Allocators that trap ----------------------------------------------------------------- */

static int sealed;

/* Sanitizers have allocators of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
enum { SANITIZED = 1 };
#else
#define TRAPS 1
#endif
#else
#define TRAPS 1
#endif

#if defined(TRAPS)
enum { SANITIZED = 0 };

/* In the place of the C library's, for this program and all that it links. */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *old, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **memory, size_t alignment, size_t size);
void free(void *memory);

static union {
    char bytes[1 << 16];
    long double align;
} arena; /* for what the C library wants before the seal: stdout's buffer */
static size_t arena_used;

static void *take(size_t size) {
    if (sealed)
        abort();
    size = (size + 31) / 16 * 16;
    if (size > sizeof arena.bytes - arena_used)
        return NULL;
    void *at = arena.bytes + arena_used;
    arena_used += size;
    return at;
}

void *malloc(size_t size) {
    return take(size);
}

void *calloc(size_t count, size_t size) {
    return take(count * size); /* the arena is zero, and nothing in it is used twice */
}

void *realloc(void *old, size_t size) {
    void *at = take(size);
    if (old != NULL && at != NULL)
        memcpy(at, old, size < 1024 ? size : 1024);
    return at;
}

void *aligned_alloc(size_t alignment, size_t size) {
    (void)alignment;
    return take(size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    (void)alignment;
    *memory = take(size);
    return *memory == NULL ? ENOMEM : 0;
}

void free(void *memory) {
    (void)memory;
    if (sealed)
        (void)take(0);
}
#endif

/* ---- Work --------------------------------------------------------------------------------- */

static uint8_t file[1 << 18], scratch[ROOM], more[ROOM], encoder[ROOM / 4];
static size_t file_len;
static uint16_t halves[8192];
static float dense[BATCH * (3 * ROWS + 1)], out[BATCH * OUT];
static tt_features rows[BATCH];
static tt_model model;

static int keep(void *context, const void *bytes, size_t len) {
    (void)context;
    if (len > sizeof file - file_len)
        return 1;
    memcpy(file + file_len, bytes, len);
    file_len += len;
    return 0;
}

static tt_dense dense_at(size_t at, size_t weights) {
    tt_dense made = {halves + at, halves + at + weights};
    return made;
}

static const char lines[] = "twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000002a\n"
                            "ids 0\ntokens 16\nfield tags tag\n"
                            "user stars linear 40600000 3f000000 3.5 0.5\n"
                            "item duration log1p 40800000 3f000000 4 0.5\n";

static int write_and_read(void) {
    static char keys[ROWS * TT_TOKEN_KEY];
    tt_tower_weights tower[TT_TOWERS] = {{.bags = 3, .numerics = 1, .hidden = HIDDEN, .out = OUT},
                                         {.bags = 1, .numerics = 1, .hidden = HIDDEN, .out = OUT}};
    tt_error error;
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
        halves[i] = (uint16_t)(0x2c00 + i * 37 % 0x0c00 + (i % 3 == 0 ? 0x8000 : 0));
    for (int i = 0; i < ROWS * TT_TOKEN_KEY; i++)
        keys[i] = i % TT_TOKEN_KEY == 0 ? "0123456789abcdef"[i / TT_TOKEN_KEY] : '0';
    for (size_t t = 0; t < TT_TOWERS; t++) {
        size_t z = t == TT_USER ? USER_Z : ITEM_Z;
        tower[t].skip = dense_at(500, z * OUT);
        tower[t].first = dense_at(1000, z * HIDDEN);
        tower[t].second = dense_at(3000, HIDDEN * OUT);
    }
    const tt_property properties[] = {{{"twotower.schema", 15}, {lines, sizeof lines - 1}},
                                      {{"twotower.id_keys", 16}, {"", 0}},
                                      {{"twotower.token_keys", 19}, {keys, sizeof keys}}};
    tt_weights weights = {halves,     ROWS, WIDTH, {&tower[TT_USER], &tower[TT_ITEM]},
                          properties, 3,    "1"};
    file_len = 0;
    return tt_model_write(&weights, keep, NULL) == TT_OK &&
           file_len == tt_model_write_size(&weights) && tt_model_read_size() <= sizeof scratch &&
           tt_model_read(&model, file, file_len, scratch, sizeof scratch, &error) == TT_OK &&
           tt_model_verify(&model, &error) == TT_OK && tt_model_pack_size(&model) <= sizeof more &&
           tt_model_pack(&model, more, sizeof more) == TT_OK &&
           tt_model_write_sparse(&model, TT_ITEM, keep, NULL) == TT_OK;
}

static int encode(tt_tower tower) {
    static const tt_text tokens[] = {{"a", 1}, {"b", 1}, {"c", 1}, {"a", 1}};
    size_t each = sizeof encoder / BATCH;
    for (size_t i = 0; i < BATCH; i++) {
        tt_features_begin(&rows[i], tt_model_schema(&model), tower, encoder + i * each, each);
        for (uint32_t bag = 0; tower == TT_USER && bag < TT_MAX_BAGS; bag++)
            if (tt_features_item(&rows[i], bag) != TT_OK)
                return 0;
        if (tt_features_list(&rows[i], "tags", tokens, 1 + i % 4) != TT_OK)
            return 0;
        tt_features_number(&rows[i], tower == TT_USER ? "stars" : "duration", 2.0f + (float)i);
        tt_features_end(&rows[i]);
    }
    return 1;
}

static int embed(const tt_kernels *kernels, tt_tower tower) {
    size_t features = tt_model_features(&model, tower);
    for (size_t i = 0; i < BATCH * features; i++)
        dense[i] = (float)(i % 7) * 0.25f;
    return tt_scratch_size(&model, tower, BATCH) <= sizeof scratch && encode(tower) &&
           tt_embed(&(tt_embedder){&model, kernels, tower, scratch, sizeof scratch}, rows, BATCH,
                    out, NULL) == TT_OK &&
           tt_embed_dense(&(tt_embedder){&model, kernels, tower, scratch, sizeof scratch}, dense,
                          BATCH, out, NULL) == TT_OK;
}

static int rank(const tt_kernels *kernels) {
    static tt_hit hits[4][K];
    static tt_query queries[4];
    tt_rows catalogue = {halves, CATALOGUE, OUT, TT_F16};
    for (size_t i = 0; i < 4; i++)
        queries[i] = (tt_query){.vector = out + i * OUT, .hits = hits[i], .k = K};
    tt_topk_batch(kernels, &catalogue, queries, 4, scratch);
    return tt_topk_batch_size(&catalogue) <= sizeof scratch && queries[3].held == K &&
           tt_topk(kernels, &catalogue, out, NULL, 0, hits[0], K) == K &&
           tt_dot(kernels, &catalogue, out, hits[0][0].index) == hits[0][0].score;
}

static int refuse(void) {
    tt_error error;
    tt_text op, name;
    int refused = 0;
    for (size_t cut = 0; cut < 2000; cut += 7) {
        refused += tt_model_read(&model, file, cut, scratch, sizeof scratch, &error) != TT_OK;
        tt_error_place(&error, file, cut, &op, &name);
    }
    return refused == 286;
}

static int work(void) {
    const tt_kernels *const tables[] = {tt_kernels_c(), tt_kernels_avx2(), tt_kernels_avx512(),
                                        tt_kernels_best()};
    int good = write_and_read();
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (tables[i] != NULL)
            good =
                good && embed(tables[i], TT_ITEM) && embed(tables[i], TT_USER) && rank(tables[i]);
    return good && refuse();
}

/* ---- The check ------------------------------------------------------------------------------ */

/* Runs a function in a sealed child, which exits with what it returns; returns the wait status. */
static int in_sealed_child(int (*run)(void)) {
    int status = -1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        sealed = 1;
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            syscall(SYS_exit, 77);
        syscall(SYS_exit, run() ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return status;
}

static int allocates(void) {
    void *volatile memory = malloc(16);
    return memory != NULL;
}

static int maps(void) {
    return syscall(SYS_brk, 0) != -1;
}

static int test, failures;

static void report(int good, const char *what) {
    test++;
    failures += !good;
    printf("%s %d - %s\n", good ? "ok" : "not ok", test, what);
}

int main(void) {
    if (SANITIZED) {
        puts("1..1\nok 1 - no allocation # SKIP a sanitizer has allocators of its own");
        return 0;
    }
    int status = in_sealed_child(work);
    report(WIFEXITED(status) && WEXITSTATUS(status) == 0,
           "the core works where nothing can be allocated");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        printf("# wait status %#x\n", (unsigned)status);
    report(WIFSIGNALED(in_sealed_child(allocates)), "an allocation is caught");
    report(WIFSIGNALED(in_sealed_child(maps)), "so is a system call");
    printf("1..%d\n", test);
    return failures != 0;
}
