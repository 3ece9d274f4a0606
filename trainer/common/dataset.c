/* SPDX-License-Identifier: MIT */
#include "common/dataset.h"
#include "common/fields.h"

#include <stdlib.h>
#include <string.h>

/* Room of the encoder for any one item. */
typedef struct item_encoder {
    const tt_schema *schema;
    void *memory;
    size_t size;
} item_encoder;

static void max_tokens(const tr_data *data, size_t *of_item, size_t *of_field) {
    *of_item = *of_field = 1;
    for (uint32_t i = 0; i < data->items; i++) {
        size_t sum = 3; /* the id and the date's two tokens */
        for (int f = 0; f < TR_FIELDS; f++) {
            size_t count = data->item[i].field[f].count;
            sum += count;
            *of_field = count > *of_field ? count : *of_field;
        }
        *of_item = sum > *of_item ? sum : *of_item;
    }
}

/* The row of an id in the user tower's bags, where any listed id counts. */
static tr_status find_id_row(const item_encoder *encoder, const tr_item *item, uint32_t *row) {
    tt_features features;
    tt_features_begin(&features, encoder->schema, TT_USER, encoder->memory, encoder->size);
    if (tt_features_item(&features, TT_LIKED) != TT_OK ||
        tt_features_text(&features, TR_ID_FIELD, item->id) != TT_OK)
        return TR_CORE;
    tt_features_end(&features);
    *row = features.count[TT_LIKED] > 0 ? features.entry[TT_LIKED][0].row : TR_NONE;
    return TR_OK;
}

/* Encodes each item; first only to count its content entries, then to keep them. */
static tr_status encode_items(tr_dataset *set, const item_encoder *encoder, int keep) {
    size_t used = 0;
    for (uint32_t i = 0; i < set->data->items; i++) {
        tt_features features;
        tt_features_begin(&features, encoder->schema, TT_ITEM, encoder->memory, encoder->size);
        if (tr_encode_item(&features, &set->data->item[i]) != TT_OK)
            return TR_CORE;
        const tt_entry *entry = features.entry[0];
        uint32_t first = features.count[0] > 0 && entry[0].row < set->id_rows;
        set->content.offset[i] = used;
        if (keep) {
            memcpy(set->content.entry + used, entry + first,
                   (features.count[0] - first) * sizeof *entry);
            memcpy(set->numeric[TT_ITEM] + (size_t)i * set->numerics[TT_ITEM], features.numeric,
                   set->numerics[TT_ITEM] * sizeof(float));
        }
        used += features.count[0] - first;
    }
    set->content.offset[set->data->items] = used;
    return TR_OK;
}

static tr_status read_items(tr_dataset *set, const item_encoder *encoder) {
    size_t items = set->data->items;
    set->content.offset = malloc((items + 1) * sizeof *set->content.offset);
    set->id_row = malloc(items * sizeof *set->id_row);
    set->id_weight = malloc(items * sizeof *set->id_weight);
    set->numeric[TT_ITEM] = malloc(items * (set->numerics[TT_ITEM] + 1) * sizeof(float));
    if (!set->content.offset || !set->id_row || !set->id_weight || !set->numeric[TT_ITEM])
        return TR_NO_MEMORY;
    tr_status status = encode_items(set, encoder, 0);
    if (status != TR_OK)
        return status;
    set->content.entry = malloc((set->content.offset[items] + 1) * sizeof *set->content.entry);
    if (!set->content.entry)
        return TR_NO_MEMORY;
    status = encode_items(set, encoder, 1);
    for (size_t i = 0; i < items && status == TR_OK; i++) {
        set->id_weight[i] = 1.0f;
        status = find_id_row(encoder, &set->data->item[i], &set->id_row[i]);
    }
    return status;
}

static tr_status read_users(tr_dataset *set, const item_encoder *encoder) {
    uint32_t numerics = set->numerics[TT_USER];
    set->numeric[TT_USER] = malloc((size_t)set->data->users * (numerics + 1) * sizeof(float));
    if (!set->numeric[TT_USER])
        return TR_NO_MEMORY;
    for (uint32_t u = 0; u < set->data->users; u++) {
        tr_user numbers_only = set->data->user[u];
        memset(numbers_only.count, 0, sizeof numbers_only.count);
        tt_features features;
        tt_features_begin(&features, encoder->schema, TT_USER, encoder->memory, encoder->size);
        if (tr_encode_user(&features, &numbers_only, set->data->item) != TT_OK)
            return TR_CORE;
        memcpy(set->numeric[TT_USER] + (size_t)u * numerics, features.numeric,
               numerics * sizeof(float));
    }
    return TR_OK;
}

void tr_dataset_transpose(const tr_dataset *set, tr_csr *to, uint32_t rows, const uint32_t *item,
                          uint32_t count, const uint32_t *index) {
    tr_csr_begin(to, rows);
    for (int fill = 0; fill < 2; fill++) {
        for (uint32_t n = 0; n < count; n++) {
            uint32_t i = item ? item[n] : n, id = set->id_row[i];
            if (id != TR_NONE && fill)
                tr_csr_add(to, index ? index[id] : id, (tt_entry){n, set->id_weight[i]});
            else if (id != TR_NONE)
                tr_csr_count(to, index ? index[id] : id);
            for (size_t e = set->content.offset[i]; e < set->content.offset[i + 1]; e++) {
                tt_entry from = set->content.entry[e];
                uint32_t row = index ? index[from.row] : from.row;
                if (fill)
                    tr_csr_add(to, row, (tt_entry){n, from.weight});
                else
                    tr_csr_count(to, row);
            }
        }
        if (!fill)
            tr_csr_offsets(to, rows);
    }
}

static tr_status invert(tr_dataset *set) {
    uint32_t items = set->data->items;
    if (!tr_csr_create(&set->row_items, set->rows, set->content.offset[items] + items))
        return TR_NO_MEMORY;
    tr_dataset_transpose(set, &set->row_items, set->rows, NULL, items, NULL);
    return TR_OK;
}

static tr_status choose_candidates(tr_dataset *set) {
    const tr_data *data = set->data;
    set->candidate = malloc(((size_t)data->items + 1) * sizeof *set->candidate);
    set->candidate_index = malloc(((size_t)data->items + 1) * sizeof *set->candidate_index);
    set->train_user = malloc(((size_t)data->users + 1) * sizeof *set->train_user);
    if (!set->candidate || !set->candidate_index || !set->train_user)
        return TR_NO_MEMORY;
    for (uint32_t i = 0; i < data->items; i++) {
        set->candidate_index[i] = data->item_likes[i] > 0 ? set->candidates : TR_NONE;
        if (data->item_likes[i] > 0)
            set->candidate[set->candidates++] = i;
    }
    for (uint32_t u = 0; u < data->users; u++) {
        const tr_user *user = &data->user[u];
        uint32_t i = 0;
        while (i < user->count[TT_LIKED] &&
               set->candidate_index[user->history[TT_LIKED][i]] == TR_NONE)
            i++;
        if (i < user->count[TT_LIKED])
            set->train_user[set->train_users++] = u;
    }
    return set->candidates > 0 && set->train_users > 0 ? TR_OK : TR_NO_DATA;
}

static int all_weigh_one(const tr_data *data) {
    uint32_t p = 0;
    while (p < data->pairs && (data->pair[p].label != TT_LIKED || data->pair[p].weight == 1.0f))
        p++;
    return p == data->pairs;
}

/* The likes among the pairs by user, by counting: those of u are by_user[first[u] .. first[u + 1]).
 */
static void sort_likes(const tr_data *data, size_t *first, uint32_t *by_user) {
    for (uint32_t p = 0; p < data->pairs; p++)
        first[data->pair[p].user + 2] += data->pair[p].label == TT_LIKED;
    for (size_t u = 2; u <= (size_t)data->users + 1; u++)
        first[u] += first[u - 1];
    for (uint32_t p = 0; p < data->pairs; p++)
        if (data->pair[p].label == TT_LIKED)
            by_user[first[data->pair[p].user + 1]++] = p;
}

/* Finds the weight of each like of the histories among the pairs. */
static tr_status weigh_likes(tr_dataset *set) {
    const tr_data *data = set->data;
    size_t likes = 0;
    if (all_weigh_one(data))
        return TR_OK;
    for (uint32_t u = 0; u < data->users; u++)
        likes += data->user[u].count[TT_LIKED];
    set->like_offset = malloc(((size_t)data->users + 1) * sizeof *set->like_offset);
    set->like_weight = malloc((likes + 1) * sizeof *set->like_weight);
    size_t *first = calloc((size_t)data->users + 2, sizeof *first);
    uint32_t *by_user = malloc(((size_t)data->pairs + 1) * sizeof *by_user);
    float *of_item = malloc(((size_t)data->items + 1) * sizeof *of_item);
    int good = set->like_offset && set->like_weight && first && by_user && of_item;
    if (good)
        sort_likes(data, first, by_user);
    for (uint32_t u = 0, next = 0; u < data->users && good; u++) {
        const tr_user *user = &data->user[u];
        set->like_offset[u] = next;
        for (uint32_t i = 0; i < user->count[TT_LIKED]; i++)
            of_item[user->history[TT_LIKED][i]] = 1.0f;
        for (size_t p = first[u]; p < first[u + 1]; p++)
            of_item[data->pair[by_user[p]].item] = data->pair[by_user[p]].weight;
        for (uint32_t i = 0; i < user->count[TT_LIKED]; i++)
            set->like_weight[next++] = of_item[user->history[TT_LIKED][i]];
    }
    free(first);
    free(by_user);
    free(of_item);
    return good ? TR_OK : TR_NO_MEMORY;
}

tr_status tr_dataset_build(tr_dataset *set, const tr_data *data, const tr_vocabulary *vocabulary) {
    memset(set, 0, sizeof *set);
    set->data = data;
    set->id_rows = vocabulary->schema.id_rows;
    set->rows = vocabulary->schema.id_rows + vocabulary->schema.token_rows;
    memcpy(set->numerics, vocabulary->schema.numerics, sizeof set->numerics);
    tr_status status = choose_candidates(set);
    size_t of_item, of_field;
    max_tokens(data, &of_item, &of_field);
    item_encoder encoder = {&vocabulary->schema, NULL, tt_features_size(of_item, of_field)};
    encoder.memory = malloc(encoder.size);
    if (status == TR_OK && !encoder.memory)
        status = TR_NO_MEMORY;
    if (status == TR_OK)
        status = read_items(set, &encoder);
    if (status == TR_OK)
        status = read_users(set, &encoder);
    if (status == TR_OK)
        status = invert(set);
    if (status == TR_OK)
        status = weigh_likes(set);
    free(encoder.memory);
    if (status != TR_OK)
        tr_dataset_free(set);
    return status;
}

void tr_dataset_free(tr_dataset *set) {
    free(set->numeric[TT_USER]);
    free(set->numeric[TT_ITEM]);
    free(set->id_row);
    free(set->id_weight);
    tr_csr_free(&set->content);
    tr_csr_free(&set->row_items);
    free(set->candidate);
    free(set->candidate_index);
    free(set->train_user);
    free(set->like_offset);
    free(set->like_weight);
    memset(set, 0, sizeof *set);
}
