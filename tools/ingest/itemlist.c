/* SPDX-License-Identifier: MIT */
#include "ingest/itemlist.h"

#include "base/fail.h"
#include "base/message.h"
#include "ingest/item.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIES = 4, MAX_BYTES = 64 << 20 };

int itemlist_open(itemlist *api) {
    const http_options options = {0};
    api->_next = 0;
    return http_open(&api->_client, &options);
}

void itemlist_close(itemlist *api) {
    http_close(api->_client);
    api->_client = NULL;
}

/* Sleeps until the next request may go out, and `more` seconds; a signal ends it. */
static int wait_turn(itemlist *api, double more) {
    int status = interrupted();
    for (double left; !status && (left = api->_next + more - seconds_now()) > 0;) {
        double nap = left < 0.2 ? left : 0.2;
        const struct timespec time = {0, (long)(nap * 1e9)};
        nanosleep(&time, NULL);
        status = interrupted();
    }
    api->_next = seconds_now() + api->interval;
    return status;
}

static char *page_url(const itemlist *api, const window *of, uint64_t offset) {
    const char *const value[] = {api->api_id, api->affiliate_id, api->site, api->service,
                                 api->floor};
    char from[20], to[20], *text[5];
    window_text(from, of->from);
    window_text(to, of->to);
    for (int i = 0; i < 5; i++)
        text[i] = http_escape(value[i]);
    char *url = xasprintf("%s/ItemList?api_id=%s&affiliate_id=%s&site=%s&service=%s&floor=%s"
                          "&hits=%d&offset=%llu&sort=date&gte_date=%s&lte_date=%s&output=json",
                          api->url, text[0], text[1], text[2], text[3], text[4], ITEMLIST_HITS,
                          (unsigned long long)offset, from, to);
    for (int i = 0; i < 5; i++)
        free(text[i]);
    return url;
}

/* A refusal as the API words it: {"result": {"status", "message", "errors": {field: why}}}. */
static int refuse(const itemlist *api, const json_t *document, long http_status) {
    const json_t *result = json_object_get(document, "result"), *why;
    const char *message = json_string_value(json_object_get(result, "message")), *field;
    json_object_foreach((json_t *)json_object_get(result, "errors"), field, why) {
        const char *text = json_string_value(why);
        return fail(TW_INPUT,
                    "%s refuses '%.40s': %.200s; see FANZA_API_ID and FANZA_API_AFFILIATE_ID",
                    api->url, field, text ? text : "no reason given");
    }
    return fail(TW_INPUT, "%s answers %ld%s%.200s; see FANZA_API_ID and FANZA_API_AFFILIATE_ID",
                api->url, http_status, message ? ": " : "", message ? message : "");
}

/* Reads a body. *again: it is broken, or says that the server is not well. */
static int parse(const itemlist *api, const http_response *answer, uint64_t offset,
                 itemlist_page *page, int *again) {
    json_t *document = json_loadb(answer->body.at ? (const char *)answer->body.at : "",
                                  answer->body.used, JSON_ALLOW_NUL, NULL);
    const json_t *result = json_object_get(document, "result");
    long long said = item_whole(json_object_get(result, "status"));
    int status = 0;
    page->document = document;
    page->items = json_object_get(result, "items");
    if (answer->status / 100 == 4 || (said >= 400 && said < 500 && said != 429)) {
        status = refuse(api, document, said > 0 ? (long)said : answer->status);
    } else if (!json_is_object(result) || (said >= 0 && said != 200)) {
        *again = 1;
    } else {
        long long total = item_whole(json_object_get(result, "total_count"));
        long long first = item_whole(json_object_get(result, "first_position"));
        size_t count = json_array_size(page->items);
        page->total = total > 0 ? (uint64_t)total : 0;
        page->next = (first > 0 ? (uint64_t)first : offset) + count;
        *again = total < 0 || (!count && offset <= page->total);
    }
    if (status || *again) {
        json_decref(document);
        page->document = NULL;
    }
    return status;
}

int itemlist_read(itemlist *api, const window *of, uint64_t offset, itemlist_page *page) {
    char *url = page_url(api, of, offset);
    const http_request request = {.method = "GET", .url = url, .limit = MAX_BYTES};
    int status = 0, again = 1;
    *page = (itemlist_page){0};
    for (int tries = 0; !status && again && tries < TRIES; tries++) {
        http_response answer = {0};
        const double started = seconds_now();
        again = 0;
        status = wait_turn(api, tries ? api->interval * (1 << tries) : 0);
        if (!status)
            status = http_send(api->_client, &request, &answer);
        api->waited += seconds_now() - started;
        if (!status)
            status = parse(api, &answer, offset, page, &again);
        http_response_free(&answer);
    }
    if (!status && again)
        status = fail(TW_NETWORK,
                      "%s gives no usable page at offset %llu; run the command again later, it "
                      "goes on from here",
                      api->url, (unsigned long long)offset);
    free(url);
    return status;
}
