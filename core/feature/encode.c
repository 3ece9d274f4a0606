/* SPDX-License-Identifier: MIT */
/* A row becomes features: tokens are looked up and weighed, numbers scaled. */
#include "codec/guard.h"
#include "config.h"
#include "feature/feature.h"
#include "feature/pending.h"

enum { ENCODE_ALIGN = 8, ENCODE_YEAR = 4 };
#define ENCODE_NO_BAG UINT32_MAX

size_t tt_features_struct_size(void) {
    return sizeof(tt_features);
}

const tt_entry *tt_features_entries(const tt_features *features, uint32_t bag) {
    TT_REQUIRE(features != NULL && bag < TT_MAX_BAGS);
    return features->entry[bag];
}

uint32_t tt_features_count(const tt_features *features, uint32_t bag) {
    TT_REQUIRE(features != NULL && bag < TT_MAX_BAGS);
    return features->count[bag];
}

float *tt_features_numerics(tt_features *features) {
    return features->numeric;
}

void tt_features_set(tt_features *features, uint32_t bag, const tt_entry *entry, uint32_t count) {
    TT_REQUIRE(features != NULL && bag < TT_MAX_BAGS);
    TT_REQUIRE(entry != NULL || count == 0);
    features->entry[bag] = entry;
    features->count[bag] = count;
}

size_t tt_features_size(size_t entries, size_t tokens) {
    const size_t most = (SIZE_MAX - (ENCODE_ALIGN - 1)) / sizeof(tt_pending);
    if (entries > most || tokens > most - entries)
        return SIZE_MAX;
    return (entries + tokens) * sizeof(tt_pending) + (ENCODE_ALIGN - 1);
}

void tt_features_begin(tt_features *features, const tt_schema *schema, tt_tower tower, void *memory,
                       size_t size) {
    TT_REQUIRE(features != NULL && schema != NULL);
    TT_REQUIRE((uint32_t)tower < TT_TOWERS);
    TT_REQUIRE(memory != NULL || size == 0);
    size_t skip = tt_to_align(memory, ENCODE_ALIGN);
    memset(features, 0, sizeof *features);
    features->_schema = schema;
    features->_tower = tower;
    features->_bag = tower == TT_ITEM ? 0 : ENCODE_NO_BAG;
    if (size > skip) {
        features->_pending = (tt_pending *)(void *)((char *)memory + skip);
        features->_capacity = (size - skip) / sizeof(tt_pending);
    }
}

uint32_t tt_features_met(const tt_features *features, tt_met what) {
    TT_REQUIRE(features != NULL);
    return what == TT_TOKENS_KNOWN     ? features->tokens_known
           : what == TT_TOKENS_UNKNOWN ? features->tokens_unknown
                                       : features->fields_unknown;
}

tt_status tt_features_check(const tt_features *features) {
    TT_REQUIRE(features != NULL);
    return features->fields_unknown > 0 ? TT_ERR_FIELD : TT_OK;
}

tt_status tt_features_item(tt_features *features, uint32_t bag) {
    TT_REQUIRE(features->_schema != NULL);
    if (features->_tower == TT_ITEM || bag >= TT_MAX_BAGS)
        return TT_ERR_FEATURES;
    features->_bag = bag;
    features->_items[bag]++;
    return TT_OK;
}

/* ---- Tokens ------------------------------------------------------------------------ */

/* The row that a token adds to, or UINT32_MAX. */
static uint32_t encode_row(tt_features *features, int is_id, const tt_field *field, tt_text token) {
    const tt_schema *schema = features->_schema;
    uint64_t hash = tt_hash(schema->hash_seed, field->space, token);
    if (schema->recipe == TT_RECIPE_MLP) {
        const tt_space *space = &schema->space[field->_space];
        features->tokens_known++;
        return space->first + (uint32_t)(hash >> 32) % space->buckets;
    }
    uint32_t at = is_id ? tt_key_find(schema->_id_keys, schema->id_rows, TT_ID_KEY, hash)
                        : tt_key_find(schema->_token_keys, schema->token_rows, TT_TOKEN_KEY, hash);
    if (at == UINT32_MAX) {
        features->tokens_unknown++;
        return UINT32_MAX;
    }
    features->tokens_known++;
    if (!is_id)
        return schema->id_rows + at;
    /* An id without a train like has no vector of its own as an item. */
    int liked = schema->_id_keys[(size_t)at * TT_ID_KEY + TT_TOKEN_KEY] == '1';
    return liked || features->_tower == TT_USER ? at : UINT32_MAX;
}

/* The tokens of one field, which share a weight of 1/sqrt(distinct known). */
static tt_status encode_field(tt_features *features, const tt_field *field, const tt_text *tokens,
                              size_t n) {
    int is_id = tt_text_is(field->field, "id");
    if (n > features->_capacity - features->_used)
        tt_pending_merge(features);
    size_t room = features->_capacity - features->_used, count = 0;
    tt_pending *slot = room > 0 ? features->_pending + features->_used : NULL;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i].len == 0)
            continue;
        uint32_t row = encode_row(features, is_id, field, tokens[i]);
        if (row == UINT32_MAX)
            continue;
        if (count == room)
            return TT_ERR_SPACE;
        slot[count].key = (uint64_t)features->_bag << 32 | row;
        slot[count++].weight = 0;
    }
    if (count == 0)
        return TT_OK;
    if (count > 1)
        count = tt_pending_fold(slot, count);
    uint32_t weight = tt_weight_of((uint32_t)count); /* distinct rows: below 2^32 */
    for (size_t i = 0; i < count; i++)
        slot[i].weight = weight;
    features->_used += count;
    return TT_OK;
}

/* The year of "YYYY" or "YYYY-...", or -1. */
static int32_t encode_year(tt_text date) {
    int32_t year = 0;
    if (date.len < ENCODE_YEAR || (date.len > ENCODE_YEAR && date.at[ENCODE_YEAR] != '-'))
        return -1;
    for (int i = 0; i < ENCODE_YEAR; i++) {
        if (date.at[i] < '0' || date.at[i] > '9')
            return -1;
        year = year * 10 + (date.at[i] - '0');
    }
    return year;
}

/* The feature of a finite number; 0 if the form cannot take it. */
static int encode_form(const tt_numeric *numeric, float x, float *feature) {
    if (numeric->form == TT_FORM_LOG1P && x < 0.0f)
        return 0;
    float raw = numeric->form == TT_FORM_LOG1P ? tt_log1p(x) : x;
    float z = (raw - numeric->mean) / numeric->deviation;
    *feature = numeric->form == TT_FORM_SQUARE    ? z * z
               : numeric->form == TT_FORM_MISSING ? 0.0f
                                                  : z;
    return tt_finite(*feature);
}

static TT_NOINLINE int encode_forms(tt_features *features, const char *name, float value) {
    const tt_schema *schema = features->_schema;
    int found = 0;
    for (uint32_t i = 0; i < schema->numerics[features->_tower]; i++) {
        const tt_numeric *numeric = &schema->numeric[features->_tower][i];
        if (!tt_text_is(numeric->source, name))
            continue;
        found = 1;
        features->_seen &= ~(UINT32_C(1) << i);
        if (!tt_finite(value) || !encode_form(numeric, value, &features->numeric[i]))
            features->numeric[i] = 0.0f;
        else
            features->_seen |= UINT32_C(1) << i;
    }
    return found;
}

/* Scales a number into each feature made of it.  Returns whether there is one. */
static int encode_number(tt_features *features, const char *name, float value) {
    uint64_t mode = tt_guard_enter();
    int found = encode_forms(features, name, value);
    tt_guard_leave(mode);
    return found;
}

/* A date is a year, and the first year of its five: one token each. */
static tt_status encode_date(tt_features *features, const tt_field *field, tt_text date) {
    char five[ENCODE_YEAR];
    tt_text token = {date.at, ENCODE_YEAR};
    if (encode_year(date) < 0) {
        features->tokens_unknown += date.len > 0;
        return TT_OK;
    }
    if (tt_text_is(field->space, "year5")) {
        memcpy(five, date.at, ENCODE_YEAR);
        five[ENCODE_YEAR - 1] = five[ENCODE_YEAR - 1] < '5' ? '0' : '5';
        token.at = five;
    }
    return encode_field(features, field, &token, 1);
}

tt_status tt_features_list(tt_features *features, const char *field, const tt_text *tokens,
                           size_t n) {
    TT_REQUIRE(features->_schema != NULL && field != NULL);
    TT_REQUIRE(tokens != NULL || n == 0);
    const tt_schema *schema = features->_schema;
    tt_text none = {"", 0}, name = {field, 0};
    if (features->_bag == ENCODE_NO_BAG)
        return TT_ERR_FEATURES;
    while (field[name.len] != '\0')
        name.len++;
    int is_date = tt_text_is(name, "product_released_at"),
        found = is_date || tt_text_is(name, "id");
    int is_passed = schema->recipe == TT_RECIPE_MLP && features->_bag != TT_LIKED;
    tt_text date = n > 0 ? tokens[0] : none;
    if (is_date && features->_tower == TT_ITEM && encode_year(date) >= 0)
        (void)encode_number(features, "release_year", (float)encode_year(date));
    for (uint32_t i = 0; i < schema->fields; i++) {
        if (!tt_text_same(schema->field[i].field, name))
            continue;
        found = 1;
        if (is_passed)
            break;
        tt_status status = is_date ? encode_date(features, &schema->field[i], date)
                                   : encode_field(features, &schema->field[i], tokens, n);
        if (status != TT_OK)
            return status;
    }
    features->fields_unknown += !found;
    return TT_OK;
}

tt_status tt_features_text(tt_features *features, const char *field, tt_text token) {
    return tt_features_list(features, field, &token, 1);
}

void tt_features_number(tt_features *features, const char *name, float value) {
    TT_REQUIRE(features->_schema != NULL && name != NULL);
    features->fields_unknown += !encode_number(features, name, value);
}

/* ---- The end of a row ----------------------------------------------------------------- */

/* Slots become entries in the same memory: entry i ends before slot i + 1 starts.
 * memcpy, because the two types lie over each other. */
static TT_NOINLINE void encode_entries(tt_features *features) {
    const float unit = 1.0f / 16777216.0f; /* 2^-24 */
    char *memory = (char *)(void *)features->_pending;
    float scale[TT_MAX_BAGS];
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++)
        scale[bag] = features->_items[bag] ? 1.0f / tt_sqrt((float)features->_items[bag]) : 1.0f;
    for (size_t i = 0; i < features->_used; i++) {
        tt_pending slot;
        tt_entry entry;
        memcpy(&slot, memory + i * sizeof slot, sizeof slot);
        uint32_t bag = (uint32_t)(slot.key >> 32);
        entry.row = (uint32_t)slot.key;
        entry.weight = (float)(int64_t)slot.weight * unit * scale[bag];
        memcpy(memory + i * sizeof entry, &entry, sizeof entry);
        features->count[bag]++;
    }
}

void tt_features_end(tt_features *features) {
    TT_REQUIRE(features->_schema != NULL);
    const tt_schema *schema = features->_schema;
    tt_pending_merge(features);
    uint64_t mode = tt_guard_enter();
    encode_entries(features);
    tt_guard_leave(mode);
    const tt_entry *entry = (const tt_entry *)(const void *)features->_pending;
    for (uint32_t bag = 0; bag < TT_MAX_BAGS; bag++) {
        features->entry[bag] = entry;
        if (features->count[bag] > 0)
            entry += features->count[bag];
    }
    for (uint32_t i = 0; i < schema->numerics[features->_tower]; i++)
        if (!(features->_seen >> i & 1) &&
            schema->numeric[features->_tower][i].form == TT_FORM_MISSING)
            features->numeric[i] = 1.0f;
    features->_pending = NULL;
    features->_capacity = features->_used = features->_merged = 0;
}
