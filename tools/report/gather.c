/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/message.h"
#include "base/parallel.h"
#include "catalogue/leak.h"
#include "evaluation/baseline.h"
#include "evaluation/segments.h"
#include "evaluation/unseen.h"
#include "format/utf8.h"
#include "report/read.h"
#include "report/report.h"

#include <stdlib.h>
#include <string.h>

json_t *report_text(tt_text text) {
    if (utf8_valid(text.at, text.len))
        return json_stringn(text.at, text.len);
    char *clean = xmalloc(3 * text.len + 1);
    size_t used = 0;
    for (size_t at = 0; at < text.len;) {
        int cut;
        size_t whole = utf8_prefix(text.at + at, text.len - at, &cut);
        memcpy(clean + used, text.at + at, whole);
        used += whole;
        at += whole;
        if (at < text.len) {
            memcpy(clean + used, "\xef\xbf\xbd", 3);
            used += 3;
            at++;
        }
    }
    json_t *made = json_stringn(clean, used);
    free(clean);
    return made;
}

/* ---- Lists ---------------------------------------------------------------------------- */

typedef struct listing {
    const report *of;
    report_run *run;
    tt_rows rows;
    uint32_t *without; /* [threads][items] */
    tt_hit *hits;      /* [threads][k] */
} listing;

static int list_users(void *context, uint32_t thread, uint32_t begin, uint32_t end) {
    listing *l = context;
    const item_lists *known = &l->of->task.train;
    const embedded *items = &l->run->items, *users = &l->run->users;
    uint32_t k = l->of->task.k;
    uint32_t *without = l->without + (size_t)thread * (items->count + 1);
    tt_hit *hits = l->hits + (size_t)thread * k;
    for (uint32_t u = begin; u < end; u++) {
        size_t n = 0, held;
        uint32_t at = known->offset[u];
        if (!users->made[u])
            continue;
        for (uint32_t i = 0; i < items->count; i++) {
            while (at < known->offset[u + 1] && known->item[at] < i)
                at++;
            if (!items->made[i] || (at < known->offset[u + 1] && known->item[at] == i))
                without[n++] = i;
        }
        held = tt_topk(tt_kernels_best(), &l->rows, users->vector + (size_t)u * users->dim, without,
                       n, hits, k);
        for (size_t r = 0; r < held; r++) {
            l->run->top[(size_t)u * k + r] = hits[r].index;
            l->run->score[(size_t)u * k + r] = hits[r].score;
        }
    }
    return 0;
}

/* The rows as the core reads them, little-endian, in half precision: as they are served. */
int report_lists(const report *of, report_run *run) {
    uint32_t users = of->data.users.count, k = of->task.k, threads = of->task.threads;
    size_t numbers = (size_t)run->items.count * run->items.dim;
    unsigned char *halves = xmalloc(2 * numbers + 1);
    for (size_t i = 0; i < numbers; i++) {
        uint16_t half = tt_half_from_float(run->items.vector[i]);
        halves[2 * i] = (unsigned char)half;
        halves[2 * i + 1] = (unsigned char)(half >> 8);
    }
    run->top = xmalloc(((size_t)users * k + 1) * sizeof *run->top);
    run->score = xcalloc((size_t)users * k + 1, sizeof *run->score);
    for (size_t i = 0; i < (size_t)users * k; i++)
        run->top[i] = UINT32_MAX;
    listing l = {of,
                 run,
                 {halves, run->items.count, run->items.dim, TT_F16},
                 xmalloc((size_t)threads * (run->items.count + 1) * sizeof *l.without),
                 xmalloc((size_t)threads * k * sizeof *l.hits)};
    int status = parallel_for("recommending", threads, users, 16, list_users, &l);
    free(l.without);
    free(l.hits);
    free(halves);
    return status;
}

/* ---- What the page shows ----------------------------------------------------------------- */

/* `most` of the users, evenly. */
static void choose_users(report *of, uint32_t most) {
    uint32_t all = of->data.users.count;
    of->users = all < most ? all : most;
    of->user = xmalloc(((size_t)of->users + 1) * sizeof *of->user);
    for (uint32_t i = 0; i < of->users; i++)
        of->user[i] = (uint32_t)((uint64_t)i * all / of->users);
}

typedef struct ranked_item {
    uint32_t item, likes;
    int wanted;
} ranked_item;

static int better(const void *a, const void *b) {
    const ranked_item *x = a, *y = b;
    if (x->wanted != y->wanted)
        return y->wanted - x->wanted;
    if (x->likes != y->likes)
        return x->likes > y->likes ? -1 : 1;
    return (x->item > y->item) - (x->item < y->item);
}

/* `most` of the videos: those that somebody shown is recommended, then the most liked. */
static void choose_items(report *of, uint32_t most) {
    uint32_t all = of->data.items.count, k = of->task.k;
    ranked_item *item = xmalloc(((size_t)all + 1) * sizeof *item);
    for (uint32_t i = 0; i < all; i++)
        item[i] = (ranked_item){i, of->data.item_likes[i], 0};
    for (uint32_t r = 0; r < of->runs; r++)
        for (uint32_t u = 0; u < of->users; u++)
            for (uint32_t at = 0; at < k; at++) {
                uint32_t which = of->run[r].top[(size_t)of->user[u] * k + at];
                if (which != UINT32_MAX)
                    item[which].wanted = 1;
            }
    qsort(item, all, sizeof *item, better);
    of->items = all < most ? all : most;
    of->item = xmalloc(((size_t)of->items + 1) * sizeof *of->item);
    of->item_place = xmalloc(((size_t)all + 1) * sizeof *of->item_place);
    for (uint32_t i = 0; i < all; i++)
        of->item_place[i] = UINT32_MAX;
    for (uint32_t i = 0; i < of->items; i++)
        item[i].wanted = 0;
    qsort(item, of->items, sizeof *item, better);
    for (uint32_t i = 0; i < of->items; i++) {
        of->item[i] = item[i].item;
        of->item_place[item[i].item] = i;
    }
    free(item);
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static int rank(report *of, report_run *run) {
    const dataset *data = &of->data;
    uint32_t threads = of->task.threads;
    int status = embedded_users(&run->users, &run->model, data->users.user, data->users.count,
                                data->items.item, threads, 0);
    if (!status)
        status = embedded_items(&run->items, &run->model, data->items.item, data->items.count,
                                threads, 0);
    if (status)
        return status;
    tr_ranking_input input = ranking_input(&of->task, &run->users, &run->items);
    json_t *segments = NULL;
    status = ranking_make(&run->ranking, &input);
    if (!status) {
        run->document = json_pack("{s:s, s:i, s:i, s:o, s:o}", "run_id", run->model.version, "dim",
                                  (int)run->items.dim, "judged", (int)run->ranking.users, "metrics",
                                  ranking_json(&run->ranking, &input), "intervals",
                                  ranking_intervals(run->ranking.low, run->ranking.high, input.k));
        status = segments_json(&segments, &run->ranking, &input, data);
        json_object_set_new(run->document, "segments", segments);
    }
    if (!status)
        status = report_read_run(run->document, run->folder);
    if (!status)
        status = report_lists(of, run);
    return status;
}

/* popularity, and the difference between the two runs. */
static int compare(report *of) {
    tr_ranking popularity = {0};
    tr_ranking_input by_likes = ranking_input(&of->task, NULL, NULL);
    json_t *change = NULL;
    int status = ranking_make(&popularity, &by_likes);
    if (!status)
        json_object_set_new(of->document, "popularity", ranking_json(&popularity, &by_likes));
    if (!status && of->runs == 2) {
        status = ranking_changes(&change, &of->run[1].ranking, &of->run[0].ranking, &by_likes);
        json_object_set_new(of->document, "change", change);
    }
    tr_ranking_free(&popularity);
    return status;
}

static int open_runs(report *of) {
    const report_settings *settings = &of->settings;
    int status = 0;
    for (int r = 0; r < 2 && settings->run[r] && !status; r++) {
        status = baseline_folder(&of->run[r].folder, settings->run[r], settings->artifacts_root);
        if (!status)
            status = model_file_open_run(&of->run[r].model, of->run[r].folder);
        of->runs++;
    }
    return status;
}

int report_gather(report *of, const report_settings *settings) {
    interaction_list none = {0};
    *of = (report){.settings = *settings, .document = json_object()};
    uint64_t removed;
    int leaks, status = open_runs(of);
    if (!status)
        status = dataset_read(&of->data, &settings->tables);
    if (!status && (!of->data.items.count || !of->data.users.count))
        status = fail(TW_INPUT, "%s has %u videos and %s %u users: there is nothing to report",
                      settings->tables.items, of->data.items.count, settings->tables.users,
                      of->data.users.count);
    if (!status)
        status = leaks_refuse(&leaks, &of->data, &settings->tables, 0);
    for (uint32_t r = 0; r < of->runs && !status; r++)
        status = unseen_keep(&of->data.val, &removed, of->run[r].folder, &of->data,
                             settings->tables.val, of->runs > 1 ? UNSEEN_FEW : 0);
    if (status)
        return status;
    ranking_task_make(&of->task, &of->data, &none, settings->k,
                      settings->threads ? settings->threads : processors());
    for (uint32_t r = 0; r < of->runs && !status; r++)
        status = rank(of, &of->run[r]);
    if (!status)
        status = compare(of);
    if (!status) {
        choose_users(of, settings->max_users);
        choose_items(of, settings->max_items);
    }
    return status;
}

void report_free(report *of) {
    for (uint32_t r = 0; r < 2; r++) {
        report_run *run = &of->run[r];
        json_decref(run->document);
        tr_ranking_free(&run->ranking);
        embedded_free(&run->users);
        embedded_free(&run->items);
        model_file_close(&run->model);
        free(run->top);
        free(run->score);
        free(run->folder);
    }
    if (of->task.data)
        ranking_task_free(&of->task);
    dataset_free(&of->data);
    json_decref(of->document);
    free(of->user);
    free(of->item);
    free(of->item_place);
}
