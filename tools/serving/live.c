/* SPDX-License-Identifier: MIT */
#include "serving/live.h"

#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A run that eval rejected may be embedded beside the others: publish activate refuses it. */
static void warn_of_gate(const live *of) {
    const char *folder = of->settings.run;
    char *path = xasprintf("%s/metrics.json", folder);
    json_t *metrics = NULL;
    if (access(path, F_OK) == 0 && json_read(&metrics, path))
        fail_clear();
    if (json_is_false(json_object_get(metrics, "threshold_passed")))
        warning("%s: run %s did not meet the gate of twotower eval; --artifacts-dir names another",
                folder, of->model.version);
    json_decref(metrics);
    free(path);
}

int live_open(live *to, const live_settings *settings, embedding_kind kind) {
    *to = (struct live){.settings = *settings, .kind = kind, .now = instant_now()};
    to->of = to->now;
    int status = model_file_open_run(&to->model, settings->run);
    if (!status)
        warn_of_gate(to);
    if (!status)
        status = store_open(&to->store, settings->store_url, &settings->store);
    if (!status)
        status = embedder_open(&to->rows, &to->model.model,
                               kind == VIDEO_EMBEDDINGS ? TT_ITEM : TT_USER, to->model.path);
    if (!status)
        to->vector = xmalloc(tt_model_dim(&to->model.model) * sizeof *to->vector);
    return status;
}

int live_begin(live *to, const char *folder) {
    int as_csv = to->settings.csv;
    if (to->settings.dry)
        return 0;
    char *path =
        xasprintf("%s/%s_embeddings.%s", folder, to->kind == VIDEO_EMBEDDINGS ? "video" : "user",
                  as_csv ? "csv" : "parquet");
    int status = embedding_create(&to->out, path, to->kind, as_csv);
    free(path);
    if (!status && !to->settings.skip_upsert) {
        status = to->store->operations->upsert_begin(to->store, to->kind,
                                                     tt_model_dim(&to->model.model));
        to->upserting = !status;
    }
    return status;
}

int live_put(live *to, tt_text id) {
    char digest[17];
    embedder_digest(&to->rows, digest);
    embedding_row row = {.id = id,
                         .model_version = {to->model.version, strlen(to->model.version)},
                         .input_digest = {digest, 16},
                         .vector = to->vector,
                         .dim = tt_model_dim(&to->model.model),
                         .updated_at = to->of};
    int status = to->out ? embedding_put(to->out, &row) : 0;
    if (!status && to->upserting)
        status = to->store->operations->upsert_put(to->store, &row);
    to->written++;
    return status;
}

int live_commit(live *to) {
    return to->out ? embedding_commit(&to->out) : 0;
}

int live_upsert(live *to) {
    if (!to->upserting)
        return 0;
    to->upserting = 0;
    return to->store->operations->upsert_commit(to->store);
}

void live_close(live *to) {
    if (to->out)
        embedding_abandon(to->out);
    if (to->upserting)
        to->store->operations->upsert_abandon(to->store);
    if (to->store)
        store_close(to->store);
    embedder_close(&to->rows);
    model_file_close(&to->model);
    free(to->vector);
}

json_t *live_summary(const live *of) {
    char now[21];
    uint64_t known = of->rows.tokens_known, unknown = of->rows.tokens_unknown;
    instant_format(now, of->now);
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:f, s:b, s:b}", "model_version", of->model.version,
        "created_at", now, "embedding_dim", (json_int_t)tt_model_dim(&of->model.model),
        "embeddings", (json_int_t)of->written, "without_embedding", (json_int_t)of->rows.without,
        "embeddings_of_unknown_tokens", (json_int_t)of->rows.unknown_rows, "unseen_token_rate",
        known + unknown ? (double)unknown / (double)(known + unknown) : 0.0, "dry_run",
        of->settings.dry, "upserted", !of->settings.dry && !of->settings.skip_upsert);
}

int live_copy_meta(const live *from, const char *folder) {
    char *meta = xasprintf("%s/model_meta.json", from->settings.run);
    char *copy = xasprintf("%s/model_meta.json", folder);
    struct stat about;
    int status = stat(meta, &about) ? 0 : output_copy(meta, copy);
    free(meta);
    free(copy);
    return status;
}
