/* SPDX-License-Identifier: MIT */
#include "serving/embed_videos.h"

#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/items.h"
#include "serving/drift.h"

#include <stdlib.h>
#include <string.h>

typedef struct embedding {
    const embed_videos_settings *settings;
    embed_videos_result *result;
    live live;
    drift drift;
} embedding;

/* Its embedding was made from the same features. */
static int is_embedded(const embedding *e, const video *row) {
    char digest[17];
    if (!row->embedded || e->settings->include_existing)
        return 0;
    embedder_digest(&e->live.rows, digest);
    return row->input_digest.len == 16 && !memcmp(row->input_digest.at, digest, 16);
}

static int embed(void *context, const video *row) {
    embedding *e = context;
    tr_item item;
    int made, status = e->result->videos++ % 256 ? 0 : interrupted();
    progress_show("embedding videos", e->result->videos, 0);
    if (status)
        return status;
    item_from_video(&item, row);
    if (embedder_encode(&e->live.rows, &item) && is_embedded(e, row)) {
        e->result->existing++;
        return 0;
    }
    status = embedder_embed(&e->live.rows, e->live.vector, &made);
    if (status || !made)
        return status;
    drift_take(&e->drift, &e->live.rows, row->id, e->live.vector, row->embedded);
    return live_put(&e->live, row->id);
}

static int embed_all(embedding *e, const char *folder) {
    store *from = e->live.store;
    int status = live_begin(&e->live, folder);
    if (!status)
        status = from->operations->videos(from, e->live.model.version, embed, e);
    progress_end();
    if (!status)
        status = embedder_judge_fields(&e->live.rows, e->settings->strict, from->url);
    if (!status)
        status = drift_compare(&e->drift, from, e->live.model.version);
    return status ? status : live_commit(&e->live);
}

static void summarise(embedding *e) {
    json_t *document = live_summary(&e->live);
    json_object_set_new(document, "run_id", json_string(e->result->run_id));
    json_object_set_new(document, "videos", json_integer((json_int_t)e->result->videos));
    json_object_set_new(document, "already_embedded",
                        json_integer((json_int_t)e->result->existing));
    json_object_set_new(document, "tokens", embedder_fields(&e->live.rows));
    json_object_set_new(document, "drift", drift_summary(&e->drift, &e->live.rows));
    e->result->summary = document;
}

static int count_only(embedding *e) {
    int status = embed_all(e, "");
    if (!status)
        summarise(e);
    return status;
}

static int write_folder(embedding *e) {
    char *temporary = NULL, *path;
    int status = output_folder_begin(e->result->folder, &temporary);
    if (status)
        return status;
    status = embed_all(e, temporary);
    if (!status)
        status = live_copy_meta(&e->live, temporary);
    if (!status) {
        summarise(e);
        path = xasprintf("%s/summary.json", temporary);
        status = json_write(json_incref(e->result->summary), path);
        free(path);
    }
    if (status)
        output_folder_abandon(temporary);
    else
        status = output_folder_commit(temporary, e->result->folder);
    free(temporary);
    return status ? status : live_upsert(&e->live);
}

int embed_videos_run(const embed_videos_settings *settings, embed_videos_result *result) {
    embedding e = {.settings = settings, .result = result};
    *result = (embed_videos_result){.videos = 0};
    int status = live_open(&e.live, &settings->live, VIDEO_EMBEDDINGS);
    if (!status)
        status = run_id_choose(result->run_id, settings->run_id);
    if (!status) {
        memcpy(result->model_version, e.live.model.version, sizeof result->model_version);
        result->folder =
            xasprintf("%s/video_embedding_syncs/%s", settings->output_dir, result->run_id);
        status = settings->live.dry ? count_only(&e) : write_folder(&e);
    }
    result->embedded = e.live.written;
    result->unknown = e.live.rows.unknown_rows;
    result->upserted = !status && !settings->live.dry && !settings->live.skip_upsert;
    live_close(&e.live);
    drift_free(&e.drift);
    return status;
}

void embed_videos_result_free(embed_videos_result *result) {
    json_decref(result->summary);
    free(result->folder);
    *result = (embed_videos_result){.videos = 0};
}
