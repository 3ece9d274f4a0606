/* SPDX-License-Identifier: MIT */
#include "common/pool.h"

#include <pthread.h>
#include <stdlib.h>

/* Enough for the packed panels of the matrix products, whatever the C library's default. */
#define STACK_BYTES ((size_t)2 << 20)

struct tr_pool {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    uint32_t threads, started; /* started: threads besides the caller */
    pthread_t *thread;
    tr_work work;
    void *context;
    uint32_t parts, next, left; /* left: parts not finished */
    int stop;
};

/* Takes parts until none is left; the lock is held on entry and on return. */
static void take_parts(tr_pool *pool) {
    while (pool->next < pool->parts) {
        uint32_t part = pool->next++;
        tr_work work = pool->work;
        void *context = pool->context;
        pthread_mutex_unlock(&pool->lock);
        work(context, part);
        pthread_mutex_lock(&pool->lock);
        if (--pool->left == 0)
            pthread_cond_signal(&pool->done);
    }
}

static void *worker(void *argument) {
    tr_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop) {
        if (pool->next < pool->parts)
            take_parts(pool);
        else
            pthread_cond_wait(&pool->start, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static int start_threads(tr_pool *pool) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return 0;
    int good = pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0;
    while (good && pool->started < pool->threads - 1) {
        good = pthread_create(&pool->thread[pool->started], &attributes, worker, pool) == 0;
        if (good)
            pool->started++;
    }
    pthread_attr_destroy(&attributes);
    return good;
}

tr_pool *tr_pool_create(uint32_t threads) {
    tr_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->threads = threads ? threads : 1;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->thread = calloc(pool->threads, sizeof *pool->thread);
    if (!pool->thread || !start_threads(pool)) {
        tr_pool_free(pool);
        return NULL;
    }
    return pool;
}

uint32_t tr_pool_threads(const tr_pool *pool) {
    return pool->threads;
}

void tr_pool_run(tr_pool *pool, tr_work work, void *context, uint32_t parts) {
    if (parts == 0)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->work = work;
    pool->context = context;
    pool->parts = pool->left = parts;
    pool->next = 0;
    if (parts > 1)
        pthread_cond_broadcast(&pool->start);
    take_parts(pool);
    while (pool->left > 0)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void tr_pool_free(tr_pool *pool) {
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = 1;
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->started; i++)
        pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->start);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
    free(pool->thread);
    free(pool);
}
