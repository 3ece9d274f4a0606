/* SPDX-License-Identifier: MIT */
/* report: a run on one page. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "program/commands.h"
#include "program/options_dataset.h"
#include "report/page.h"
#include "report/read.h"
#include "report/report.h"
#include "report/vectors.h"
#include "training/prep_summary.h"
#include "twotower.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    {"run", OPTION_TEXT, "RUN", "latest", NULL, NULL, "the run: an id, a folder, or active"},
    {"compare", OPTION_TEXT, "RUN", NULL, NULL, NULL,
     "another run beside it, as the running model: an id, a folder, or active"},
    {"out", OPTION_TEXT, "FILE", "report.html", NULL, NULL, "the page"},
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    DATASET_OPTIONS,
    {"recall-k", OPTION_COUNT, "K", "20", NULL, NULL, "length of the lists"},
    {"max-users", OPTION_COUNT, "N", "2000", NULL, NULL, "users on the page, evenly chosen"},
    {"max-items", OPTION_COUNT, "N", "15000", NULL, NULL,
     "videos on the page: the recommended ones, then the most liked"},
    {"images", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "thumbnails from image_urls (https): the page then asks those servers for them, and it asks "
     "nobody for anything without this"},
    {"max-mb", OPTION_NUMBER, "X", "8", NULL, NULL,
     "what a made-up user needs is left out beyond this size; data: images take a quarter at most"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {0},
};

static int check(const arguments *a) {
    if (option_count(a, "recall-k") < 1 || option_count(a, "recall-k") > 100)
        return fail(TW_USAGE, "--recall-k takes 1 to 100");
    if (option_count(a, "max-users") < 1 || option_count(a, "max-users") > 100000)
        return fail(TW_USAGE, "--max-users takes 1 to 100000");
    if (option_count(a, "max-items") < 1 || option_count(a, "max-items") > 1000000)
        return fail(TW_USAGE, "--max-items takes 1 to 1000000");
    if (!(option_number(a, "max-mb") >= 0 && option_number(a, "max-mb") <= 1000))
        return fail(TW_USAGE, "--max-mb takes 0 to 1000");
    if (option_count(a, "threads") > 1024)
        return fail(TW_USAGE, "--threads takes at most 1024");
    return 0;
}

static report_settings settings_of(const arguments *a) {
    return (report_settings){.tables = options_dataset(a),
                             .run = {option_text(a, "run"), option_text(a, "compare")},
                             .artifacts_root = option_text(a, "artifacts-root"),
                             .k = (uint32_t)option_count(a, "recall-k"),
                             .max_users = (uint32_t)option_count(a, "max-users"),
                             .max_items = (uint32_t)option_count(a, "max-items"),
                             .threads = (uint32_t)option_count(a, "threads"),
                             .max_mb = option_number(a, "max-mb"),
                             .images = option_flag(a, "images")};
}

static json_t *integer(uint64_t value) {
    return json_integer((json_int_t)value);
}

static uint64_t likes(const interaction_list *of) {
    uint64_t count = 0;
    for (size_t i = 0; i < of->count; i++)
        count += of->row[i].label == TT_LIKED;
    return count;
}

static json_t *counts(const report *of) {
    const dataset *data = &of->data;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "videos",
                     integer(data->items.count), "users", integer(data->users.count), "train",
                     integer(data->train.count), "train_likes", integer(likes(&data->train)),
                     "validation", integer(data->val.count), "validation_likes",
                     integer(likes(&data->val)), "videos_shown", integer(of->items), "users_shown",
                     integer(of->users));
}

static int describe_run(const report *of, report_run *run, bytes *vectors) {
    json_t *health = NULL, *why = NULL;
    int status = report_health(&health, of, run);
    if (!status)
        status = report_explain(&why, of, run);
    json_object_set_new(run->document, "health", health);
    json_object_set_new(run->document, "why", why);
    if (status)
        return status;
    json_object_set_new(run->document, "distribution", report_distribution(of, run));
    json_object_set_new(run->document, "map", report_map(of, run));
    json_object_set_new(run->document, "vectors", report_vectors(vectors, of, run));
    return interrupted();
}

static int describe(report *of, bytes *vectors) {
    json_t *all = of->document, *runs = json_array(), *prep = NULL;
    json_object_set_new(all, "version", json_string(TT_VERSION_STRING));
    json_object_set_new(all, "k", integer(of->task.k));
    json_object_set_new(all, "counts", counts(of));
    json_object_set_new(all, "items", report_items(of));
    json_object_set_new(all, "images", report_images(of));
    json_object_set_new(all, "fetches", json_boolean(of->settings.images));
    json_object_set_new(all, "users", report_users(of));
    json_object_set_new(all, "bias", report_bias(of));
    json_object_set_new(all, "drift", report_drift(of));
    json_object_set_new(all, "runs", runs);
    int status = prep_summary_read(&prep, of->settings.tables.train);
    json_object_set_new(all, "prep", prep);
    for (uint32_t r = 0; r < of->runs && !status; r++) {
        status = describe_run(of, &of->run[r], vectors);
        json_array_append(runs, of->run[r].document);
    }
    return status;
}

/* What is left of --max-mb, as bytes before base64, goes to made-up users: of the first run, then
 * of the other.  The documents of the runs say where. */
static int made_up(report *of, bytes *to, size_t used) {
    double most = of->settings.max_mb * 1e6 - (double)used;
    int status = 0;
    for (uint32_t r = 0; r < of->runs && !status; r++) {
        double left = most * 3 / 4 - (double)to->used;
        json_t *made = NULL;
        status = report_made_up(&made, to, of, &of->run[r], left > 0 ? (size_t)left : 0);
        json_object_set_new(of->run[r].document, "made_up", made);
    }
    return status;
}

static void pack_document(bytes *to, const json_t *document) {
    char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(9));
    to->used = 0;
    page_pack(to, text ? text : "", text ? strlen(text) : 0);
    free(text);
}

/* The page's own files, its JSON and a little room. */
static size_t size_without(const bytes *document, const bytes *vectors) {
    size_t size = document->used + vectors->used + 20000;
    for (unsigned p = 0; p < page_part_count; p++)
        size += page_parts[p].len;
    return size;
}

static int write_page(report *of, bytes *page, const bytes *vectors) {
    bytes packed[PAGE_PACKED] = {0}, table = {0};
    pack_document(&packed[PAGE_DATA], of->document);
    page_pack(&packed[PAGE_VECTORS], vectors->at, vectors->used);
    int status = made_up(of, &table, size_without(&packed[PAGE_DATA], &packed[PAGE_VECTORS]));
    if (!status) {
        char *title = xasprintf("twotower: %s", of->run[0].model.version);
        pack_document(&packed[PAGE_DATA], of->document);
        if (table.used)
            page_pack(&packed[PAGE_MADE_UP], table.at, table.used);
        page_make(page, title, packed, of->settings.images);
        free(title);
    }
    for (int p = 0; p < PAGE_PACKED; p++)
        bytes_free(&packed[p]);
    bytes_free(&table);
    return status;
}

static int write_file(const char *path, const bytes *page) {
    output out;
    int status = output_open(&out, path);
    if (!status)
        status = output_write(&out, page->at, page->used);
    if (!status)
        return output_commit(&out);
    output_abandon(&out);
    return status;
}

static int say(const report *of, const char *path, const bytes *page, double seconds) {
    const char *against = of->runs == 2 ? of->run[1].model.version : NULL;
    if (json_wanted())
        return result_json(json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I, s:f}", "out", path, "run_id",
                                     of->run[0].model.version, "compared_with", against, "bytes",
                                     (json_int_t)page->used, "users", (json_int_t)of->users,
                                     "videos", (json_int_t)of->items, "seconds", seconds));
    result_line("%s: run %s%s%s, %u users, %u videos, %.1f MB", path, of->run[0].model.version,
                against ? " beside " : "", against ? against : "", of->users, of->items,
                (double)page->used / 1e6);
    return result_flush();
}

static int run(const arguments *a) {
    report of = {0};
    bytes vectors = {0}, page = {0};
    double started = seconds_now();
    const report_settings settings = settings_of(a);
    int status = check(a);
    if (!status)
        status = report_gather(&of, &settings);
    if (!status)
        status = describe(&of, &vectors);
    if (!status)
        status = write_page(&of, &page, &vectors);
    if (!status)
        status = write_file(option_text(a, "out"), &page);
    if (!status)
        status = say(&of, option_text(a, "out"), &page, seconds_now() - started);
    bytes_free(&vectors);
    bytes_free(&page);
    report_free(&of);
    return status;
}

const command command_report = {
    "report", "a run on one page: whether the model is good, and why",
    NULL,     "twotower report --run latest --compare active --out report.html",
    options,  run,
};
