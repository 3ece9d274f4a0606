/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/cancel.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* PQcancel has no deadline of its own, so a thread runs it that nobody has to wait for. */
typedef struct request {
    PGcancel *cancel;
    int done; /* the end of a pipe: closed when the answer is there */
} request;

static void *send_request(void *context) {
    request *one = context;
    char error[256];
    (void)PQcancel(one->cancel, error, sizeof error);
    PQfreeCancel(one->cancel);
    close(one->done);
    free(one);
    return NULL;
}

void pg_cancel(PGconn *connection) {
    int ends[2];
    pthread_t thread;
    PGcancel *cancel = PQgetCancel(connection);
    request *one = malloc(sizeof *one);
    if (!cancel || !one || pipe(ends) != 0) {
        PQfreeCancel(cancel);
        free(one);
        return;
    }
    *one = (request){cancel, ends[1]};
    if (pthread_create(&thread, NULL, send_request, one) == 0) {
        struct pollfd answer = {ends[0], POLLIN, 0};
        pthread_detach(thread);
        (void)poll(&answer, 1, 2000);
    } else {
        close(ends[1]);
        PQfreeCancel(cancel);
        free(one);
    }
    close(ends[0]);
}
