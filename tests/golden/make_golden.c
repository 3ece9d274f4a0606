/* SPDX-License-Identifier: MIT */
/*
 * Writes the golden folder of a release: `make_golden tests/golden/VERSION`.  Run it once a
 * release; folders of earlier ones are never written again.
 */
#include "golden.h"

#include <sys/stat.h>

enum {
    IDS = 6,
    TAGS = 14,
    MAKERS = 4,
    YEARS = 6,
    TOKENS = TAGS + MAKERS + YEARS,
    WIDTH = 10,
    HIDDEN = 21,
    OUT = 12,
    TAG_BUCKETS = 11,
    MAKER_BUCKETS = 5,
    USER_NUMERICS = 4,
    ITEM_NUMERICS = 3,
    ROWS = 40,
    SEED = 0x2a
};

#define NUMERICS \
    "user mean_stars linear 40600000 3f000000 3.5 0.5\n" \
    "user mean_stars missing 00000000 3f800000 0 1\n" \
    "user reviews log1p 40000000 40800000 2 4\n" \
    "user reviews square 40000000 40800000 2 4\n" \
    "item release_year linear 44fa0000 41200000 2000 10\n" \
    "item release_year missing 00000000 3f800000 0 1\n" \
    "item duration log1p 40800000 3f000000 4 0.5\n"
#define FIELDS "field tags tag\nfield maker maker\n"

static const char shared_lines[] =
    "twotower-schema 2\nrecipe shared\nhash murmur3_x86_32x2 0000002a\nids 6\ntokens 24\n"
    "field id id\n" FIELDS
    "field product_released_at year\nfield product_released_at year5\n" NUMERICS;
static const char mlp_lines[] = "twotower-schema 2\nrecipe mlp\nhash murmur3_x86_32x2 0000002a\n"
                                "buckets tag 11\nbuckets maker 5\n" FIELDS NUMERICS;

static uint32_t state = 2463534242u;

static uint32_t draw(uint32_t below) { /* xorshift32, George Marsaglia 2003 */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

/* ---- The models ------------------------------------------------------------------------ */

/* Halves of both signs below 1; one in 16 is subnormal or 0. */
static const uint16_t *draw_halves(size_t count) {
    uint16_t *halves = malloc(count * sizeof *halves);
    golden_need(halves != NULL, "no memory");
    for (size_t i = 0; i < count; i++) {
        uint32_t magnitude = draw(16) == 0 ? draw(0x400) : 0x2000 + draw(0x1c00);
        halves[i] = (uint16_t)(draw(2) << 15 | magnitude);
    }
    return halves;
}

static tt_dense draw_dense(size_t in, size_t out) {
    tt_dense dense = {draw_halves(in * out), NULL};
    dense.bias = draw_halves(out);
    return dense;
}

static int write_bytes(void *file, const void *bytes, size_t len) {
    return fwrite(bytes, 1, len, file) != len;
}

static void write_model(const char *folder, const char *name, const tt_weights *weights) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    golden_need(file != NULL, path);
    golden_need(tt_model_write(weights, write_bytes, file) == TT_OK && fclose(file) == 0, path);
}

static int by_key(const void *a, const void *b) {
    return memcmp(a, b, TT_TOKEN_KEY);
}

/* `count` keys of tokens named by a space's letter and a number. */
static char *put_keys(char *to, const char *space, const char *token, int count, int stride) {
    for (int i = 0; i < count; i++, to += stride) {
        char text[16], key[TT_ID_KEY + 1];
        snprintf(text, sizeof text, token, i);
        uint64_t hash =
            tt_hash(SEED, (tt_text){space, strlen(space)}, (tt_text){text, strlen(text)});
        snprintf(key, sizeof key, "%016llx%c", (unsigned long long)hash, i % 2 ? '1' : '0');
        memcpy(to, key, (size_t)stride);
    }
    return to;
}

static void make_shared(const char *folder) {
    static char id_keys[IDS * TT_ID_KEY + 1], token_keys[TOKENS * TT_TOKEN_KEY + 1];
    tt_tower_weights towers[TT_TOWERS] = {{3, USER_NUMERICS, HIDDEN, OUT, .rows = 0},
                                          {1, ITEM_NUMERICS, HIDDEN, OUT, .rows = 0}};
    put_keys(id_keys, "id", "i%d", IDS, TT_ID_KEY);
    char *next = put_keys(token_keys, "tag", "t%d", TAGS, TT_TOKEN_KEY);
    next = put_keys(next, "maker", "m%d", MAKERS, TT_TOKEN_KEY);
    next = put_keys(next, "year", "200%d", YEARS / 2, TT_TOKEN_KEY);
    put_keys(next, "year5", "19%d5", YEARS / 2, TT_TOKEN_KEY);
    qsort(id_keys, IDS, TT_ID_KEY, by_key);
    qsort(token_keys, TOKENS, TT_TOKEN_KEY, by_key);
    const tt_property properties[] = {
        {{"twotower.schema", 15}, {shared_lines, sizeof shared_lines - 1}},
        {{"twotower.id_keys", 16}, {id_keys, sizeof id_keys - 1}},
        {{"twotower.token_keys", 19}, {token_keys, sizeof token_keys - 1}}};
    for (int t = 0; t < TT_TOWERS; t++) {
        size_t z = towers[t].bags * WIDTH + towers[t].numerics;
        towers[t].skip = draw_dense(z, OUT);
        towers[t].first = draw_dense(z, HIDDEN);
        towers[t].second = draw_dense(HIDDEN, OUT);
    }
    tt_weights weights = {draw_halves((IDS + TOKENS) * WIDTH),
                          IDS + TOKENS,
                          WIDTH,
                          {&towers[TT_USER], &towers[TT_ITEM]},
                          properties,
                          3,
                          "golden"};
    write_model(folder, "shared.onnx", &weights);
}

static void make_mlp(const char *folder) {
    const tt_property properties[] = {{{"twotower.schema", 15}, {mlp_lines, sizeof mlp_lines - 1}}};
    tt_tower_weights towers[TT_TOWERS] = {
        {1, USER_NUMERICS, HIDDEN, OUT, .rows = TAG_BUCKETS + MAKER_BUCKETS},
        {1, ITEM_NUMERICS, HIDDEN, OUT, .rows = TAG_BUCKETS + MAKER_BUCKETS}};
    for (int t = 0; t < TT_TOWERS; t++) {
        towers[t].first = draw_dense(towers[t].rows + towers[t].numerics, HIDDEN);
        towers[t].second = draw_dense(HIDDEN, OUT);
    }
    tt_weights weights = {NULL,       0, 0,       {&towers[TT_USER], &towers[TT_ITEM]},
                          properties, 1, "golden"};
    write_model(folder, "mlp.onnx", &weights);
}

/* ---- The rows ---------------------------------------------------------------------------- */

static void put_item(FILE *file) {
    fprintf(file, "list id i%u\nlist tags", draw(IDS + 2)); /* some are unknown */
    for (uint32_t n = draw(6); n > 0; n--) {
        fprintf(file, " t%u", draw(TAGS + 3));
    }
    fprintf(file, "\nlist maker m%u\nlist product_released_at %u-05-06\n", draw(MAKERS + 1),
            draw(2) ? 2000 + draw(4) : 1905 + 10 * draw(4));
}

static void put_rows(FILE *file) {
    static const char *const bags[] = {"liked", "neutral", "disliked"};
    for (int row = 0; row < ROWS; row++) {
        fputs(row % 2 ? "user\n" : "item\n", file);
        for (uint32_t n = row % 2 ? draw(9) : 1; n > 0; n--) {
            if (row % 2) {
                fprintf(file, "%s\n", bags[draw(TT_MAX_BAGS)]);
            }
            put_item(file);
        }
        if (draw(3)) {
            fprintf(file, "number mean_stars %08x\n", 0x3f800000 + draw(0x01200000));
            fprintf(file, "number reviews %08x\n", 0x40000000 + draw(0x03000000));
            fprintf(file, "number duration %08x\n", 0x42000000 + draw(0x02000000));
        }
    }
}

int main(int argc, char **argv) {
    static const char *const names[] = {"shared.onnx", "mlp.onnx"};
    char path[512], hex[SHA256_HEX];
    if (argc != 2) {
        fputs("usage: make_golden FOLDER, which must not exist yet\n", stderr);
        return 2;
    }
    golden_need(mkdir(argv[1], 0777) == 0, "the folder is there already, or cannot be made");
    make_shared(argv[1]);
    make_mlp(argv[1]);
    snprintf(path, sizeof path, "%s/rows.txt", argv[1]);
    FILE *file = fopen(path, "w");
    golden_need(file != NULL, path);
    put_rows(file);
    golden_need(fclose(file) == 0, path);
    snprintf(path, sizeof path, "%s/digests", argv[1]);
    file = fopen(path, "w");
    golden_need(file != NULL, path);
    for (int i = 0; i < 2; i++) {
        golden_digest(argv[1], names[i], tt_kernels_c(), hex);
        fprintf(file, "%s  %s\n", hex, names[i]);
    }
    golden_need(fclose(file) == 0, path);
    return 0;
}
