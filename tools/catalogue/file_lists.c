/* SPDX-License-Identifier: MIT */
/* video_tags.csv and video_performers.csv take the lists of listings. */
#include "catalogue/file_store.h"

#include "base/fail.h"
#include "base/map.h"
#include "catalogue/groups.h"
#include "format/csv.h"

#include <stdlib.h>
#include <string.h>

/* A table of (video_id, value) rows, and what it is called where it is made here. */
typedef struct list_table {
    const char *member, *file, *value[3], *made;
} list_table;

static const list_table tables[] = {
    {"tags", "video_tags.csv", {"tag"}, "tag"},
    {"performers", "video_performers.csv", {"performer", "performer_id"}, "performer_id"}};

typedef struct list_pass {
    const list_table *table;
    const store_listings *batch;
    char *const *id;
    unsigned char *replaced; /* [listings] */
    map by_video;            /* id -> listing, of those that are replaced */
    csv *old;
    int video, value, name; /* columns of the old table */
    int columns;
    output out;
} list_pass;

static const json_t *list_of(const list_pass *pass, size_t listing) {
    return json_object_get(json_array_get(pass->batch->listings, listing), pass->table->member);
}

/* The value of an entry, which is a text or an object with an id. */
static tt_text entry_text(const json_t *entry) {
    const json_t *value = json_is_string(entry) ? entry : json_object_get(entry, "id");
    return (tt_text){json_string_value(value), json_string_length(value)};
}

static int holds(const tt_text *all, size_t count, tt_text one) {
    for (size_t i = 0; i < count; i++)
        if (all[i].len == one.len && !memcmp(all[i].at, one.at, one.len))
            return 1;
    return 0;
}

/* Is the list the set of `count` distinct values? */
static int same_set(const json_t *list, const tt_text *value, uint32_t count) {
    size_t distinct = 0, n = json_array_size(list);
    tt_text *seen = xmalloc((n + 1) * sizeof *seen);
    int same = 1;
    for (size_t i = 0; i < n && same; i++) {
        tt_text one = entry_text(json_array_get(list, i));
        same = holds(value, count, one);
        if (!holds(seen, distinct, one))
            seen[distinct++] = one;
    }
    free(seen);
    return same && distinct == count;
}

/* Which lists differ from those of the table. */
static int compare(list_pass *pass, const char *path, unsigned char *changed, int *any) {
    groups *old = NULL;
    int status = groups_read(&old, path, "video_id", pass->table->value);
    for (size_t i = 0; !status && i < json_array_size(pass->batch->listings); i++) {
        const json_t *list = list_of(pass, i);
        tt_text id = {pass->id[i], strlen(pass->id[i])};
        const tt_text *value;
        if (!list)
            continue;
        uint32_t count = groups_get(old, id, &value);
        if (same_set(list, value, count))
            continue;
        pass->replaced[i] = changed[i] = 1;
        (void)map_put(&pass->by_video, id, (uint32_t)i);
        *any = 1;
    }
    groups_free(old);
    return status;
}

static int open_old(list_pass *pass, const char *path) {
    int status = csv_exists(path) ? csv_open(&pass->old, path) : 0;
    if (status || !pass->old)
        return status;
    pass->columns = csv_columns(pass->old);
    pass->name = csv_find(pass->old, "name");
    pass->value = -1;
    for (const char *const *name = pass->table->value; *name && pass->value < 0; name++)
        pass->value = csv_find(pass->old, *name);
    return csv_need(pass->old, "video_id", &pass->video);
}

static int put_header(list_pass *pass) {
    int status = 0;
    if (!pass->old) {
        int named = !strcmp(pass->table->member, "performers");
        pass->video = 0;
        pass->value = 1;
        pass->name = named ? 2 : -1;
        pass->columns = 2 + named;
        return output_format(&pass->out, "video_id,%s%s\n", pass->table->made,
                             named ? ",name" : "");
    }
    for (int c = 0; !status && c < pass->columns; c++)
        status = csv_put(&pass->out, csv_column(pass->old, c), c == pass->columns - 1);
    return status;
}

static int keep_others(list_pass *pass) {
    int more = 0, status = pass->old ? csv_next(pass->old, &more) : 0;
    while (!status && more) {
        uint32_t listing;
        if (!map_get(&pass->by_video, csv_text(pass->old, pass->video), &listing))
            for (int c = 0; !status && c < pass->columns; c++)
                status = csv_put(&pass->out, csv_text(pass->old, c), c == pass->columns - 1);
        if (!status)
            status = csv_next(pass->old, &more);
    }
    return status;
}

static int put_entry(list_pass *pass, const char *id, const json_t *entry) {
    const json_t *name = json_object_get(entry, "name");
    int status = 0;
    for (int c = 0; !status && c < pass->columns; c++) {
        tt_text text = {"", 0};
        if (c == pass->video)
            text = (tt_text){id, strlen(id)};
        else if (c == pass->value)
            text = entry_text(entry);
        else if (c == pass->name && name)
            text = (tt_text){json_string_value(name), json_string_length(name)};
        status = csv_put(&pass->out, text, c == pass->columns - 1);
    }
    return status;
}

static int put_new(list_pass *pass) {
    int status = 0;
    for (size_t i = 0; i < json_array_size(pass->batch->listings); i++) {
        const json_t *entry;
        size_t at;
        if (!pass->replaced[i])
            continue;
        json_array_foreach(list_of(pass, i), at, entry) {
            if (!status)
                status = put_entry(pass, pass->id[i], entry);
        }
    }
    return status;
}

static int rewrite(list_pass *pass, const char *path) {
    int status = open_old(pass, path);
    if (!status)
        status = output_open(&pass->out, path);
    if (!status)
        status = put_header(pass);
    if (!status)
        status = keep_others(pass);
    if (!status)
        status = put_new(pass);
    if (!status)
        status = output_commit(&pass->out);
    output_abandon(&pass->out);
    if (pass->old)
        csv_close(pass->old);
    return status;
}

int file_replace_lists(const file_store *files, const char *member, const store_listings *batch,
                       char *const *id, unsigned char *changed) {
    list_pass pass = {.out = {.fd = -1},
                      .table = &tables[strcmp(member, tables[0].member) != 0],
                      .batch = batch,
                      .id = id,
                      .replaced = xcalloc(json_array_size(batch->listings) + 1, 1)};
    char *path = file_store_path(files, pass.table->file);
    int any = 0, status = compare(&pass, path, changed, &any);
    if (!status && any && !batch->dry)
        status = rewrite(&pass, path);
    map_free(&pass.by_video);
    free(pass.replaced);
    free(path);
    return status;
}
