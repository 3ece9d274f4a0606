/* SPDX-License-Identifier: MIT */
#include "ingest/ingest.h"

#include "base/arena.h"
#include "base/fail.h"
#include "base/map.h"
#include "base/message.h"
#include "ingest/item.h"
#include "ingest/itemlist.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOGETHER = 1000, REREADS = 2, MAX_DAYS = 36500 };

typedef struct pass {
    const ingest_settings *settings;
    store *store;
    itemlist api;
    item_options items;
    ingest_counts *counts;
    char *source;    /* FANZA/digital/videoa */
    json_t *windows; /* [[FROM, TO], ...]: what is still to be read */
    int64_t watermark, until;
    int known; /* there is a watermark */
    json_t *batch;
    map seen; /* content ids of this window */
    arena text;
} pass;

static json_t *instant_json(int64_t instant) {
    char text[21];
    instant_format(text, instant);
    return json_string(text);
}

static int instant_of(const json_t *value, int64_t *instant) {
    const char *text = json_string_value(value);
    return text && instant_parse(text, strlen(text), instant) == 0;
}

static void add_window(json_t *windows, size_t at, int64_t from, int64_t to) {
    json_array_insert_new(windows, at, json_pack("[o, o]", instant_json(from), instant_json(to)));
}

static int window_at(const json_t *windows, size_t at, window *of) {
    const json_t *pair = json_array_get(windows, at);
    return instant_of(json_array_get(pair, 0), &of->from) &&
           instant_of(json_array_get(pair, 1), &of->to) && of->from <= of->to;
}

/* ---- The store ----------------------------------------------------------------------- */

/* Stores what waits, with where the pass stands: at `offset` of the first window. */
static int flush(pass *p, uint64_t offset) {
    json_t *cursor = json_array_size(p->windows)
                         ? json_pack("{s:O, s:I, s:o}", "windows", p->windows, "offset",
                                     (json_int_t)offset, "until", instant_json(p->until))
                         : json_null();
    json_t *state =
        json_pack("{s:o, s:o}", "watermark", instant_json(p->watermark), "cursor", cursor);
    listing_counts counts = {0};
    const store_listings batch = {p->source, p->batch, state, p->settings->dry};
    int status = p->store->operations->list_videos(p->store, &batch, &counts);
    p->counts->added += counts.added;
    p->counts->changed += counts.changed;
    p->counts->same += counts.same;
    json_array_clear(p->batch);
    json_decref(state);
    return status;
}

/* Takes an item, unless this window has shown it before. */
static void take(pass *p, const json_t *item) {
    json_t *listing = item_listing(item, &p->items);
    const char *id = json_string_value(json_object_get(listing, "external_id"));
    uint32_t at;
    if (!listing) {
        p->counts->unusable++;
        return;
    }
    tt_text key = {id, strlen(id)};
    if (map_get(&p->seen, key, &at)) {
        json_decref(listing);
        return;
    }
    (void)map_put(&p->seen, arena_text(&p->text, key), 0);
    json_array_append_new(p->batch, listing);
    p->counts->read++;
}

static void forget_seen(pass *p) {
    map_free(&p->seen);
    arena_free(&p->text);
    p->seen = (map){0};
    p->text = (arena){0};
}

/* ---- One window ---------------------------------------------------------------------- */

/* The API shows no more than ITEMLIST_DEEPEST of a window: it becomes two. */
static int split(pass *p, const window *of) {
    if (of->from >= of->to)
        return fail(TW_INPUT, "more than %d releases within one second cannot be read",
                    ITEMLIST_DEEPEST);
    int64_t middle = of->from + (of->to - of->from) / 2;
    json_array_remove(p->windows, 0);
    add_window(p->windows, 0, of->from, middle);
    add_window(p->windows, 1, middle + 1, of->to);
    return 0;
}

/* Reads from `offset` to the end. *total: the releases that the API counts; *halved: the
 * window was too large. */
static int read_pages(pass *p, const window *of, uint64_t offset, uint64_t *total, int *halved) {
    for (*total = offset; offset <= *total;) {
        itemlist_page page;
        int status = itemlist_read(&p->api, of, offset, &page);
        const json_t *item;
        size_t i;
        if (status)
            return status;
        *total = page.total;
        *halved = page.total > ITEMLIST_DEEPEST;
        if (!*halved)
            json_array_foreach(page.items, i, item) take(p, item);
        offset = page.next > offset ? page.next : offset + 1;
        json_decref(page.document);
        if (*halved)
            return split(p, of);
        progress_show("ingesting", offset - 1, *total);
        if (json_array_size(p->batch) >= TOGETHER)
            status = flush(p, offset);
        if (status)
            return status;
    }
    return 0;
}

/* A release that comes or goes while pages are read moves the others: where fewer were seen than
 * the API counts, the window is read once more. */
static int read_window(pass *p, const window *of, uint64_t offset) {
    uint64_t total = 0;
    int halved = 0, status = read_pages(p, of, offset, &total, &halved);
    for (int again = 0; !status && !halved && offset == 1 && again < REREADS; again++) {
        if (p->seen.used >= total)
            break;
        status = read_pages(p, of, 1, &total, &halved);
    }
    if (!status && !halved)
        json_array_remove(p->windows, 0);
    forget_seen(p);
    return status;
}

static int read_windows(pass *p, uint64_t offset) {
    int status = 0;
    while (!status && json_array_size(p->windows)) {
        window of;
        if (!window_at(p->windows, 0, &of))
            return fail(TW_INPUT, "%s: the ingest state of %s is damaged; delete it", p->store->url,
                        p->source);
        status = read_window(p, &of, offset);
        offset = 1;
    }
    if (!status && (!p->known || p->until > p->watermark)) {
        p->watermark = p->until;
        p->known = 1;
    }
    return status ? status : flush(p, 1);
}

/* ---- What is due --------------------------------------------------------------------- */

static int read_day(const char *name, const char *text, int64_t *instant) {
    if (!text || !*text)
        return 0;
    if (window_day(text, instant) != 0)
        return fail(TW_USAGE, "--%s takes a day such as 2025-01-31", name);
    return 0;
}

/* Takes over what an interrupted pass left. */
static int resume(pass *p, const json_t *state) {
    const json_t *cursor = json_object_get(state, "cursor");
    json_int_t offset = json_integer_value(json_object_get(cursor, "offset"));
    p->known = instant_of(json_object_get(state, "watermark"), &p->watermark);
    if (!json_is_object(cursor))
        return 0;
    if (!instant_of(json_object_get(cursor, "until"), &p->until))
        return fail(TW_INPUT, "%s: the ingest state of %s is damaged; delete it", p->store->url,
                    p->source);
    json_array_extend(p->windows, json_object_get(cursor, "windows"));
    return read_windows(p, offset > 0 ? (uint64_t)offset : 1);
}

static int due(pass *p) {
    const ingest_settings *settings = p->settings;
    const uint64_t lookback = settings->lookback_days;
    int64_t today = window_day_of(settings->as_of), from = INT64_MIN, last = today;
    if (lookback < 1 || lookback > MAX_DAYS)
        return fail(TW_USAGE, "lookback days: 1 to %d are expected", MAX_DAYS);
    int status = read_day("gte-release-date", settings->first_day, &from);
    if (!status)
        status = read_day("lte-release-date", settings->last_day, &last);
    if (status)
        return status;
    int given = from != INT64_MIN;
    if (!given) {
        from = today - ((int64_t)lookback - 1) * WINDOW_DAY;
        if (p->known && window_day_of(p->watermark) < from)
            from = window_day_of(p->watermark);
    }
    if (from > last)
        return fail(TW_USAGE, "the first release date is after the last one");
    /* A gap that was not read keeps the watermark where it is. */
    int64_t until = last < today ? last + WINDOW_DAY : today;
    p->until = p->known && from > p->watermark ? p->watermark : until;
    if (!p->known)
        p->watermark = from;
    add_window(p->windows, 0, from, last + WINDOW_DAY - 1);
    instant_format(p->counts->from, from);
    instant_format(p->counts->until, last + WINDOW_DAY - 1);
    return read_windows(p, 1);
}

static int need_variable(const char *name, const char *value) {
    if (!value || !*value)
        return fail(TW_USAGE,
                    "%s is not set; the ItemList API wants it (environment or --env-file)", name);
    return 0;
}

static int begin(pass *p) {
    const ingest_settings *settings = p->settings;
    const char *link = settings->link_affiliate_id;
    p->api = (itemlist){.url = settings->api_url,
                        .site = settings->site,
                        .service = settings->service,
                        .floor = settings->floor,
                        .api_id = settings->api_id,
                        .affiliate_id = settings->affiliate_id,
                        .interval = settings->interval};
    if (p->api.interval < 0 || p->api.interval > 3600)
        return fail(TW_USAGE, "interval: 0 to 3600 seconds are expected");
    int status = need_variable("FANZA_API_ID", p->api.api_id);
    if (!status)
        status = need_variable("FANZA_API_AFFILIATE_ID", p->api.affiliate_id);
    p->items = (item_options){p->api.site, link && *link ? link : NULL};
    p->source = xasprintf("%s/%s/%s", p->api.site, p->api.service, p->api.floor);
    return status ? status : itemlist_open(&p->api);
}

ingest_settings ingest_settings_default(void) {
    return (ingest_settings){.api_url = "https://api.dmm.com/affiliate/v3",
                             .site = "FANZA",
                             .service = "digital",
                             .floor = "videoa",
                             .interval = 1,
                             .lookback_days = 3,
                             .as_of = instant_now()};
}

int ingest_run(const ingest_settings *settings, store *to, ingest_counts *counts) {
    pass p = {.settings = settings,
              .store = to,
              .counts = counts,
              .windows = json_array(),
              .batch = json_array()};
    json_t *state = NULL;
    *counts = (ingest_counts){0};
    int status = begin(&p);
    if (!status)
        status = to->operations->ingest_state(to, p.source, &state);
    if (!status)
        status = resume(&p, state);
    if (!status)
        status = due(&p);
    progress_end();
    counts->waited = p.api.waited;
    itemlist_close(&p.api);
    forget_seen(&p);
    json_decref(state);
    json_decref(p.windows);
    json_decref(p.batch);
    free(p.source);
    return status;
}

json_t *ingest_summary(const ingest_counts *of, int dry) {
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s, s:s, s:f, s:b}", "read", (json_int_t)of->read,
                     "unusable", (json_int_t)of->unusable, "added", (json_int_t)of->added,
                     "changed", (json_int_t)of->changed, "same", (json_int_t)of->same, "from",
                     of->from, "until", of->until, "api_seconds", of->waited, "dry_run", dry);
}
