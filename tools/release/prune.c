/* SPDX-License-Identifier: MIT */
#include "release/prune.h"

#include "base/fail.h"
#include "base/message.h"
#include "sign/inventory.h"

#include <stdlib.h>
#include <string.h>

static int take_name(void *context, const storage_entry *entry) {
    if (!entry->is_folder && strcmp(entry->name, "manifest.json") != 0)
        json_array_append_new(context, json_string(entry->name));
    return 0;
}

static int remove_key(const publish *p, const char *run_id, const char *name) {
    char *key = key_of_run(p, run_id, name);
    int status = p->store->operations->remove(p->store, key);
    free(key);
    return status;
}

static int remove_files(const publish *p, const char *run_id) {
    json_t *names = json_array();
    char *folder = xasprintf("%s/%s", p->prefix, run_id);
    int status = p->store->operations->list(p->store, folder, take_name, names);
    for (size_t i = 0; !status && i < json_array_size(names); i++) {
        progress_show("removing objects", i + 1, json_array_size(names));
        status = remove_key(p, run_id, json_string_value(json_array_get(names, i)));
    }
    progress_end();
    free(folder);
    json_decref(names);
    return status;
}

static int may_go(const listed_run *run) {
    return run->whole && !run->current && !run->previous;
}

/* The inventory goes first: from then on the run is not whole, and activate_run takes back a
 * release of it.  A release that came before is seen in the log, and the inventory comes back. */
static int remove_run(const publish *p, run_list *all, size_t at, json_t *removed) {
    const char *run_id = all->run[at].run_id;
    char *key = key_of_run(p, run_id, "manifest.json");
    bytes text = {NULL, 0, 0};
    int found = 0, status = storage_read(p->store, key, INVENTORY_MOST, &text, &found);
    if (!status)
        status = remove_key(p, run_id, "manifest.json");
    if (!status)
        status = run_list_mark(p, all);
    if (!status && found && !may_go(&all->run[at])) {
        log_info("run %s was activated in the meantime: it stays", run_id);
        status = document_create(p, key, &text);
    } else if (!status) {
        status = remove_files(p, run_id);
        if (!status)
            json_array_append_new(removed, json_string(run_id));
    }
    bytes_free(&text);
    free(key);
    return status;
}

/* The log is read again before each run. */
static int remove_unless_named(const publish *p, run_list *all, size_t at, json_t *removed) {
    int status = run_list_mark(p, all);
    if (status || !may_go(&all->run[at]))
        return status;
    return remove_run(p, all, at, removed);
}

/* ---- What killed commands left
 * ---------------------------------------------------------------- */

typedef struct folders {
    json_t *names; /* of those to sweep, from the root */
    const char *above;
} folders;

static int take_below(void *context, const storage_entry *entry) {
    const folders *all = context;
    if (entry->is_folder) {
        char *name = xasprintf("%s/%s", all->above, entry->name);
        json_array_append_new(all->names, json_string(name));
        free(name);
    }
    return 0;
}

int prune_leftovers(const publish *p, int dry_run, size_t *removed) {
    folders all = {json_array(), NULL};
    int status = 0;
    *removed = 0;
    json_array_append_new(all.names, json_string(p->prefix));
    for (size_t i = 0; !status && i < json_array_size(all.names); i++) {
        all.above = json_string_value(json_array_get(all.names, i));
        status = p->store->operations->sweep(p->store, all.above, dry_run, removed);
        if (!status)
            status = p->store->operations->list(p->store, all.above, take_below, &all);
    }
    json_decref(all.names);
    return status;
}

int prune_runs(const publish *p, size_t keep, int dry_run, json_t *removed) {
    run_list all;
    size_t kept = 0;
    int status = run_list_read(p, &all);
    if (status)
        return status;
    for (size_t i = all.count; !status && i-- > 0;) {
        if (!all.run[i].whole || kept++ < keep || !may_go(&all.run[i]))
            continue;
        if (dry_run)
            json_array_append_new(removed, json_string(all.run[i].run_id));
        else
            status = remove_unless_named(p, &all, i, removed);
    }
    run_list_free(&all);
    return status;
}

int prune_kept(const publish *p, json_t *kept) {
    run_list all;
    int status = run_list_read(p, &all);
    if (status)
        return status;
    for (size_t i = 0; i < all.count; i++)
        if (all.run[i].current || all.run[i].previous)
            json_array_append_new(kept, json_string(all.run[i].run_id));
    run_list_free(&all);
    return 0;
}
