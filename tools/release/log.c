/* SPDX-License-Identifier: MIT */
#include "release/log.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_RECORD = 1 << 20, POINTERS = 2, MAX_BEHIND = 10000 };

/* ---- Records ----------------------------------------------------------------------------------
 */

static int read_document(const publish *p, const char *key, json_t **record) {
    bytes text = {NULL, 0, 0};
    int found, status = storage_read(p->store, key, MAX_RECORD, &text, &found);
    *record = NULL;
    if (!status && found)
        status = record_parse(p, record, &text, key);
    bytes_free(&text);
    return status;
}

int log_read(const publish *p, uint64_t sequence, json_t **record) {
    char *key = key_of_record(p, sequence);
    int status = read_document(p, key, record);
    if (!status && *record && record_sequence(*record) != sequence) {
        status = fail(TW_INPUT, "%s: says that it is record %llu", key,
                      (unsigned long long)record_sequence(*record));
        json_decref(*record);
        *record = NULL;
    }
    free(key);
    return status;
}

/* The number of a name of ten digits and ".json", else 0. */
static uint64_t number_of(const char *name) {
    if (strlen(name) != 15 || strspn(name, "0123456789") != 10 || strcmp(name + 10, ".json") != 0)
        return 0;
    return strtoull(name, NULL, 10);
}

static int take_highest(void *context, const storage_entry *entry) {
    uint64_t *highest = context, number = entry->is_folder ? 0 : number_of(entry->name);
    if (number > *highest)
        *highest = number;
    return 0;
}

static int highest_of(const publish *p, uint64_t *highest) {
    char *folder = xasprintf("%s/manifests/%s", p->prefix, p->environment);
    *highest = 0;
    int status = p->store->operations->list(p->store, folder, take_highest, highest);
    free(folder);
    return status;
}

int log_newest(const publish *p, json_t **record) {
    uint64_t highest;
    int status = highest_of(p, &highest);
    *record = NULL;
    if (!status && highest)
        status = log_read(p, highest, record);
    if (!status && highest && !*record)
        status = fail(TW_INPUT, "%s: record %llu of %s is listed, and is not there; try again",
                      p->store->url, (unsigned long long)highest, p->environment);
    return status;
}

int log_find(const publish *p, const json_t *newest, const char *run_id, char **hash) {
    int status = 0;
    *hash = NULL;
    for (uint64_t at = record_sequence(newest), here = 1; !status && !*hash && here && at; at--) {
        json_t *record;
        status = log_read(p, at, &record);
        here = record != NULL; /* the log begins after a gap */
        if (!status && record && !strcmp(record_current(record, "run_id"), run_id))
            *hash = xasprintf("%s", record_current(record, "manifest_sha256"));
        json_decref(record);
    }
    return status;
}

/* ---- Pointers ---------------------------------------------------------------------------------
 */

/* Pointer `at` of an environment, or NULL. */
static char *key_of_pointer(const publish *p, int at) {
    if (at == 0)
        return xasprintf("%s/%s/manifest.json", p->prefix, p->environment);
    return strcmp(p->environment, "production") == 0
               ? xasprintf("%s/latest/manifest.json", p->prefix)
               : NULL;
}

/* Goes on from *record (NULL: from nothing) to the last of the records that follow it. */
static int go_on(const publish *p, json_t **record) {
    for (int count = 0;; count++) {
        json_t *next;
        if (count == MAX_BEHIND)
            return fail(TW_NETWORK, "%s: gives record after record, and no end (%d)", p->store->url,
                        MAX_BEHIND);
        int status = log_read(p, record_sequence(*record) + 1, &next);
        if (status || !next)
            return status;
        json_decref(*record);
        *record = next;
    }
}

static int refuse_lost(const publish *p, uint64_t seen) {
    return fail(TW_CONFLICT,
                "%s: has no record %llu of %s any more, which was seen before: the store "
                "was replaced or set back; nothing was changed",
                p->store->url, (unsigned long long)seen, p->environment);
}

int log_resolve(const publish *p, uint64_t seen, json_t **record) {
    json_t *pointer;
    char *key = key_of_pointer(p, strcmp(p->environment, "production") == 0);
    int status = read_document(p, key, &pointer);
    uint64_t claimed = record_sequence(pointer);
    *record = NULL;
    if (!status && claimed < seen)
        status = log_read(p, seen, record);
    else if (!status && claimed)
        status = log_read(p, claimed, record);
    if (!status && claimed >= seen && claimed && (!*record || !json_equal(*record, pointer)))
        status = fail(TW_INPUT,
                      "%s: is not record %llu of the log; publish reconcile writes it "
                      "again",
                      key, (unsigned long long)claimed);
    if (!status && seen && !*record)
        status = refuse_lost(p, seen);
    if (!status)
        status = go_on(p, record);
    if (status) {
        json_decref(*record);
        *record = NULL;
    } else if (*record && record_sequence(*record) > claimed) {
        log_info(
            "%s is at %llu, the log at %llu: the log counts; publish reconcile writes the pointer "
            "again",
            key, (unsigned long long)claimed, (unsigned long long)record_sequence(*record));
    }
    json_decref(pointer);
    free(key);
    return status;
}

/* Writes one pointer, unless it has these bytes already. */
static int point(const publish *p, int at, const bytes *text, int *healed) {
    char *key = key_of_pointer(p, at);
    bytes there = {NULL, 0, 0};
    int found, status = key ? storage_read(p->store, key, MAX_RECORD, &there, &found) : 0;
    if (status == TW_INPUT) { /* too long to be one */
        fail_clear();
        status = found = 0;
    }
    if (key && !status &&
        (!found || there.used != text->used || memcmp(there.at, text->at, text->used) != 0)) {
        status = document_put(p, key, text);
        ++*healed;
    }
    bytes_free(&there);
    free(key);
    return status;
}

/* Who writes a pointer looks at the log once more after it: whoever was last to write has
 * seen the newest record, so no slow writer leaves an old pointer behind. */
int log_point(const publish *p, int *healed) {
    uint64_t written = 0, highest;
    bytes text = {NULL, 0, 0};
    *healed = 0;
    int status = highest_of(p, &highest);
    while (!status && highest > written) {
        json_t *newest;
        status = log_read(p, highest, &newest);
        if (!status && newest)
            status = document_text(newest, &text);
        for (int at = 0; !status && newest && at < POINTERS; at++)
            status = point(p, at, &text, healed);
        json_decref(newest);
        written = highest;
        if (!status)
            status = highest_of(p, &highest);
    }
    bytes_free(&text);
    return status;
}

/* ---- The commit -------------------------------------------------------------------------------
 */

/* The number is taken. */
static int name_winner(const publish *p, const json_t *record) {
    json_t *there;
    fail_clear();
    int status = log_read(p, record_sequence(record), &there);
    if (!status)
        status = fail(TW_CONFLICT,
                      "release %llu of %s is run %s, activated by someone else at the "
                      "same time; nothing was changed, look at publish list and "
                      "activate again if it is still wanted",
                      (unsigned long long)record_sequence(record), p->environment,
                      there ? record_current(there, "run_id") : "?");
    json_decref(there);
    return status;
}

int log_commit(const publish *p, const json_t *record) {
    char *key = key_of_record(p, record_sequence(record));
    bytes text = {NULL, 0, 0};
    int healed, status = document_text(record, &text);
    if (!status)
        status = document_create(p, key, &text);
    if (status == TW_CONFLICT)
        status = name_winner(p, record);
    if (!status)
        status = log_point(p, &healed);
    bytes_free(&text);
    free(key);
    return status;
}
