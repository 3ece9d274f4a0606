/* SPDX-License-Identifier: MIT */
/*
 * A job is a row with a lease, since behind a transaction pooler a session lock is nobody's.  Every
 * transaction that writes prolongs it before its COMMIT, and fails where the job has changed hands:
 * its fence is another one then.
 */
#include "base/fail.h"
#include "base/message.h"
#include "catalogue/pg/connection.h"
#include "catalogue/pg/pg_store.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAREWELL = 5000 /* milliseconds that giving a job back may take */ };

/* The job of this process. */
static struct {
    const pg_store *store; /* that took it; NULL: none */
    char *environment, *job, *holder, *fence;
} held;

/* ---- Who we are ---------------------------------------------------------------------------- */

/* One word of a file, "-" where there is none. */
static void read_word(char word[80], const char *path) {
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%79s", word) != 1)
        strcpy(word, "-");
    if (file)
        fclose(file);
}

/* When a process began, in ticks since the machine did, and its state ('Z': it has ended); 0: there
 * is no way to know. */
static unsigned long long started(long process, char *state) {
    char path[64], line[1024] = "";
    unsigned long long ticks = 0;
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    const char *at = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    fclose(file);
    if (!at || !at[1])
        return 0;
    *state = at[2];
    for (int field = 2; at && field < 22; field++) /* the name, field 2, may hold blanks */
        at = strchr(at + 1, ' ');
    if (at)
        ticks = strtoull(at, NULL, 10);
    return ticks;
}

/* The run of the machine and the room of its process numbers. */
static void here(char boot[80], char room[80]) {
    read_word(boot, "/proc/sys/kernel/random/boot_id");
    ssize_t len = readlink("/proc/self/ns/pid", room, 79);
    room[len < 0 ? 0 : len] = '\0';
    if (!*room)
        strcpy(room, "-");
}

static char *myself(void) {
    char host[256] = "", boot[80], room[80], state;
    (void)gethostname(host, sizeof host - 1);
    here(boot, room);
    return xasprintf("process %ld on %s (%s %s %llu)", (long)getpid(), *host ? host : "-", boot,
                     room, started(getpid(), &state));
}

/* Another process of that number has another beginning. */
static int lives(long process, unsigned long long ticks) {
    char state = '?';
    if (kill((pid_t)process, 0) != 0 && errno == ESRCH)
        return 0;
    unsigned long long now = started(process, &state);
    return !now || (now == ticks && state != 'Z');
}

/* Is it a process of this machine that is no more? */
static int is_dead(const char *holder) {
    char boot[80], room[80], its_boot[80], its_room[80];
    unsigned long long ticks;
    long process;
    here(boot, room);
    return sscanf(holder, "process %ld on %*255s (%79s %79s %llu)", &process, its_boot, its_room,
                  &ticks) == 4 &&
           *boot != '-' && *room != '-' && ticks && !strcmp(boot, its_boot) &&
           !strcmp(room, its_room) && !lives(process, ticks);
}

/* ---- Taking -------------------------------------------------------------------------------- */

static int ask_fence(pg *db, char **fence) {
    PGresult *rows;
    char lease[12];
    snprintf(lease, sizeof lease, "%d", JOB_LEASE);
    const char *const value[] = {held.environment, held.job, held.holder, lease};
    pg_doing(db, "take the job");
    int status =
        pg_query(db, &rows, "SELECT public.job_acquire($1, $2, $3, $4::float8)::text", 4, value);
    if (status)
        return status;
    *fence = PQgetisnull(rows, 0, 0)
                 ? NULL
                 : xstrndup(PQgetvalue(rows, 0, 0), strlen(PQgetvalue(rows, 0, 0)));
    PQclear(rows);
    return 0;
}

int pg_keep_job(pg *db) {
    char *fence = NULL;
    if (!held.fence)
        return 0;
    int status = ask_fence(db, &fence);
    if (!status && (!fence || strcmp(fence, held.fence) != 0))
        status = fail(TW_CONFLICT,
                      "%s: the job %s of %s has gone to another holder meanwhile; nothing was "
                      "written here",
                      pg_name(db), held.job, held.environment);
    free(fence);
    return status;
}

static int take(pg *db, void *context) {
    char **fence = context;
    free(*fence);
    *fence = NULL;
    return ask_fence(db, fence);
}

/* Who has it; a holder that is dead loses it here, and *freed says so. */
static int look(pg *db, int *freed) {
    PGresult *rows;
    const char *value[] = {held.environment, held.job, NULL};
    *freed = 0;
    int status = pg_query(db, &rows,
                          "SELECT holder, fence::text, to_char(since AT TIME ZONE 'UTC', "
                          "'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), to_char(lease_until AT TIME ZONE "
                          "'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM public.job_holder($1, $2)",
                          2, value);
    if (status)
        return status;
    if (!PQntuples(rows)) {
        *freed = 1;
    } else if (is_dead(PQgetvalue(rows, 0, 0))) {
        PGresult *given;
        value[2] = PQgetvalue(rows, 0, 1);
        log_info("the job %s of %s was in the hands of a process that is no more", held.job,
                 held.environment);
        status = pg_query(db, &given, "SELECT public.job_release($1, $2, $3::bigint)", 3, value);
        *freed = !status;
        PQclear(given);
    } else {
        const char *holder = PQgetvalue(rows, 0, 0);
        status = fail(TW_CONFLICT,
                      "%s: the job %s of %s is in the hands of %.*ssince %s; run this again when "
                      "it has ended, or after %s, when its lease is over if it died",
                      pg_name(db), held.job, held.environment, (int)strcspn(holder, "("), holder,
                      PQgetvalue(rows, 0, 2), PQgetvalue(rows, 0, 3));
    }
    PQclear(rows);
    return status;
}

static void forget(void) {
    free(held.environment);
    free(held.job);
    free(held.holder);
    free(held.fence);
    memset(&held, 0, sizeof held);
}

int pg_job_acquire(store *base, const char *environment, const char *job) {
    pg *db = ((pg_store *)base)->db;
    char *fence = NULL;
    int status = 0, freed = 1;
    pg_store_end_snapshot((pg_store *)base); /* what it only reads takes no job */
    if (held.fence)
        return pg_transaction(db, NULL, NULL, NULL);
    held.environment = xstrndup(environment, strlen(environment));
    held.job = xstrndup(job, strlen(job));
    held.holder = myself();
    for (int tries = 0; !status && !fence && freed && tries < PG_TRIES; tries++) {
        status = pg_transaction(db, NULL, take, &fence);
        if (!status && !fence)
            status = look(db, &freed);
    }
    if (!status && !fence)
        status = fail(TW_CONFLICT, "%s: the job %s of %s changes hands again and again",
                      pg_name(db), job, environment);
    held.fence = fence;
    held.store = (pg_store *)base;
    if (status)
        forget();
    return status;
}

/* ---- Giving back ------------------------------------------------------------------------------
 */

/* Also after a signal, which ends every other wait: a job that is not given back is nobody's until
 * its lease is over. */
void pg_job_release(store *base) {
    if (held.store != (pg_store *)base)
        return;
    const char *const value[] = {held.environment, held.job, held.fence};
    PGconn *conn = pg_raw(((pg_store *)base)->db);
    if (conn && PQsendQueryParams(conn, "SELECT public.job_release($1, $2, $3::bigint)", 3, NULL,
                                  value, NULL, NULL, 0)) {
        struct pollfd wait = {.fd = PQsocket(conn), .events = POLLIN};
        while (PQflush(conn) == 0 && PQisBusy(conn) && PQstatus(conn) == CONNECTION_OK &&
               poll(&wait, 1, FAREWELL) > 0)
            if (!PQconsumeInput(conn))
                break;
    }
    forget();
}
