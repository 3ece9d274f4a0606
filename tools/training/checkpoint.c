/* SPDX-License-Identifier: MIT */
#include "training/checkpoint.h"

#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "format/safetensors.h"
#include "training/checkpoint_digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char form[] = "twotower-checkpoint 1";
static const char log_name[] = "training.jsonl";
static const char file_name[] = "checkpoint.safetensors";

static const safetensors_type types[] = {
    [TR_F32] = SAFETENSORS_F32, [TR_F64] = SAFETENSORS_F64, [TR_U32] = SAFETENSORS_U32};

void checkpoint_begin(checkpoint *of, const char *root, const char *run_id,
                      const tr_options *options, const tr_data *data,
                      const tr_vocabulary *vocabulary) {
    *of = (checkpoint){.run_id = run_id, .saved_at = seconds_now()};
    of->folder = xasprintf("%s/runs/.%s.partial", root, run_id);
    of->path = xasprintf("%s/%s", of->folder, file_name);
    of->finished = xasprintf("%s/runs/%s/%s", root, run_id, file_name);
    of->options = checkpoint_options(options);
    checkpoint_data_digest(data, of->data);
    checkpoint_vocabulary_digest(vocabulary, of->vocabulary);
}

void checkpoint_free(checkpoint *of) {
    free(of->folder);
    free(of->path);
    free(of->finished);
    free(of->options);
    bytes_free(&of->log);
    *of = (checkpoint){0};
}

static safetensors_array array_of(const tr_tensor *tensor) {
    return (safetensors_array){tensor->name,
                               types[tensor->type],
                               tensor->columns == 1 ? 1 : 2,
                               {tensor->rows, tensor->columns},
                               tensor->data};
}

static json_t *metadata(const checkpoint *of, const tr_state *state) {
    char step[16], epoch[16];
    snprintf(step, sizeof step, "%u", (unsigned)state->step);
    snprintf(epoch, sizeof epoch, "%u", (unsigned)state->epoch);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "format", form, "run_id", of->run_id,
                     "step", step, "epoch", epoch, "options", of->options, "data_sha256", of->data,
                     "vocabulary_sha256", of->vocabulary);
}

static int is_finite(const tr_tensor *tensor) {
    size_t count = (size_t)tensor->rows * tensor->columns;
    uint32_t infinite = 0;
    const uint32_t *bits = tensor->data; /* of singles */
    for (size_t i = 0; tensor->type == TR_F32 && i < count; i++)
        infinite |= (bits[i] & 0x7f800000u) == 0x7f800000u;
    return !infinite;
}

int checkpoint_save(checkpoint *of, const tr_state *state) {
    for (size_t i = 0; i < state->tensors; i++)
        if (!is_finite(&state->tensor[i]))
            return 0;
    safetensors_array *array = xmalloc((state->tensors + 1) * sizeof *array);
    for (size_t i = 0; i < state->tensors; i++)
        array[i] = array_of(&state->tensor[i]);
    array[state->tensors] =
        (safetensors_array){log_name, SAFETENSORS_U8, 1, {of->log.used}, of->log.at};
    json_t *texts = metadata(of, state);
    int status = safetensors_write(of->path, array, state->tensors + 1, texts);
    json_decref(texts);
    free(array);
    if (status)
        rmdir(of->folder); /* where nothing was saved before */
    else
        of->saved = 1;
    of->saved_at = seconds_now();
    return status;
}

/* ---- Restoring ---------------------------------------------------------------------- */

/* The first `name=value` in which two lists of options differ. */
static void find_difference(const char *a, const char *b, int *at, int *len_a, int *len_b) {
    int i = 0, start = 0;
    for (; a[i] && a[i] == b[i]; i++)
        if (a[i] == ' ')
            start = i + 1;
    *at = start;
    *len_a = (int)strcspn(a + start, " ");
    *len_b = (int)strcspn(b + start, " ");
}

static int check_options(const checkpoint *of, const char *path, const char *there) {
    int at, here_len, there_len;
    if (!strcmp(there, of->options))
        return 0;
    find_difference(of->options, there, &at, &here_len, &there_len);
    return fail(TW_INPUT,
                "%s: was saved with other options: %.*s there, %.*s here; give the same, or leave "
                "--resume out to begin anew",
                path, there_len > 60 ? 60 : there_len, there + at, here_len, of->options + at);
}

static int check_same(const char *path, const char *what, const char *here, const char *there) {
    return strcmp(here, there)
               ? fail(TW_INPUT, "%s: was saved with %s; leave --resume out to begin anew", path,
                      what)
               : 0;
}

/* A whole number of at most `most`. */
static int read_count(uint32_t *count, const char *text, uint32_t most) {
    uint64_t value = 0;
    size_t len = strspn(text, "0123456789");
    if (!len || len > 10 || text[len])
        return 0;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (uint64_t)(text[i] - '0');
    *count = (uint32_t)value;
    return value <= most;
}

/* Does the file belong to this training?  Then its step. */
static int check(const checkpoint *of, const safetensors *file, const char *path, tr_state *state) {
    enum { FORMAT, RUN_ID, STEP, EPOCH, OPTIONS, DATA, VOCABULARY, KEYS };
    static const char *const keys[KEYS] = {
        "format", "run_id", "step", "epoch", "options", "data_sha256", "vocabulary_sha256"};
    const char *text[KEYS];
    for (size_t i = 0; i < KEYS; i++)
        if (!(text[i] = safetensors_text(file, keys[i])))
            return fail(TW_INPUT, "%s: the metadata has no %s; it is not a checkpoint of train",
                        path, keys[i]);
    int status = check_same(path, "another format", form, text[FORMAT]);
    if (!status)
        status = check_same(path, "another run id", of->run_id, text[RUN_ID]);
    if (!status)
        status = check_options(of, path, text[OPTIONS]);
    if (!status)
        status = check_same(path, "other data", of->data, text[DATA]);
    if (!status)
        status = check_same(path, "another vocabulary", of->vocabulary, text[VOCABULARY]);
    if (!status && (!read_count(&state->step, text[STEP], state->steps) ||
                    !read_count(&state->epoch, text[EPOCH], state->steps)))
        status = fail(TW_INPUT, "%s: step '%.20s' of epoch '%.20s' is not one of %u", path,
                      text[STEP], text[EPOCH], (unsigned)state->steps);
    return status;
}

static int restore_tensor(const safetensors *file, const char *path, const tr_tensor *tensor,
                          int write) {
    const safetensors_entry *entry = safetensors_find(file, tensor->name);
    safetensors_array wanted = array_of(tensor);
    if (!entry || entry->type != wanted.type || entry->rank != wanted.rank ||
        memcmp(entry->shape, wanted.shape, wanted.rank * sizeof *wanted.shape) != 0)
        return fail(TW_INPUT, "%s: there is no array %s of %u times %u", path, tensor->name,
                    (unsigned)tensor->rows, (unsigned)tensor->columns);
    if (write)
        safetensors_copy(entry, tensor->data);
    return 0;
}

static int restore_log(checkpoint *of, const safetensors *file, const char *path) {
    const safetensors_entry *entry = safetensors_find(file, log_name);
    if (!entry || entry->type != SAFETENSORS_U8)
        return fail(TW_INPUT, "%s: there is no array %s of bytes", path, log_name);
    of->log.used = 0;
    bytes_put(&of->log, entry->at, (size_t)entry->count);
    return 0;
}

/* All is checked before anything is changed. */
static int restore_from(checkpoint *of, const safetensors *file, const char *path,
                        tr_state *state) {
    tr_state found = *state;
    int status = check(of, file, path, &found);
    for (int write = 0; write < 2 && !status; write++)
        for (size_t i = 0; i < state->tensors && !status; i++)
            status = restore_tensor(file, path, &state->tensor[i], write);
    if (!status)
        status = restore_log(of, file, path);
    if (!status)
        *state = found;
    return status;
}

int checkpoint_restore(checkpoint *of, tr_state *state) {
    struct stat about;
    const char *path = !stat(of->path, &about) ? of->path : of->finished;
    if (path == of->finished && stat(path, &about)) {
        log_info("no checkpoint yet: the training begins anew");
        return 0;
    }
    safetensors file;
    int status = safetensors_open(&file, path);
    if (status)
        return status;
    status = restore_from(of, &file, path, state);
    safetensors_close(&file);
    of->saved = !status && path == of->path;
    if (!status)
        log_info("going on after step %u of %u", (unsigned)state->step, (unsigned)state->steps);
    return status;
}

/* ---- The folder ------------------------------------------------------------------------ */

int checkpoint_keep(const checkpoint *of, const char *folder) {
    char *to = xasprintf("%s/%s", folder, file_name);
    int status = interrupted();
    if (!status && link(of->path, to) != 0)
        status = output_copy(of->path, to); /* a file system without links */
    free(to);
    return status;
}

int checkpoint_remove(const checkpoint *of) {
    return output_remove(of->folder);
}
