/* SPDX-License-Identifier: MIT */
/* embed videos: the videos of the store that the running model has not embedded as they are. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "catalogue/items.h"
#include "program/commands.h"
#include "program/options_live.h"
#include "serving/drift.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {
    LIVE_OPTIONS,
    {"include-existing", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "embed all, also what has an embedding of this model that still holds"},
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "of this sync; auto: the time, UTC"},
    {0},
};

typedef struct embedding {
    const arguments *arguments;
    live live;
    drift drift;
    uint64_t videos, existing; /* read now; with an embedding of this model that still holds */
    char run_id[RUN_ID];
    char *folder;
} embedding;

/* Its embedding was made from the same features. */
static int is_embedded(const embedding *e, const video *row) {
    char digest[17];
    if (!row->embedded || option_flag(e->arguments, "include-existing"))
        return 0;
    embedder_digest(&e->live.rows, digest);
    return row->input_digest.len == 16 && !memcmp(row->input_digest.at, digest, 16);
}

static int embed(void *context, const video *row) {
    embedding *e = context;
    tr_item item;
    int made, status = e->videos++ % 256 ? 0 : interrupted();
    progress_show("embedding videos", e->videos, 0);
    if (status)
        return status;
    item_from_video(&item, row);
    if (embedder_encode(&e->live.rows, &item) && is_embedded(e, row)) {
        e->existing++;
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
        status = drift_compare(&e->drift, from, e->live.model.version);
    return status ? status : live_commit(&e->live);
}

static json_t *summary(const embedding *e) {
    json_t *document = live_summary(&e->live);
    json_object_set_new(document, "run_id", json_string(e->run_id));
    json_object_set_new(document, "videos", json_integer((json_int_t)e->videos));
    json_object_set_new(document, "already_embedded", json_integer((json_int_t)e->existing));
    json_object_set_new(document, "drift", drift_summary(&e->drift, &e->live.rows));
    return document;
}

static int write_folder(embedding *e) {
    char *temporary = NULL, *path;
    int status = output_folder_begin(e->folder, &temporary);
    if (status)
        return status;
    status = embed_all(e, temporary);
    if (!status)
        status = live_copy_meta(&e->live, temporary);
    if (!status) {
        path = need_format("%s/summary.json", temporary);
        status = json_write(summary(e), path);
        free(path);
    }
    if (status)
        output_folder_abandon(temporary);
    else
        status = output_folder_commit(temporary, e->folder);
    free(temporary);
    return status ? status : live_upsert(&e->live);
}

static int report(const embedding *e) {
    if (result_given(summary(e)))
        return result_flush();
    result_line("%llu of %llu videos embedded by model %s, %llu were already",
                (unsigned long long)e->live.written, (unsigned long long)e->videos,
                e->live.model.version, (unsigned long long)e->existing);
    if (!e->live.settings.dry)
        result_line("embeddings in %s", e->folder);
    return result_flush();
}

static int run(const arguments *a) {
    const live_settings settings = options_live(a);
    embedding e = {.arguments = a};
    int status = live_open(&e.live, &settings, VIDEO_EMBEDDINGS);
    if (!status)
        status = run_id_choose(e.run_id, option_text(a, "run-id"));
    e.folder = need_format("%s/video_embedding_syncs/%s", option_text(a, "output-dir"), e.run_id);
    if (!status)
        status = option_flag(a, "dry-run") ? embed_all(&e, "") : write_folder(&e);
    if (!status)
        status = report(&e);
    live_close(&e.live);
    drift_free(&e.drift);
    free(e.folder);
    return status;
}

const command command_embed_videos = {
    "embed videos", "embed the store's videos that are new, or changed, to the running model",
    NULL,           "twotower embed videos --db-url file:catalogue",
    options,        run,
};
