/* SPDX-License-Identifier: MIT */
#include "serving/embedded.h"

#include "base/fail.h"
#include "base/parallel.h"
#include "serving/embedder.h"

#include <stdlib.h>

enum { BLOCK = 64 };

typedef struct embedding {
    embedded *made;
    embedder *rows;      /* [threads] */
    const tr_user *user; /* [count]; NULL: the items themselves */
    const tr_item *item;
} embedding;

static int embed(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    const embedding *e = context;
    embedder *rows = &e->rows[thread];
    int made = 0, status = 0;
    rows->rows = begin; /* a failure names the row of the table */
    for (uint32_t i = begin; i < end && !status; i++) {
        float *out = e->made->vector + (size_t)i * e->made->dim;
        status = e->user ? embedder_user(rows, &e->user[i], e->item, out, &made)
                         : embedder_item(rows, &e->item[i], out, &made);
        e->made->made[i] = (unsigned char)made;
        if (!status && e->made->digest)
            embedder_digest(rows, e->made->digest[i]);
    }
    return status;
}

static int embed_all(embedding *e, const model_file *model, uint32_t threads, int digests) {
    uint32_t count = e->made->count, opened = 0;
    size_t dim = tt_model_dim(&model->model);
    tt_tower tower = e->user ? TT_USER : TT_ITEM;
    int status = 0;
    e->made->dim = (uint32_t)dim;
    e->made->vector = xcalloc((size_t)count * dim + 1, sizeof *e->made->vector);
    e->made->made = xcalloc((size_t)count + 1, 1);
    if (digests)
        e->made->digest = xcalloc((size_t)count + 1, sizeof *e->made->digest);
    e->rows = xcalloc((size_t)threads + 1, sizeof *e->rows);
    for (; opened < threads && !status; opened++)
        status = embedder_open(&e->rows[opened], &model->model, tower, model->path);
    if (!status)
        status = parallel_for(e->user ? "embedding users" : "embedding videos", threads, count,
                              BLOCK, embed, e);
    while (opened > 0)
        embedder_close(&e->rows[--opened]);
    free(e->rows);
    return status;
}

int embedded_items(embedded *made, const model_file *model, const tr_item *item, uint32_t count,
                   uint32_t threads, int digests) {
    embedding e = {.made = made, .item = item};
    *made = (embedded){.count = count};
    return embed_all(&e, model, threads, digests);
}

int embedded_users(embedded *made, const model_file *model, const tr_user *user, uint32_t count,
                   const tr_item *items, uint32_t threads, int digests) {
    embedding e = {.made = made, .user = user, .item = items};
    *made = (embedded){.count = count};
    return embed_all(&e, model, threads, digests);
}

void embedded_free(embedded *made) {
    free(made->vector);
    free(made->made);
    free(made->digest);
    *made = (embedded){0};
}
