/* SPDX-License-Identifier: MIT */
/*
 * Supabase Storage.  Its rules: every refusal of a client is HTTP 400 (409, 404 in some
 * versions) whose body says more; `code` decides, else `statusCode`.  A PUT replaces or creates.
 * Conditional headers are ignored, and a POST without x-upsert is no atomic create: the server
 * checks, takes the body, and then replaces what came meanwhile.  A move to a name that exists
 * is refused by a unique key of its database, so an object is created under a hidden name and
 * moved: of many at once one wins.
 */
#include "base/fail.h"
#include "base/message.h"
#include "net/http.h"
#include "net/storage.h"
#include "net/storage_refusal.h"
#include "sign/sign.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 1000, MAX_PAGES = 100, MAX_LISTING = 16 << 20 };

typedef struct supabase_storage {
    storage base; /* first: a storage is one of these */
    http *client;
    char *endpoint, *bucket, *authorization, *apikey;
    const char *key_name; /* of the variable that has the key */
    int known;            /* the bucket was seen: an empty list is one */
} supabase_storage;

static const char *const body_is_json[] = {"Content-Type: application/json", NULL};

static int refused(const storage *store, const char *key, const http_response *response) {
    const char *meaning, *key_name = ((const supabase_storage *)store)->key_name;
    refusal kind = refusal_of(response, &meaning);
    if (kind == KEY_REFUSED)
        return fail(TW_NETWORK, "%s/%s: %s; check %s", store->url, key, meaning, key_name);
    if (kind == THERE_IS_ONE)
        return fail(TW_CONFLICT, "%s: there is such an object already", key);
    if (meaning)
        return fail(TW_NETWORK, "%s/%s: %s", store->url, key, meaning);
    return fail(TW_NETWORK, "%s/%s: the server answers %ld; check SUPABASE_URL and %s", store->url,
                key, response->status, key_name);
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* Sends to endpoint/<place>; the headers of authority come first. */
static int send_at(const supabase_storage *s, const char *place, http_request *request,
                   const char *const extra[2], http_response *response) {
    char *url = xasprintf("%s/%s", s->endpoint, place);
    const char *header[] = {s->authorization, s->apikey, extra ? extra[0] : NULL,
                            extra ? extra[1] : NULL, NULL};
    request->url = url;
    request->header = header;
    int status = http_send(s->client, request, response);
    free(url);
    return status;
}

/* Sends to endpoint/<path>/<bucket>[/<key>]. */
static int send_to(storage *store, const char *path, const char *key, http_request *request,
                   const char *const extra[2], http_response *response) {
    const supabase_storage *s = (const supabase_storage *)store;
    char *place = xasprintf("%s/%s%s%s", path, s->bucket, *key ? "/" : "", key);
    int status = send_at(s, place, request, extra, response);
    free(place);
    return status;
}

static int is_success(const http_response *response) {
    return response->status >= 200 && response->status < 300;
}

/* Replaces or creates. */
static int put_body(storage *store, const char *key, const storage_body *body) {
    http_request request = {.method = "PUT",
                            .body = body->bytes,
                            .body_path = body->path,
                            .body_len = body->size,
                            .limit = MAX_LISTING,
                            .progress = body->progress};
    http_response response = {.length = -1};
    char *type = xasprintf("Content-Type: %s", body->media_type);
    char *cache = xasprintf("Cache-Control: %s", body->cache_control);
    int status =
        send_to(store, "object", key, &request, (const char *const[]){type, cache}, &response);
    if (!status && !is_success(&response))
        status = refused(store, key, &response);
    http_response_free(&response);
    free(cache);
    free(type);
    return status;
}

static int remove_key(storage *store, const char *key) {
    http_request request = {.method = "DELETE", .limit = MAX_LISTING};
    http_response response = {.length = -1};
    const char *meaning;
    int status = send_to(store, "object", key, &request, NULL, &response);
    if (!status && !is_success(&response) && refusal_of(&response, &meaning) != THERE_IS_NONE)
        status = refused(store, key, &response);
    http_response_free(&response);
    return status;
}

static int get(storage *store, const char *key, uint64_t limit, storage_sink sink, void *context,
               int *found) {
    http_request request = {.method = "GET", .sink = sink, .sink_context = context, .limit = limit};
    http_response response = {.length = -1};
    const char *meaning;
    *found = 0;
    int status = storage_key_check(key);
    if (!status)
        status = send_to(store, "object/authenticated", key, &request, NULL, &response);
    *found = !status && is_success(&response);
    if (!status && !*found && refusal_of(&response, &meaning) != THERE_IS_NONE)
        status = refused(store, key, &response);
    http_response_free(&response);
    return status;
}

/* HEAD cannot tell a missing object from a missing permission; the information can. */
static int head(storage *store, const char *key, int *found, uint64_t *size) {
    http_request request = {.method = "GET", .limit = MAX_LISTING};
    http_response response = {.length = -1};
    const char *meaning;
    *found = 0;
    int status = storage_key_check(key);
    if (!status)
        status = send_to(store, "object/info", key, &request, NULL, &response);
    if (!status && is_success(&response)) {
        json_t *info = json_loadb((const char *)response.body.at, response.body.used, 0, NULL);
        json_int_t got = json_integer_value(json_object_get(info, "size"));
        *found = 1;
        *size = got > 0 ? (uint64_t)got : 0;
        json_decref(info);
    } else if (!status && refusal_of(&response, &meaning) != THERE_IS_NONE) {
        status = refused(store, key, &response);
    }
    http_response_free(&response);
    return status;
}

/* `.<name>.tmp-<32 random digits>` beside the key; the caller frees it. */
static int hidden_key(const char *key, char **hidden) {
    char nonce[NONCE];
    const char *slash = strrchr(key, '/'), *name = slash ? slash + 1 : key;
    int status = nonce_make(nonce);
    *hidden = status ? NULL : xasprintf("%.*s.%s.tmp-%s", (int)(name - key), key, name, nonce);
    return status;
}

/* Nobody else knows the hidden name: when it is gone, an earlier try of this request, whose answer
 * was lost, moved it. */
static int judge_gone(storage *store, const char *key, const http_response *response) {
    uint64_t size;
    int found, status = head(store, key, &found, &size);
    return status || found ? status : refused(store, key, response);
}

static int move(storage *store, const char *hidden, const char *key) {
    const supabase_storage *s = (const supabase_storage *)store;
    char *body = xasprintf("{\"bucketId\":\"%s\",\"sourceKey\":\"%s\",\"destinationKey\":\"%s\"}",
                           s->bucket, hidden, key);
    http_request request = {
        .method = "POST", .body = body, .body_len = strlen(body), .limit = MAX_LISTING};
    http_response response = {.length = -1};
    const char *meaning;
    int status = send_at(s, "object/move", &request, body_is_json, &response);
    if (!status && !is_success(&response))
        status = refusal_of(&response, &meaning) == THERE_IS_NONE
                     ? judge_gone(store, key, &response)
                     : refused(store, key, &response);
    http_response_free(&response);
    free(body);
    return status;
}

/* Creates under a hidden name, which gets its own by a move.  The loser removes its object; what
 * a kill or a broken connection leaves is hidden, and swept. */
static int put_new(storage *store, const char *key, const storage_body *body) {
    char *hidden;
    int status = hidden_key(key, &hidden);
    if (!status)
        status = put_body(store, hidden, body);
    if (!status)
        status = move(store, hidden, key);
    if (status == TW_CONFLICT)
        (void)remove_key(store, hidden);
    free(hidden);
    return status;
}

static int put(storage *store, const char *key, const storage_body *body, int create) {
    int status = storage_key_check(key);
    if (!status)
        status = create ? put_new(store, key, body) : put_body(store, key, body);
    return status;
}

static int remove_object(storage *store, const char *key) {
    int status = storage_key_check(key);
    return status ? status : remove_key(store, key);
}

/* ---- Listing --------------------------------------------------------------------------------- */

/* One page of a folder; *page is the caller's. */
static int list_page(storage *store, const char *folder, size_t offset, json_t **page) {
    char *body = xasprintf("{\"prefix\":\"%s%s\",\"limit\":%d,\"offset\":%zu,"
                           "\"sortBy\":{\"column\":\"name\",\"order\":\"asc\"}}",
                           folder, *folder ? "/" : "", PAGE, offset);
    http_request request = {
        .method = "POST", .body = body, .body_len = strlen(body), .limit = MAX_LISTING};
    http_response response = {.length = -1};
    *page = NULL;
    int status = send_to(store, "object/list", "", &request, body_is_json, &response);
    if (!status && !is_success(&response))
        status = refused(store, folder, &response);
    if (!status) {
        *page = json_loadb((const char *)response.body.at, response.body.used,
                           JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_array(*page))
            status = fail(TW_NETWORK,
                          "%s/%s: a list is expected, the server answers something "
                          "else; check SUPABASE_URL",
                          store->url, folder);
    }
    http_response_free(&response);
    free(body);
    return status;
}

typedef int (*row_callback)(void *context, const json_t *row);

/* A proxy, a login page or another server may answer any request by an empty list: there must be a
 * bucket that says its own name. */
static int check_bucket(storage *store) {
    supabase_storage *s = (supabase_storage *)store;
    http_request request = {.method = "GET", .limit = MAX_LISTING};
    http_response response = {.length = -1};
    if (s->known)
        return 0;
    int status = send_to(store, "bucket", "", &request, NULL, &response);
    if (!status && !is_success(&response))
        status = refused(store, "", &response);
    if (!status) {
        json_t *bucket = json_loadb((const char *)response.body.at, response.body.used, 0, NULL);
        const char *id = json_string_value(json_object_get(bucket, "id"));
        s->known = id && !strcmp(id, s->bucket);
        if (!s->known)
            status = fail(TW_NETWORK,
                          "%s: what answers lists nothing and knows no such bucket: it is no "
                          "Supabase Storage; check SUPABASE_URL and the proxy",
                          store->url);
        json_decref(bucket);
    }
    http_response_free(&response);
    return status;
}

static int each_row(storage *store, const char *folder, row_callback each, void *context) {
    size_t got = PAGE, at;
    int status = 0;
    for (size_t offset = 0; !status && got == PAGE; offset += PAGE) {
        json_t *page;
        const json_t *row;
        if (offset == (size_t)MAX_PAGES * PAGE)
            return fail(TW_NETWORK, "%s/%s: the server lists more than %d entries, and no end",
                        store->url, folder, MAX_PAGES * PAGE);
        status = list_page(store, folder, offset, &page);
        got = json_array_size(page);
        if (!status && got > PAGE)
            status = fail(TW_NETWORK, "%s/%s: %d entries were asked for, and %zu came", store->url,
                          folder, PAGE, got);
        if (!status && !got && !offset)
            status = check_bucket(store);
        json_array_foreach(page, at, row) if (!status) status = each(context, row);
        json_decref(page);
    }
    return status;
}

typedef struct listing {
    storage_callback each;
    void *context;
} listing;

/* Objects have an id, folders have none. */
static int is_folder(const json_t *row) {
    return !json_is_string(json_object_get(row, "id"));
}

static int take_row(void *context, const json_t *row) {
    const listing *all = context;
    const char *name = json_string_value(json_object_get(row, "name"));
    json_int_t size = json_integer_value(json_object_get(json_object_get(row, "metadata"), "size"));
    if (!name || !storage_name_ok(name))
        return 0;
    return all->each(all->context,
                     &(storage_entry){name, is_folder(row), size > 0 ? (uint64_t)size : 0});
}

static int list(storage *store, const char *folder, storage_callback each, void *context) {
    int status = *folder ? storage_key_check(folder) : 0;
    return status ? status : each_row(store, folder, take_row, &(listing){each, context});
}

/* By the server's clock. */
static int take_leftover(void *context, const json_t *row) {
    const char *name = json_string_value(json_object_get(row, "name"));
    const char *created = json_string_value(json_object_get(row, "created_at"));
    int64_t at;
    if (name && created && !is_folder(row) && storage_is_leftover(name) &&
        instant_parse(created, strlen(created), &at) == 0 && at < instant_now() - LEFTOVER_AGE)
        json_array_append_new(context, json_string(name));
    return 0;
}

static int sweep(storage *store, const char *folder, int dry, size_t *count) {
    json_t *names = json_array(), *name;
    size_t at;
    int status = storage_key_check(folder);
    if (!status)
        status = each_row(store, folder, take_leftover, names);
    json_array_foreach(names, at, name) {
        char *key = xasprintf("%s/%s", folder, json_string_value(name));
        if (!status && !dry)
            status = remove_key(store, key);
        *count += !status;
        free(key);
    }
    json_decref(names);
    return status;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void close_supabase(storage *store) {
    supabase_storage *s = (supabase_storage *)store;
    http_close(s->client);
    free(s->endpoint);
    free(s->bucket);
    free(s->authorization);
    free(s->apikey);
    free(store->url);
    free(s);
}

/* The key itself, which the caller frees. A message never has any of its text. */
static int key_of(const storage_credential *given, char **key) {
    *key = NULL;
    if (!given->by_name) {
        *key = xstrndup(given->text, strlen(given->text));
        return 0;
    }
    json_t *all = json_loads(given->text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *one = json_object_get(all, "default");
    if (!one)
        one = json_object_iter_value(json_object_iter(all));
    const char *text = json_string_value(one);
    if (text && *text)
        *key = xstrndup(text, strlen(text));
    json_decref(all);
    return *key ? 0
                : fail(TW_USAGE,
                       "the variable %s: a JSON object of keys by name is expected, such as "
                       "{\"default\":\"sb_secret_...\"}; SUPABASE_SECRET_KEY takes one key alone",
                       given->name);
}

/* An sb_secret_ key is no token, but the Storage takes it as one where apikey has the same. */
static void set_key(supabase_storage *s, const char *key) {
    s->authorization = xasprintf("Authorization: Bearer %s", key);
    s->apikey = xasprintf("apikey: %s", key);
}

int supabase_storage_open(storage **opened, const char *bucket, const storage_settings *settings) {
    static const storage_operations operations = {put,           get,   head,          list,
                                                  remove_object, sweep, close_supabase};
    if (!storage_name_ok(bucket))
        return fail(TW_USAGE, "the storage URL: supabase://BUCKET is expected, of letters, digits, "
                              "'.', '_' and '-'");
    if (!settings->supabase_url || !settings->supabase_key.text)
        return fail(TW_USAGE,
                    "supabase://%s needs the variables SUPABASE_URL and "
                    "SUPABASE_SECRET_KEY; set them, or name a file by --env-file",
                    bucket);
    char *key;
    int status = key_of(&settings->supabase_key, &key);
    if (status)
        return status;
    supabase_storage *s = xcalloc(1, sizeof *s);
    size_t len = strlen(settings->supabase_url);
    while (len && settings->supabase_url[len - 1] == '/')
        len--;
    s->base = (storage){&operations, xasprintf("supabase://%s", bucket)};
    s->endpoint = xasprintf("%.*s/storage/v1", (int)len, settings->supabase_url);
    s->bucket = xstrndup(bucket, strlen(bucket));
    s->key_name = settings->supabase_key.name;
    set_key(s, key);
    free(key);
    status = http_open(&s->client, &(http_options){.timeout = settings->timeout});
    if (status)
        close_supabase(&s->base);
    else
        *opened = &s->base;
    return status;
}
