/* SPDX-License-Identifier: MIT */
/* verify-run, model verify: is this the model that it says it is? */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "format/sha256.h"
#include "program/arguments.h"
#include "program/commands.h"
#include "program/options_train.h"
#include "serving/model_file.h"
#include "sign/inventory.h"
#include "training/provenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option run_options[] = {
    {"artifacts-root", OPTION_TEXT, "DIR", "ml/artifacts", NULL, NULL,
     "where runs/ and latest stand"},
    {"threads", OPTION_COUNT, "N", "0", NULL, NULL, "0: one per processor"},
    {0},
};

static const option model_options[] = {{0}};

/* ---- verify-run
 * ----------------------------------------------------------------------------------- */

/* The recorded options as if they were given to train; what they do not name has its default. */
static int recorded_arguments(arguments **parsed, const json_t *options) {
    arguments *given = arguments_new(&command_train);
    setting_file config = {NULL, 0, 0};
    const char *name;
    json_t *value;
    int status = 0;
    json_object_foreach((json_t *)(uintptr_t)options, name, value) {
        const char *text = json_string_value(value);
        int at = option_find(given, name, strlen(name));
        if (!text || status)
            continue;
        if (at < 0)
            status = fail(TW_INPUT,
                          "the run was trained with the option %.60s, which this "
                          "twotower does not have; verify it with the one that trained it",
                          name);
        else if (given->table[at].type != OPTION_FLAG || *text)
            option_add(given, (size_t)at, text, strlen(text), FROM_COMMAND_LINE, 0);
    }
    if (!status)
        status = options_resolve(given, &config);
    if (status)
        arguments_free(given);
    else
        *parsed = given;
    return status;
}

static int train_again(const arguments *a, const json_t *meta, const char *folder) {
    arguments *parsed = NULL;
    uint64_t threads = option_count(a, "threads");
    train_settings settings;
    train_result result = {.folder = NULL};
    json_t *record = NULL;
    if (threads > 1024)
        return fail(TW_USAGE, "--threads takes at most 1024");
    int status = recorded_arguments(&parsed, json_object_get(meta, "options"));
    if (!status)
        status = options_train(&settings, &record, parsed);
    if (!status) {
        settings.run_id = json_string_value(json_object_get(meta, "run_id"));
        settings.out_dir = folder;
        settings.options.threads = threads ? (uint32_t)threads : settings.options.threads;
        status = train_run(&settings, &result);
    }
    train_result_free(&result);
    json_decref(record);
    arguments_free(parsed);
    return status;
}

static int judge(const char *run_id, const char *old, const char *new_one) {
    char then[SHA256_HEX], now[SHA256_HEX];
    uint64_t size;
    int status = sha256_file(old, then, &size);
    if (!status)
        status = sha256_file(new_one, now, &size);
    if (status)
        return status;
    int same = !strcmp(then, now);
    if (json_wanted())
        status = result_json(json_pack("{s:s, s:b, s:s, s:s}", "run_id", run_id, "same", same,
                                       "sha256", then, "sha256_again", now));
    else if (same)
        result_line("run %s: trained again it is the same model, sha256 %s", run_id, then);
    if (!status)
        status = result_flush();
    if (!status && !same)
        status = fail(TW_NEGATIVE,
                      "run %s: trained again it is another model: its options, tables or "
                      "files are not what it says",
                      run_id);
    return status;
}

static int check_meta(const json_t *meta, const char *path) {
    char id[RUN_ID];
    const char *run_id = json_string_value(json_object_get(meta, "run_id"));
    if (!run_id || run_id_choose(id, run_id) || !json_is_object(json_object_get(meta, "options"))) {
        fail_clear();
        return fail(TW_INPUT,
                    "%s: does not say with which options the run was trained; an older "
                    "twotower trained it",
                    path);
    }
    return provenance_check(json_object_get(json_object_get(meta, "data_snapshot"), "inputs"));
}

static int verify_folder(const arguments *a, const char *folder) {
    char *path = xasprintf("%s/model_meta.json", folder), *temporary = NULL;
    char *again = xasprintf("%s/verify", option_text(a, "artifacts-root"));
    json_t *meta;
    int status = json_read(&meta, path);
    if (!status)
        status = check_meta(meta, path);
    if (!status)
        status = output_folder_begin(again, &temporary);
    if (!status)
        status = train_again(a, meta, temporary);
    if (!status) {
        const char *run_id = json_string_value(json_object_get(meta, "run_id"));
        char *old = xasprintf("%s/two_tower_%s.onnx", folder, run_id);
        char *made = xasprintf("%s/runs/%s/two_tower_%s.onnx", temporary, run_id, run_id);
        status = judge(run_id, old, made);
        free(made);
        free(old);
    }
    output_folder_abandon(temporary);
    json_decref(meta);
    free(temporary);
    free(again);
    free(path);
    return status;
}

static int run_verify_run(const arguments *a) {
    if (operand_count(a) != 1)
        return fail(TW_USAGE, "one run id is expected, or latest");
    const char *id = operand(a, 0);
    char *folder = strchr(id, '/') ? xstrndup(id, strlen(id))
                                   : xasprintf("%s%s/%s", option_text(a, "artifacts-root"),
                                               strcmp(id, "latest") ? "/runs" : "", id);
    int status = verify_folder(a, folder);
    free(folder);
    return status;
}

/* ---- model verify
 * --------------------------------------------------------------------------------- */

/* The folder of a run: each file that its manifest.json names, then the model's every weight. */
static int verify_files(const char *folder, size_t *files, const char **signed_by,
                        json_t **document) {
    char *path = xasprintf("%s/manifest.json", folder), hex[SHA256_HEX];
    uint64_t size;
    json_t *text = NULL;
    int status = json_read(&text, path);
    char *dumped = status ? NULL : json_dumps(text, JSON_COMPACT);
    if (!status)
        status = inventory_parse(document, dumped, strlen(dumped), path);
    free(dumped);
    json_decref(text);
    *files = inventory_count(*document);
    *signed_by = json_string_value(json_object_get(*document, "key_id"));
    for (size_t i = 0; !status && i < *files; i++) {
        inventory_file file = inventory_at(*document, i);
        char *one = xasprintf("%s/%s", folder, file.name);
        status = access(one, F_OK) != 0
                     ? fail(TW_INPUT, "%s: is missing, and manifest.json names it", one)
                     : sha256_file(one, hex, &size);
        if (!status && (size != file.size || strcmp(hex, file.sha256) != 0))
            status = fail(TW_INPUT, "%s: is not the file that manifest.json names", one);
        free(one);
    }
    free(path);
    return status;
}

static int run_model_verify(const arguments *a) {
    model_file model = {.path = NULL};
    json_t *document = NULL;
    const char *signed_by = NULL;
    tt_error error;
    size_t files = 0;
    if (operand_count(a) != 1)
        return fail(TW_USAGE, "the folder of a run is expected");
    const char *folder = operand(a, 0);
    int status = verify_files(folder, &files, &signed_by, &document);
    if (!status)
        status = model_file_open_run(&model, folder);
    if (!status && tt_model_verify(&model.model, &error) != TT_OK)
        status = fail(TW_INPUT, "%s: byte %zu: %s", model.path, error.offset,
                      tt_status_text(error.status));
    if (!status && json_wanted())
        status =
            result_json(json_pack("{s:s, s:s, s:I, s:s?}", "folder", folder, "run_id",
                                  model.version, "files", (json_int_t)files, "key_id", signed_by));
    else if (!status) {
        result_line("run %s: %zu files as manifest.json names them%s%s, every weight finite",
                    model.version, files, signed_by ? ", signed by " : "",
                    signed_by ? signed_by : "");
        status = result_flush();
    }
    model_file_close(&model);
    json_decref(document);
    return status == TW_INPUT ? TW_NEGATIVE : status;
}

const command command_verify_run = {
    "verify-run", "train a run again from what it recorded, and compare the model's hash",
    "RUN",        "twotower verify-run latest",
    run_options,  run_verify_run,
};

const command command_model_verify = {
    "model verify", "hash of every file of a run folder, signature and every weight",
    "DIR",          "twotower model verify ml/artifacts/latest",
    model_options,  run_model_verify,
};
