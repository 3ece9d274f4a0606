/* SPDX-License-Identifier: MIT */
#include "release/run_list.h"

#include "base/fail.h"

#include <stdlib.h>
#include <string.h>

const char *const environment_names[ENVIRONMENTS] = {"production", "staging"};

static int take_folder(void *context, const storage_entry *entry) {
    run_list *all = context;
    if (!entry->is_folder)
        return 0;
    if (publish_check_run_id(entry->name)) {
        fail_clear();
        return 0;
    }
    all->run = xgrow(all->run, all->count, &all->capacity, sizeof *all->run);
    all->run[all->count++] = (listed_run){.run_id = xstrndup(entry->name, strlen(entry->name))};
    return 0;
}

static int take_object(void *context, const storage_entry *entry) {
    listed_run *run = context;
    if (entry->is_folder)
        return 0;
    run->objects++;
    run->bytes += entry->size;
    if (!strcmp(entry->name, "manifest.json"))
        run->whole = 1;
    return 0;
}

static int is_run(const json_t *of, const char *run_id) {
    const char *id = json_string_value(json_object_get(of, "run_id"));
    return id && !strcmp(id, run_id);
}

int run_list_mark(const publish *p, run_list *all) {
    for (size_t i = 0; i < all->count; i++)
        all->run[i].current = all->run[i].previous = 0;
    for (int e = 0; e < ENVIRONMENTS; e++) {
        publish one = *p;
        one.environment = environment_names[e];
        json_decref(all->newest[e]);
        int status = log_newest(&one, &all->newest[e]);
        if (status)
            return status;
        for (size_t i = 0; all->newest[e] && i < all->count; i++) {
            listed_run *run = &all->run[i];
            if (is_run(json_object_get(all->newest[e], "current"), run->run_id))
                run->current |= 1 << e;
            for (size_t at = 0; record_previous(all->newest[e], at); at++)
                if (is_run(record_previous(all->newest[e], at), run->run_id))
                    run->previous |= 1 << e;
        }
    }
    return 0;
}

static int by_id(const void *left, const void *right) {
    return strcmp(((const listed_run *)left)->run_id, ((const listed_run *)right)->run_id);
}

int run_list_read(const publish *p, run_list *all) {
    *all = (run_list){0};
    int status = p->store->operations->list(p->store, p->prefix, take_folder, all);
    if (all->count)
        qsort(all->run, all->count, sizeof *all->run, by_id);
    for (size_t i = 0; !status && i < all->count; i++) {
        char *folder = xasprintf("%s/%s", p->prefix, all->run[i].run_id);
        status = p->store->operations->list(p->store, folder, take_object, &all->run[i]);
        free(folder);
    }
    if (!status)
        status = run_list_mark(p, all);
    if (status)
        run_list_free(all);
    return status;
}

void run_list_free(run_list *all) {
    for (size_t i = 0; i < all->count; i++)
        free(all->run[i].run_id);
    for (int e = 0; e < ENVIRONMENTS; e++)
        json_decref(all->newest[e]);
    free(all->run);
    *all = (run_list){0};
}
