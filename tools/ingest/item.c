/* SPDX-License-Identifier: MIT */
#include "ingest/item.h"

#include "base/fail.h"
#include "base/message.h"
#include "format/uuid.h"
#include "net/http.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JST = 9 * 3600 };

long long item_whole(const json_t *value) {
    const char *at = json_string_value(value);
    long long number = 0;
    if (json_is_number(value)) {
        double real = json_number_value(value);
        return real >= 0 && real < 1e15 ? (long long)real : -1;
    }
    if (!at || !isdigit((unsigned char)*at))
        return -1;
    for (; isdigit((unsigned char)*at) || *at == ','; at++)
        if (*at != ',' && number < 100000000000000)
            number = number * 10 + (*at - '0');
    return number;
}

/* Text of a string or a number without spaces around it, or NULL; the caller frees it. */
static char *text_of(const json_t *value) {
    if (json_is_integer(value))
        return xasprintf("%lld", (long long)json_integer_value(value));
    const char *at = json_string_value(value);
    size_t len = at ? json_string_length(value) : 0;
    while (len && isspace((unsigned char)*at)) {
        at++;
        len--;
    }
    while (len && isspace((unsigned char)at[len - 1]))
        len--;
    if (!len || memchr(at, '\0', len))
        return NULL;
    return xstrndup(at, len);
}

static int put_text(json_t *listing, const char *name, const json_t *value) {
    char *text = text_of(value);
    if (text)
        json_object_set_new(listing, name, json_string(text));
    free(text);
    return text != NULL;
}

/* The name of the first entry of iteminfo.KIND. */
static void put_name(json_t *listing, const char *name, const json_t *info, const char *kind) {
    put_text(listing, name,
             json_object_get(json_array_get(json_object_get(info, kind), 0), "name"));
}

static void put_tags(json_t *listing, const json_t *info) {
    const json_t *genres = json_object_get(info, "genre"), *genre;
    size_t at;
    if (!json_is_array(genres))
        return;
    json_t *tags = json_array();
    json_array_foreach(genres, at, genre) {
        char *name = text_of(json_object_get(genre, "name"));
        if (name)
            json_array_append_new(tags, json_string(name));
        free(name);
    }
    json_object_set_new(listing, "tags", tags);
}

static void put_performers(json_t *listing, const json_t *info) {
    const json_t *all = json_object_get(info, "actress"), *one;
    size_t at;
    if (!json_is_array(all))
        return;
    json_t *performers = json_array();
    json_array_foreach(all, at, one) {
        char *id = text_of(json_object_get(one, "id")),
             *name = text_of(json_object_get(one, "name"));
        if (id) {
            char *key = xasprintf("performer:%s", id), uuid[UUID_TEXT];
            uuid_of_name(uuid, key);
            json_array_append_new(performers,
                                  json_pack("{s:s, s:s}", "id", uuid, "name", name ? name : id));
            free(key);
        }
        free(id);
        free(name);
    }
    json_object_set_new(listing, "performers", performers);
}

static void put_images(json_t *listing, const json_t *item) {
    static const char *const size[] = {"large", "small", "list"};
    const json_t *urls = json_object_get(item, "imageURL");
    json_t *images = json_array();
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        char *url = text_of(json_object_get(urls, size[i]));
        if (url)
            json_array_append_new(images, json_string(url));
        free(url);
    }
    if (json_array_size(images))
        json_object_set(listing, "image_urls", images);
    json_decref(images);
}

/* "2016-04-01 10:00:00" is the time in Japan. */
static void put_date(json_t *listing, const json_t *item) {
    char *date = text_of(json_object_get(item, "date")), text[21];
    int64_t seconds;
    size_t len = date ? strlen(date) : 0;
    if (len > 10 && date[10] == ' ')
        date[10] = 'T';
    if (date && instant_parse(date, len, &seconds) == 0) {
        instant_format(text, seconds - JST);
        json_object_set_new(listing, "product_released_at", json_string(text));
    }
    free(date);
}

/* The lowest price; the API writes "300~" where there are several. */
static void put_price(json_t *listing, const json_t *item) {
    long long price = item_whole(json_object_get(json_object_get(item, "prices"), "price"));
    if (price >= 0)
        json_object_set_new(listing, "price", json_integer(price));
}

/* Minutes as "120", 120 or "2:05:30" (hours, minutes, seconds). */
static void put_duration(json_t *listing, const json_t *item) {
    const json_t *volume = json_object_get(item, "volume");
    const char *text = json_string_value(volume);
    unsigned hours, minutes, seconds;
    long long duration = item_whole(volume) * 60;
    if (text && sscanf(text, "%3u:%2u:%2u", &hours, &minutes, &seconds) == 3)
        duration = hours * 3600LL + minutes * 60LL + seconds;
    if (duration > 0 && duration < 10000000)
        json_object_set_new(listing, "duration_seconds", json_integer(duration));
}

/* A link that credits `affiliate`, as the API's own affiliateURL credits its caller. */
static void put_url(json_t *listing, const json_t *item, const char *affiliate) {
    char *plain = text_of(json_object_get(item, "URL"));
    if (plain && affiliate) {
        char *inner = http_escape(plain), *id = http_escape(affiliate);
        char *link =
            xasprintf("https://al.dmm.co.jp/?lurl=%s&af_id=%s&ch=link_tool&ch_id=link", inner, id);
        json_object_set_new(listing, "product_url", json_string(link));
        free(link);
        free(inner);
        free(id);
    } else if (plain) {
        json_object_set_new(listing, "product_url", json_string(plain));
    }
    free(plain);
}

json_t *item_listing(const json_t *item, const item_options *options) {
    const json_t *info = json_object_get(item, "iteminfo");
    char uuid[UUID_TEXT];
    json_t *listing = json_object();
    if (!put_text(listing, "external_id", json_object_get(item, "content_id")) ||
        !put_text(listing, "title", json_object_get(item, "title"))) {
        json_decref(listing);
        return NULL;
    }
    uuid_of_name(uuid, json_string_value(json_object_get(listing, "external_id")));
    json_object_set_new(listing, "id", json_string(uuid));
    json_object_set_new(listing, "source", json_string(options->site));
    put_url(listing, item, options->affiliate);
    put_name(listing, "maker", info, "maker");
    put_name(listing, "label", info, "label");
    put_name(listing, "series", info, "series");
    put_date(listing, item);
    put_price(listing, item);
    put_duration(listing, item);
    put_images(listing, item);
    put_tags(listing, info);
    put_performers(listing, info);
    return listing;
}
