/* SPDX-License-Identifier: MIT */
#include "make.h"

#include "digest.h"

enum {
    MAKE_TAGS = 80,
    MAKE_MAKERS = 30,
    MAKE_FIRST_YEAR = 1985,
    MAKE_YEARS = 40,
    MAKE_SEED = 0x5eed,
    MAKE_KEYS = 512,   /* ids, and tokens, most */
    MAKE_TEXT = 12288, /* bytes of schema and key lists */
    MAKE_HALFS = 65536 /* weights of one model */
};

/* ---- Text --------------------------------------------------------------------------- */

typedef struct text_pool {
    char at[MAKE_TEXT];
    size_t len;
} text_pool;

static void add_text(text_pool *arena, const char *text) {
    while (*text != '\0')
        arena->at[arena->len++] = *text++;
}

static void add_hex(text_pool *arena, uint32_t word) {
    for (int shift = 28; shift >= 0; shift -= 4)
        arena->at[arena->len++] = "0123456789abcdef"[word >> shift & 15];
}

/* A letter, if there is one, and a number in decimal. */
static tt_text write_name(char *at, char letter, uint32_t number) {
    tt_text text = {at, 0};
    char digit[10];
    int n = 0;
    if (letter != '\0')
        at[text.len++] = letter;
    do
        digit[n++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (n > 0)
        at[text.len++] = digit[--n];
    return text;
}

static void add_count(text_pool *arena, uint32_t count) {
    arena->len += write_name(arena->at + arena->len, '\0', count).len;
}

static tt_text span(const text_pool *arena, size_t from) {
    tt_text text = {arena->at + from, arena->len - from};
    return text;
}

/* ---- Keys ----------------------------------------------------------------------------- */

typedef struct key_list {
    uint64_t hash[MAKE_KEYS];
    uint32_t count;
} key_list;

/* Keeps the list ascending, and a hash once. */
static void add_key(key_list *list, const char *space, char letter, uint32_t number) {
    char name[12];
    tt_text in = {space, 0};
    while (space[in.len] != '\0')
        in.len++;
    uint64_t hash = tt_hash(MAKE_SEED, in, write_name(name, letter, number));
    uint32_t at = list->count;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->hash[i] == hash)
            return;
    for (; at > 0 && list->hash[at - 1] > hash; at--)
        list->hash[at] = list->hash[at - 1];
    list->hash[at] = hash;
    list->count++;
}

static tt_text write_keys(text_pool *arena, const key_list *list, int flagged) {
    size_t from = arena->len;
    for (uint32_t i = 0; i < list->count; i++) {
        uint32_t upper = (uint32_t)(list->hash[i] >> 32);
        add_hex(arena, upper);
        add_hex(arena, (uint32_t)list->hash[i]);
        if (flagged)
            add_text(arena, upper % 5 != 0 ? "1" : "0");
    }
    return span(arena, from);
}

static void make_keys(key_list *ids, key_list *tokens, const shape *of) {
    ids->count = tokens->count = 0;
    for (uint32_t i = 0; i < of->ids; i++)
        add_key(ids, "item", 'v', i);
    for (uint32_t i = 0; i < MAKE_TAGS; i++)
        add_key(tokens, "tag", 't', i);
    for (uint32_t i = 0; i < MAKE_MAKERS; i++)
        add_key(tokens, "maker", 'm', i);
    for (uint32_t i = 0; i < MAKE_YEARS; i++) {
        add_key(tokens, "year", '\0', MAKE_FIRST_YEAR + i);
        add_key(tokens, "year5", '\0', MAKE_FIRST_YEAR + i / 5 * 5);
    }
}

/* ---- Schema ---------------------------------------------------------------------------- */

static void add_numeric(text_pool *arena, const char *line, uint32_t mean, uint32_t deviation) {
    add_text(arena, line);
    add_text(arena, " ");
    add_hex(arena, mean);
    add_text(arena, " ");
    add_hex(arena, deviation);
    add_text(arena, " - -\n");
}

static const struct bucket_line {
    const char *space;
    uint32_t count;
} bucket_lines[] = {{"item", 61},  {"tag", 47},  {"tag2", 13},
                    {"maker", 16}, {"year", 12}, {"year5", 7}};
enum { BUCKET_LINES = sizeof bucket_lines / sizeof *bucket_lines };

static tt_text make_schema(text_pool *arena, const shape *of, uint32_t ids, uint32_t tokens) {
    size_t from = arena->len;
    int mlp = of->recipe == TT_RECIPE_MLP;
    add_text(arena, "twotower-schema 2\nrecipe ");
    add_text(arena, mlp ? "mlp\nhash murmur3_x86_32x2 " : "shared\nhash murmur3_x86_32x2 ");
    add_hex(arena, MAKE_SEED);
    add_text(arena, mlp ? "\n" : "\nids ");
    if (!mlp) {
        add_count(arena, ids);
        add_text(arena, "\ntokens ");
        add_count(arena, tokens);
        add_text(arena, "\n");
    }
    for (int i = 0; mlp && i < BUCKET_LINES; i++) {
        add_text(arena, "buckets ");
        add_text(arena, bucket_lines[i].space);
        add_text(arena, " ");
        add_count(arena, bucket_lines[i].count);
        add_text(arena, "\n");
    }
    add_text(arena, "field id item\nfield tags tag\nfield tags tag2\nfield maker maker\n"
                    "field product_released_at year\nfield product_released_at year5\n");
    add_numeric(arena, "user age linear", 0x41f00000, 0x41200000);    /* 30, 10 */
    add_numeric(arena, "user age missing", 0, 0x3f800000);            /* 0, 1 */
    add_numeric(arena, "user watched log1p", 0x40a00000, 0x3fb33333); /* 5, 1.4 */
    add_numeric(arena, "user score square", 0xbe99999a, 0x3eaaaaab);  /* -0.3, 1/3 */
    add_numeric(arena, "item price log1p", 0x40e00000, 0x3f4ccccd);   /* 7, 0.8 */
    add_numeric(arena, "item price missing", 0, 0x3f800000);
    add_numeric(arena, "item release_year linear", 0x44fa0000, 0x40e66666); /* 2000, 7.2 */
    add_numeric(arena, "item rating square", 0x40600000, 0x3f19999a);       /* 3.5, 0.6 */
    return span(arena, from);
}

/* ---- Weights --------------------------------------------------------------------------- */

typedef struct half_pool {
    uint16_t at[MAKE_HALFS];
    size_t used;
    uint32_t state;
} half_pool;

static uint16_t draw_half(half_pool *arena, weights kind) {
    static const uint16_t extreme[] = {0x7bff, 0x0001, 0x3c00, 0, 0x03ff, 0x0400, 0x7800, 0x2e66};
    uint32_t bits = draw(&arena->state), sign = bits & 0x8000;
    if (kind == PLAIN) /* 2^-7 to 2^-1, and now and then a 0 */
        return (uint16_t)(bits >> 16 & 15 ? sign | (0x2000 + (bits & 0x7fff) % 0x1800) : 0);
    return (uint16_t)(sign | (kind == TINY ? bits & 0x03ff : extreme[bits >> 16 & 7]));
}

static const uint16_t *draw_halfs(half_pool *arena, weights kind, size_t n) {
    const uint16_t *first = arena->at + arena->used;
    for (size_t i = 0; i < n; i++)
        arena->at[arena->used++] = draw_half(arena, kind);
    return first;
}

static tt_dense draw_dense(half_pool *arena, weights kind, size_t in, size_t out) {
    tt_dense dense;
    dense.weight = draw_halfs(arena, kind, in * out);
    dense.bias = draw_halfs(arena, kind, out);
    return dense;
}

/* Zeros so that numbers feed the first output and bags the others; no bias. */
static void part_outputs(half_pool *arena, const tt_tower_weights *tower, size_t in) {
    size_t at = (size_t)(tower->skip.weight - arena->at), end = at + in * tower->out;
    for (size_t i = at; i < end; i++) {
        int number = (i - at) / tower->out >= in - tower->numerics;
        int first = (i - at) % tower->out == 0;
        arena->at[i] = number != first ? 0 : first ? 0x3c00 : arena->at[i];
    }
    for (size_t i = end; i < end + tower->out; i++)
        arena->at[i] = 0;
}

static void make_tower(half_pool *arena, const shape *of, tt_tower which, uint32_t rows,
                       tt_tower_weights *tower) {
    int mlp = of->recipe == TT_RECIPE_MLP;
    memset(tower, 0, sizeof *tower);
    tower->bags = mlp || which == TT_ITEM ? 1 : TT_MAX_BAGS;
    tower->numerics = MAKE_NUMERICS;
    tower->hidden = of->hidden;
    tower->out = of->out;
    tower->rows = mlp ? rows : 0;
    size_t in = (mlp ? rows : (size_t)tower->bags * of->width) + MAKE_NUMERICS;
    if (!mlp) {
        tower->skip = draw_dense(arena, of->kind, in, of->out);
        if (of->kind == TINY)
            part_outputs(arena, tower, in);
    }
    if (of->hidden > 0) {
        tower->first = draw_dense(arena, of->kind, in, of->hidden);
        tower->second = draw_dense(arena, of->kind, of->hidden, of->out);
    }
}

/* ---- The file --------------------------------------------------------------------------- */

static int take(void *context, const void *bytes, size_t len) {
    made *file = context;
    if (len > MAKE_FILE - file->len)
        return 1;
    memcpy(file->bytes + file->len, bytes, len);
    file->len += len;
    return 0;
}

tt_status make_model(const shape *of, made *file) {
    static text_pool texts;
    static half_pool halfs;
    static key_list ids, tokens;
    tt_tower_weights tower[TT_TOWERS];
    uint32_t rows = 0;
    int mlp = of->recipe == TT_RECIPE_MLP;
    texts.len = halfs.used = 0;
    halfs.state = 0x2545f491 + of->out;
    make_keys(&ids, &tokens, of);
    for (int i = 0; i < BUCKET_LINES; i++)
        rows += mlp ? bucket_lines[i].count : 0;
    rows += mlp ? 0 : ids.count + tokens.count;
    const tt_property property[] = {
        {{"twotower.schema", 15}, make_schema(&texts, of, ids.count, tokens.count)},
        {{"twotower.id_keys", 16}, write_keys(&texts, &ids, 1)},
        {{"twotower.token_keys", 19}, write_keys(&texts, &tokens, 0)}};
    tt_weights model = {.rows = rows, .width = of->width, .tower = {&tower[0], &tower[1]}};
    model.table = mlp ? NULL : draw_halfs(&halfs, of->kind, (size_t)rows * of->width);
    model.property = property;
    model.properties = mlp ? 1 : 3;
    model.producer_version = "bits";
    for (int t = 0; t < TT_TOWERS; t++)
        make_tower(&halfs, of, (tt_tower)t, rows, &tower[t]);
    file->len = 0;
    return tt_model_write(&model, take, file);
}

/* ---- Rows ------------------------------------------------------------------------------- */

/* Any number: ordinary ones, and those that are hard on an encoder. */
static float draw_number(uint32_t *state) {
    static const uint32_t hard[] = {0x7fc00000, 0x7f800000, 0xff800000, 0x80000000,
                                    0x00000001, 0x007fffff, 0x7f7fffff, 0xbf000000};
    uint32_t bits = draw(state);
    return tt_bits_to_float(bits % 8 == 0 ? hard[bits >> 8 & 7]
                                          : 0x3c000000 + (bits >> 4) % 0x08000000);
}

/* YYYY, YYYY-MM-DD, or something else. */
static tt_text write_date(char *at, uint32_t *state) {
    uint32_t bits = draw(state);
    tt_text date = write_name(at, bits % 16 == 0 ? 'c' : '\0', MAKE_FIRST_YEAR + (bits >> 8) % 45);
    if (bits >> 4 & 1)
        for (const char *rest = "-07-21"; *rest != '\0'; rest++)
            at[date.len++] = *rest;
    return date;
}

tt_status make_item(tt_features *features, const shape *of, uint32_t *state) {
    char id[12], maker[12], date[16], tag[MAKE_TOKENS][12];
    tt_text tags[MAKE_TOKENS];
    size_t count = draw(state) % (MAKE_TOKENS + 1);
    for (size_t i = 0; i < count; i++) { /* some twice, some unknown, some empty */
        tags[i] = write_name(tag[i], 't', draw(state) % (MAKE_TAGS + MAKE_TAGS / 8));
        tags[i].len = draw(state) % 32 == 0 ? 0 : tags[i].len;
    }
    tt_status status =
        tt_features_text(features, "id", write_name(id, 'v', draw(state) % (of->ids + 9)));
    if (status == TT_OK)
        status = tt_features_list(features, "tags", tags, count);
    if (status == TT_OK)
        status = tt_features_text(features, "maker",
                                  write_name(maker, 'm', draw(state) % (MAKE_MAKERS + 3)));
    if (status == TT_OK)
        status = tt_features_text(features, "product_released_at", write_date(date, state));
    return status;
}

tt_status make_row(tt_features *features, const tt_schema *schema, tt_tower tower, const shape *of,
                   uint32_t *state, void *memory, size_t size) {
    tt_status status = TT_OK;
    tt_features_begin(features, schema, tower, memory, size);
    if (tower == TT_ITEM) {
        status = make_item(features, of, state);
        tt_features_number(features, "price", draw_number(state));
        tt_features_number(features, "rating", draw_number(state));
    } else {
        for (uint32_t n = draw(state) % 6; n > 0 && status == TT_OK; n--) {
            status = tt_features_item(features, draw(state) % TT_MAX_BAGS);
            if (status == TT_OK)
                status = make_item(features, of, state);
        }
        tt_features_number(features, "age", draw_number(state));
        tt_features_number(features, "watched", draw_number(state));
        tt_features_number(features, "score", draw_number(state));
    }
    tt_features_end(features);
    return status;
}
