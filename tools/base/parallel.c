/* SPDX-License-Identifier: MIT */
#include "base/parallel.h"

#include "base/fail.h"
#include "base/message.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct job {
    const char *what;
    uint32_t count, block;
    parallel_rows rows;
    void *context;
    pthread_mutex_t lock; /* of what follows */
    uint32_t next;
    int status;
} job;

typedef struct worker {
    job *job;
    uint32_t number;
    pthread_t thread;
} worker;

static int take(job *of, uint32_t *begin, uint32_t *end) {
    pthread_mutex_lock(&of->lock);
    int more = !of->status && of->next < of->count;
    if (more) {
        *begin = of->next;
        *end = of->count - *begin < of->block ? of->count : *begin + of->block;
        of->next = *end;
    }
    pthread_mutex_unlock(&of->lock);
    return more;
}

static void record(job *of, int status) {
    pthread_mutex_lock(&of->lock);
    if (!of->status)
        of->status = status;
    pthread_mutex_unlock(&of->lock);
}

/* The caller's thread also shows the progress and looks for signals. */
static void *work(void *context) {
    const worker *own = context;
    uint32_t begin, end;
    while (take(own->job, &begin, &end)) {
        int status = 0;
        if (!own->number) {
            progress_show(own->job->what, begin, own->job->count);
            status = interrupted();
        }
        if (!status)
            status = own->job->rows(own->job->context, own->number, begin, end);
        if (status)
            record(own->job, status);
    }
    return NULL;
}

int parallel_for(const char *what, uint32_t threads, uint32_t count, uint32_t block,
                 parallel_rows rows, void *context) {
    job shared = {.what = what, .count = count, .block = block, .rows = rows, .context = context};
    uint32_t blocks = count / block + 1, started = 1;
    threads = threads < blocks ? threads : blocks;
    worker *one = xcalloc((size_t)threads + 1, sizeof *one);
    pthread_mutex_init(&shared.lock, NULL);
    one[0].job = &shared;
    for (; started < threads; started++) {
        one[started].job = &shared;
        one[started].number = started;
        if (pthread_create(&one[started].thread, NULL, work, &one[started]))
            break;
    }
    work(&one[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(one[i].thread, NULL);
    progress_end();
    pthread_mutex_destroy(&shared.lock);
    free(one);
    return shared.status;
}
