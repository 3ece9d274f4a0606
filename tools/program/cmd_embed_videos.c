/* SPDX-License-Identifier: MIT */
/* embed videos: the videos of the store that the running model has not embedded as they are. */
#include "base/message.h"
#include "program/commands.h"
#include "program/options_live.h"
#include "program/steps.h"

static const option options[] = {
    LIVE_OPTIONS,
    {"include-existing", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "embed all, also what has an embedding of this model that still holds"},
    {"strict", OPTION_FLAG, NULL, NULL, NULL, NULL,
     "refuse fields of which the model knows less than a twentieth of the tokens; default: warn"},
    {"run-id", OPTION_TEXT, "ID", "auto", NULL, NULL, "of this sync; auto: the time, UTC"},
    {0},
};

void embed_videos_print(const embed_videos_settings *asked, const embed_videos_result *of) {
    result_line("%llu of %llu videos embedded by model %s, %llu were already",
                (unsigned long long)of->embedded, (unsigned long long)of->videos, of->model_version,
                (unsigned long long)of->existing);
    if (of->unknown)
        result_line("of these the model knows no token of %llu", (unsigned long long)of->unknown);
    if (!asked->live.dry)
        result_line("embeddings in %s", of->folder);
}

static int run(const arguments *a) {
    const embed_videos_settings settings = options_embed_videos(a);
    embed_videos_result result;
    int status = embed_videos_run(&settings, &result);
    if (!status && !result_given(json_incref(result.summary)))
        embed_videos_print(&settings, &result);
    if (!status)
        status = result_flush();
    embed_videos_result_free(&result);
    return status;
}

const command command_embed_videos = {
    "embed videos", "embed the store's videos that are new, or changed, to the running model",
    NULL,           "twotower embed videos --db-url file:catalogue",
    options,        run,
};
