/* SPDX-License-Identifier: MIT */
/* Schema lines and key lists, read strictly: what is not understood is refused. */
#include "feature/feature.h"

/* Where the reader stands in a text. */
typedef struct schema_reader {
    const char *at;
    size_t len, next;
} schema_reader;

int tt_text_is(tt_text text, const char *string) {
    size_t i = 0;
    while (i < text.len && string[i] != '\0' && text.at[i] == string[i])
        i++;
    return i == text.len && string[i] == '\0';
}

int tt_text_same(tt_text a, tt_text b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The next word and the separator after it, ' ' or '\n'.  0 at anything else. */
static int schema_word(schema_reader *from, char separator, tt_text *word) {
    size_t start = from->next, end = start;
    while (end < from->len && (uint8_t)from->at[end] > ' ' && from->at[end] != 0x7f)
        end++;
    if (end == start || end == from->len || from->at[end] != separator)
        return 0;
    word->at = from->at + start;
    word->len = end - start;
    from->next = end + 1;
    return 1;
}

static int schema_words(schema_reader *from, tt_text *word, int count) {
    for (int i = 0; i < count; i++)
        if (!schema_word(from, i + 1 < count ? ' ' : '\n', &word[i]))
            return 0;
    return 1;
}

/* Decimal, without sign or leading zeros, below 2^32. */
static int schema_count(tt_text word, uint32_t *value) {
    uint32_t sum = 0;
    if (word.len > 1 && word.at[0] == '0')
        return 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.at[i] < '0' || word.at[i] > '9')
            return 0;
        uint32_t digit = (uint32_t)(word.at[i] - '0');
        if (sum > (UINT32_MAX - digit) / 10)
            return 0;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return word.len > 0;
}

static int schema_digit(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* 8 lower-case hexadecimal digits. */
static int schema_bits(tt_text word, uint32_t *value) {
    uint32_t bits = 0;
    if (word.len != 8)
        return 0;
    for (size_t i = 0; i < 8; i++) {
        char c = word.at[i];
        if (!schema_digit(c))
            return 0;
        bits = bits << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *value = bits;
    return 1;
}

/* The first lines, in this order: five, or three with buckets. */
static tt_status schema_header(tt_schema *schema, schema_reader *from, size_t *line) {
    static const char name[][16] = {"twotower-schema", "recipe", "hash", "ids", "tokens"};
    tt_text word[3];
    for (int i = 0; i < (schema->recipe == TT_RECIPE_MLP ? 3 : 5); i++) {
        *line = from->next;
        if (!schema_words(from, word, i == 2 ? 3 : 2) || !tt_text_is(word[0], name[i]))
            return TT_ERR_SCHEMA;
        int good = 0;
        switch (i) {
        case 0: /* another version gives words another meaning */
            good = schema_count(word[1], &schema->version);
            if (good && schema->version != TT_SCHEMA_VERSION)
                return TT_ERR_VERSION;
            break;
        case 1:
            schema->recipe = tt_text_is(word[1], "mlp") ? TT_RECIPE_MLP : TT_RECIPE_SHARED;
            good = schema->recipe == TT_RECIPE_MLP || tt_text_is(word[1], "shared");
            break;
        case 2:
            good =
                tt_text_is(word[1], "murmur3_x86_32x2") && schema_bits(word[2], &schema->hash_seed);
            break;
        case 3:
            good = schema_count(word[1], &schema->id_rows);
            break;
        default:
            good = schema_count(word[1], &schema->token_rows) &&
                   schema->token_rows <= UINT32_MAX - schema->id_rows;
        }
        if (!good)
            return TT_ERR_SCHEMA;
    }
    return TT_OK;
}

/* Index of a space, or `spaces`. */
static uint32_t schema_space(const tt_schema *schema, tt_text name) {
    uint32_t i = 0;
    while (i < schema->spaces && !tt_text_same(schema->space[i].name, name))
        i++;
    return i;
}

/* The next rows of a plain MLP. */
static tt_status schema_buckets(tt_schema *schema, schema_reader *from) {
    tt_text word[2];
    uint32_t buckets = 0;
    if (schema->recipe != TT_RECIPE_MLP || !schema_words(from, word, 2) ||
        !schema_count(word[1], &buckets) || buckets == 0 ||
        buckets > UINT32_MAX - schema->token_rows || schema_space(schema, word[0]) < schema->spaces)
        return TT_ERR_SCHEMA;
    if (schema->spaces == TT_MAX_FIELDS)
        return TT_ERR_LIMIT;
    tt_space space = {word[0], schema->token_rows, buckets};
    schema->space[schema->spaces++] = space;
    schema->token_rows += buckets;
    return TT_OK;
}

static tt_status schema_field(tt_schema *schema, schema_reader *from) {
    tt_text word[2];
    if (!schema_words(from, word, 2))
        return TT_ERR_SCHEMA;
    uint32_t space = schema_space(schema, word[1]);
    if (schema->recipe == TT_RECIPE_MLP && space == schema->spaces)
        return TT_ERR_SCHEMA;
    if (tt_text_is(word[0], "product_released_at") && !tt_text_is(word[1], "year") &&
        !tt_text_is(word[1], "year5"))
        return TT_ERR_SCHEMA;
    for (uint32_t i = 0; i < schema->fields; i++)
        if (tt_text_same(schema->field[i].field, word[0]) &&
            tt_text_same(schema->field[i].space, word[1]))
            return TT_ERR_SCHEMA;
    if (schema->fields == TT_MAX_FIELDS)
        return TT_ERR_LIMIT;
    schema->field[schema->fields].field = word[0];
    schema->field[schema->fields].space = word[1];
    schema->field[schema->fields]._space = space;
    schema->fields++;
    return TT_OK;
}

static tt_status schema_numeric(tt_schema *schema, tt_tower tower, schema_reader *from) {
    static const char form[][8] = {"linear", "square", "log1p", "missing"};
    tt_text word[6];
    uint32_t mean, deviation;
    int which = 0;
    if (!schema_words(from, word, 6))
        return TT_ERR_SCHEMA;
    while (which < 4 && !tt_text_is(word[1], form[which]))
        which++;
    if (which == 4 || !schema_bits(word[2], &mean) || !schema_bits(word[3], &deviation))
        return TT_ERR_SCHEMA;
    tt_numeric numeric = {word[0], (tt_form)which, tt_bits_to_float(mean),
                          tt_bits_to_float(deviation)};
    if (!tt_finite(numeric.mean) || deviation == 0 || deviation >= 0x7f800000)
        return TT_ERR_SCHEMA;
    for (uint32_t i = 0; i < schema->numerics[tower]; i++)
        if (tt_text_same(schema->numeric[tower][i].source, numeric.source) &&
            schema->numeric[tower][i].form == numeric.form)
            return TT_ERR_SCHEMA;
    if (schema->numerics[tower] == TT_MAX_NUMERICS)
        return TT_ERR_LIMIT;
    schema->numeric[tower][schema->numerics[tower]++] = numeric;
    return TT_OK;
}

/* All lines.  On failure *line is where the refused one starts. */
static tt_status schema_lines(tt_schema *schema, tt_text lines, size_t *line) {
    schema_reader from = {lines.at, lines.len, 0};
    tt_status status = schema_header(schema, &from, line);
    if (status != TT_OK)
        return status;
    while (from.next < from.len) {
        tt_text kind;
        status = TT_ERR_SCHEMA;
        *line = from.next;
        if (!schema_word(&from, ' ', &kind))
            return TT_ERR_SCHEMA;
        if (tt_text_is(kind, "field"))
            status = schema_field(schema, &from);
        else if (tt_text_is(kind, "buckets"))
            status = schema_buckets(schema, &from);
        else if (tt_text_is(kind, "user"))
            status = schema_numeric(schema, TT_USER, &from);
        else if (tt_text_is(kind, "item"))
            status = schema_numeric(schema, TT_ITEM, &from);
        if (status != TT_OK)
            return status;
    }
    return TT_OK;
}

/* `count` keys of `stride` bytes, nothing after them, ascending.  On failure
 * *offset is where the refused key starts, or where the list ends too early. */
static int schema_keys(tt_text keys, uint32_t count, size_t stride, size_t *offset) {
    size_t held = keys.len / stride;
    for (size_t i = 0; i < held && i < count; i++) {
        const char *key = keys.at + i * stride;
        *offset = i * stride;
        for (size_t j = 0; j < TT_TOKEN_KEY; j++)
            if (!schema_digit(key[j]))
                return 0;
        if (stride == TT_ID_KEY && key[TT_TOKEN_KEY] != '0' && key[TT_TOKEN_KEY] != '1')
            return 0;
        if (i > 0 && memcmp(key - stride, key, TT_TOKEN_KEY) >= 0)
            return 0;
    }
    *offset = (held < count ? held : count) * stride;
    return held == count && keys.len % stride == 0;
}

static tt_status schema_fail(tt_error *error, tt_status status, size_t offset, uint32_t text) {
    if (error != NULL) {
        error->status = status;
        error->offset = offset;
        error->node = text;
    }
    return status;
}

tt_status tt_schema_read(tt_schema *schema, tt_text lines, tt_text id_keys, tt_text token_keys,
                         tt_error *error) {
    TT_REQUIRE(schema != NULL);
    TT_REQUIRE(lines.at != NULL || lines.len == 0);
    TT_REQUIRE(id_keys.at != NULL || id_keys.len == 0);
    TT_REQUIRE(token_keys.at != NULL || token_keys.len == 0);
    size_t offset = 0;
    memset(schema, 0, sizeof *schema);
    tt_status status = schema_lines(schema, lines, &offset);
    if (status != TT_OK)
        return schema_fail(error, status, offset, 0);
    if (!schema_keys(id_keys, schema->id_rows, TT_ID_KEY, &offset))
        return schema_fail(error, TT_ERR_SCHEMA, offset, 1);
    uint32_t keys = schema->recipe == TT_RECIPE_MLP ? 0 : schema->token_rows;
    if (!schema_keys(token_keys, keys, TT_TOKEN_KEY, &offset))
        return schema_fail(error, TT_ERR_SCHEMA, offset, 2);
    schema->_id_keys = (const uint8_t *)id_keys.at;
    schema->_token_keys = (const uint8_t *)token_keys.at;
    return TT_OK;
}

tt_text tt_schema_field(const tt_schema *schema, uint32_t index) {
    TT_REQUIRE(schema != NULL);
    return index < schema->fields ? schema->field[index].field : (tt_text){NULL, 0};
}

tt_text tt_schema_number(const tt_schema *schema, tt_tower tower, uint32_t index) {
    TT_REQUIRE(schema != NULL && (uint32_t)tower < TT_TOWERS);
    return index < schema->numerics[tower] ? schema->numeric[tower][index].source
                                           : (tt_text){NULL, 0};
}
