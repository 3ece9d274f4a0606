/* SPDX-License-Identifier: MIT */
#include "serving/collisions.h"

#include "base/fail.h"
#include "catalogue/items.h"

#include <stdlib.h>
#include <string.h>

/* The places of the different tokens of one space. */
typedef struct places {
    uint64_t *at;
    size_t count, capacity;
    map seen;
} places;

static int same(tt_text a, tt_text b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static uint64_t place_of(const tt_schema *schema, const tt_field *field, tt_text token) {
    uint64_t hash = tt_hash(schema->hash_seed, field->space, token);
    for (uint32_t s = 0; s < schema->spaces; s++)
        if (same(schema->space[s].name, field->space))
            return (uint32_t)(hash >> 32) % schema->space[s].buckets;
    return hash;
}

/* The column of the catalogue, or TR_FIELDS where it has none. */
static int column_of(const tt_field *field) {
    int at = 0;
    while (at < TR_FIELDS &&
           !same(field->field, (tt_text){tr_field_name[at], strlen(tr_field_name[at])}))
        at++;
    return at;
}

/* Adds the tokens that a field of the catalogue has. */
static void add_field(places *to, const tt_schema *schema, const tt_field *field,
                      const item_table *items) {
    const int at = column_of(field);
    for (uint32_t i = 0; at < TR_FIELDS && i < items->count; i++)
        for (uint32_t t = 0; t < items->item[i].field[at].count; t++) {
            tt_text token = items->item[i].field[at].token[t];
            if (!map_put(&to->seen, token, 0))
                continue;
            to->at = xgrow(to->at, to->count, &to->capacity, sizeof *to->at);
            to->at[to->count++] = place_of(schema, field, token);
        }
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static json_t *report(const tt_schema *schema, tt_text space, places *of) {
    size_t used = 0, sharing = 0, most = 0;
    if (of->count)
        qsort(of->at, of->count, sizeof *of->at, ascending);
    for (size_t i = 0, next; i < of->count; i = next) {
        for (next = i + 1; next < of->count && of->at[next] == of->at[i];)
            next++;
        used++;
        sharing += next - i > 1 ? next - i : 0;
        most = next - i > most ? next - i : most;
    }
    json_t *buckets = json_null(), *load = json_null();
    for (uint32_t s = 0; s < schema->spaces; s++)
        if (same(schema->space[s].name, space)) {
            buckets = json_integer(schema->space[s].buckets);
            load = json_real((double)of->count / (double)schema->space[s].buckets);
        }
    return json_pack("{s:o, s:o, s:I, s:o, s:I, s:I, s:I}", "space",
                     json_stringn(space.at, space.len), "buckets", buckets, "tokens",
                     (json_int_t)of->count, "load", load, "buckets_used", (json_int_t)used,
                     "tokens_that_share_a_bucket", (json_int_t)sharing, "most_in_one_bucket",
                     (json_int_t)most);
}

int collisions_count(json_t **found, const tt_schema *schema, const char *item_features) {
    item_table items = {0};
    int status = item_table_read(&items, item_features, "video_id");
    *found = status ? NULL : json_array();
    for (uint32_t f = 0; !status && f < schema->fields; f++) {
        const tt_text space = schema->field[f].space;
        uint32_t first = 0;
        while (!same(schema->field[first].space, space))
            first++;
        if (first < f || column_of(&schema->field[f]) == TR_FIELDS) /* counted, or a date's */
            continue;
        places of = {0};
        for (uint32_t other = f; other < schema->fields; other++)
            if (same(schema->field[other].space, space))
                add_field(&of, schema, &schema->field[other], &items);
        json_array_append_new(*found, report(schema, space, &of));
        map_free(&of.seen);
        free(of.at);
    }
    item_table_free(&items);
    return status;
}
