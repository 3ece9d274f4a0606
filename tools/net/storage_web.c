/* SPDX-License-Identifier: MIT */
/* A web server to read objects from, such as a public bucket or a CDN before it. */
#include "base/fail.h"
#include "net/http.h"
#include "net/storage.h"

#include <stdlib.h>
#include <string.h>

typedef struct web_storage {
    storage base; /* first: a storage is one of these */
    http *client;
    char *root; /* without a '/' at its end */
} web_storage;

static int ask(storage *store, const char *key, http_request *request, http_response *response,
               int *found) {
    web_storage *web = (web_storage *)store;
    int status = storage_key_check(key);
    *found = 0;
    if (status)
        return status;
    char *url = xasprintf("%s/%s", web->root, key);
    request->url = url;
    status = http_send(web->client, request, response);
    /* A public bucket of Supabase says 400 of what it has not. */
    int missing = response->status == 404 || response->status == 410 || response->status == 400;
    if (!status && response->status != 200 && !missing)
        status =
            fail(TW_NETWORK, "%s/%s: the server answers %ld", store->url, key, response->status);
    *found = !status && !missing;
    free(url);
    return status;
}

static int get(storage *store, const char *key, uint64_t limit, storage_sink sink, void *context,
               int *found) {
    http_request request = {.method = "GET", .sink = sink, .sink_context = context, .limit = limit};
    http_response response = {.length = -1};
    int status = ask(store, key, &request, &response, found);
    http_response_free(&response);
    return status;
}

static int head(storage *store, const char *key, int *found, uint64_t *size) {
    http_request request = {.method = "HEAD"};
    http_response response = {.length = -1};
    int status = ask(store, key, &request, &response, found);
    *size = response.length > 0 ? (uint64_t)response.length : 0;
    http_response_free(&response);
    return status;
}

static int refuse(const storage *store) {
    return fail(TW_USAGE,
                "%s can be read only; name supabase://BUCKET or file:DIR by "
                "--storage-url",
                store->url);
}

static int put(storage *store, const char *key, const storage_body *body, int create) {
    (void)key;
    (void)body;
    (void)create;
    return refuse(store);
}

static int list(storage *store, const char *folder, storage_callback each, void *context) {
    (void)folder;
    (void)each;
    (void)context;
    return refuse(store);
}

static int remove_object(storage *store, const char *key) {
    (void)key;
    return refuse(store);
}

static int sweep(storage *store, const char *folder, int dry, size_t *count) {
    (void)folder;
    (void)dry;
    (void)count;
    return refuse(store);
}

static void close_web(storage *store) {
    web_storage *web = (web_storage *)store;
    http_close(web->client);
    free(web->root);
    free(store->url);
    free(web);
}

int web_storage_open(storage **opened, const char *url, const storage_settings *settings) {
    static const storage_operations operations = {put,           get,   head,     list,
                                                  remove_object, sweep, close_web};
    size_t len = strlen(url);
    while (len && url[len - 1] == '/')
        len--;
    web_storage *web = xcalloc(1, sizeof *web);
    web->root = xstrndup(url, len);
    web->base = (storage){&operations, http_shown(web->root)};
    int status = http_open(&web->client, &(http_options){.timeout = settings->timeout});
    if (status)
        close_web(&web->base);
    else
        *opened = &web->base;
    return status;
}
