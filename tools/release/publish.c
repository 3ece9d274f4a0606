/* SPDX-License-Identifier: MIT */
#include "release/publish.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

static const char forever[] = "max-age=31536000", never[] = "no-cache";

publish_settings publish_settings_default(void) {
    return (publish_settings){.prefix = "two_tower", .environment = "production", .timeout = 30};
}

/* The URL of Supabase, or that of the project where there is a key for it; NULL: neither. The
 * caller frees it. */
static char *supabase_url(const publish_settings *of) {
    if (of->supabase_url)
        return xasprintf("%s", of->supabase_url);
    return of->key.text && of->project ? xasprintf("https://%s.supabase.co", of->project) : NULL;
}

/* The URL given, or the one that the other settings stand for. */
static char *url_of(const publish_settings *of, const char *supabase) {
    if (of->url)
        return xstrndup(of->url, strlen(of->url));
    if (supabase)
        return xasprintf("supabase://%s", of->bucket ? of->bucket : "models");
    return xasprintf("file:ml/store");
}

static int check(const publish_settings *of, int named) {
    if (!named && of->emptied)
        return fail(TW_USAGE,
                    "the variable %s is set and empty, and nothing else names the artifact store; "
                    "give it a value, or unset it (then file:ml/store is meant)",
                    of->emptied);
    if (of->timeout < 1 || of->timeout > 3600)
        return fail(TW_USAGE, "timeout: 1 to 3600 seconds are expected");
    if (!storage_key_check(of->prefix))
        return 0;
    fail_clear();
    return fail(TW_USAGE, "prefix: names of letters, digits, '.', '_' and '-', joined by '/', are "
                          "expected");
}

/* `base`: of a mirror; NULL: what the settings name. */
static int open_store(publish *p, const publish_settings *of, const char *base) {
    char *supabase = supabase_url(of), *url = base ? NULL : url_of(of, supabase);
    const storage_settings settings = {supabase, of->key, (unsigned)of->timeout};
    const trust *keys;
    *p = (publish){.prefix = of->prefix, .environment = of->environment, .mirror = base != NULL};
    int status = check(of, base || of->url || supabase);
    if (!status)
        status = trust_pinned(&keys);
    if (!status)
        status = signer_open(&p->signer, of->signing_key);
    if (!status)
        status = storage_open(&p->store, base ? base : url, &settings);
    if (status)
        publish_close(p);
    free(url);
    free(supabase);
    return status;
}

int publish_is_named(const publish_settings *of) {
    return of->url || (of->key.text && (of->supabase_url || of->project));
}

int publish_is_listed(const publish_settings *of) {
    const char *url = of->url ? of->url : of->supabase_url || of->mirror_url ? "" : "file:";
    return !strncmp(url, "file:", 5) || (of->key.text && strncmp(url, "http", 4) != 0);
}

int publish_open(publish *p, const publish_settings *of) {
    return open_store(p, of, NULL);
}

int publish_open_reader(publish *p, const publish_settings *of) {
    const int named = of->url || of->supabase_url || (of->key.text && of->project);
    return open_store(p, of, named ? NULL : of->mirror_url);
}

void publish_close(publish *p) {
    storage_close(p->store);
    signer_close(p->signer);
    p->store = NULL;
    p->signer = NULL;
}

int publish_check_run_id(const char *run_id) {
    static const char *const taken[] = {"latest", "current", "manifests", "production", "staging"};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (!strcmp(run_id, taken[i]))
            return fail(TW_USAGE,
                        "a run cannot be called '%s': the store has a folder of that name", run_id);
    if (strlen(run_id) >= 64 || !storage_name_ok(run_id))
        return fail(TW_USAGE,
                    "'%.80s' is no run id: 1 to 63 letters, digits, '.', '_' or '-' are "
                    "expected, a '.' not first",
                    run_id);
    return 0;
}

char *key_of_run(const publish *p, const char *run_id, const char *name) {
    return xasprintf("%s/%s/%s", p->prefix, run_id, name);
}

char *key_to_read(const publish *p, const char *run_id, const char *name) {
    return p->mirror ? xstrndup(name, strlen(name)) : key_of_run(p, run_id, name);
}

char *key_of_record(const publish *p, uint64_t sequence) {
    return xasprintf("%s/manifests/%s/%010llu.json", p->prefix, p->environment,
                     (unsigned long long)sequence);
}

int document_text(const json_t *document, bytes *to) {
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    if (!text)
        return fail(TW_IO, "a document cannot be written");
    to->used = 0;
    bytes_put(to, text, strlen(text));
    bytes_put_byte(to, '\n');
    free(text);
    return 0;
}

int document_put(const publish *p, const char *key, const bytes *text) {
    const storage_body body = {text->at, NULL, text->used, "application/json", never, NULL};
    return p->store->operations->put(p->store, key, &body, 0);
}

/* Something has the name: these very bytes, put by an earlier try whose answer was lost? */
static int judge_there(const publish *p, const char *key, const bytes *text) {
    bytes there = {NULL, 0, 0};
    int found, status;
    fail_clear();
    status = storage_read(p->store, key, text->used, &there, &found);
    if (status == TW_INPUT) { /* it is longer */
        fail_clear();
        status = found = 0;
    }
    if (!status &&
        (!found || there.used != text->used || memcmp(there.at, text->at, text->used) != 0))
        status = fail(TW_CONFLICT, "%s: there is such an object already", key);
    bytes_free(&there);
    return status;
}

int document_create(const publish *p, const char *key, const bytes *text) {
    const storage_body body = {text->at, NULL, text->used, "application/json", forever, NULL};
    int status = p->store->operations->put(p->store, key, &body, 1);
    return status == TW_CONFLICT ? judge_there(p, key, text) : status;
}

int publish_ended(int status) {
    if (status != TW_INTERRUPTED)
        return status;
    fail_clear();
    return fail(status, "interrupted; run the same command again, it goes on from here");
}
