/* SPDX-License-Identifier: MIT */
#include "release/record.h"

#include "base/fail.h"
#include "base/message.h"
#include "sign/inventory.h"
#include "twotower.h"

#include <stdlib.h>
#include <string.h>

enum { RECORD_VERSION = 1, KEPT_PREVIOUS = 2, MAX_NOTES = 10000 };

static const json_member members[] = {{"manifest_version", JSON_INTEGER, 0},
                                      {"model_name", JSON_STRING, 0},
                                      {"environment", JSON_STRING, 0},
                                      {"sequence", JSON_INTEGER, 0},
                                      {"activation_id", JSON_STRING, 0},
                                      {"current", JSON_OBJECT, 0},
                                      {"previous", JSON_ARRAY, 0},
                                      {"release_notes", JSON_STRING, 0},
                                      {"forced", JSON_ARRAY, 0},
                                      {"tool_version", JSON_STRING, 0},
                                      {"key_id", JSON_STRING, 1},
                                      {"signature", JSON_STRING, 1},
                                      {NULL, JSON_NULL, 0}};

static const json_member run_members[] = {
    {"run_id", JSON_STRING, 0},          {"published_at", JSON_STRING, 0},
    {"onnx_path", JSON_STRING, 0},       {"meta_path", JSON_STRING, 0},
    {"metrics_path", JSON_STRING, 0},    {"manifest_path", JSON_STRING, 0},
    {"manifest_sha256", JSON_STRING, 0}, {NULL, JSON_NULL, 0}};

static const char *text_of(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

/* ---- Checking ---------------------------------------------------------------------------------
 */

/* A path that is not the one that prefix and run give leads elsewhere, and is refused. */
static int check_path(const publish *p, const json_t *run, const char *member, const char *name,
                      const char *what) {
    char *wanted = key_of_run(p, text_of(run, "run_id"), name);
    int status = !strcmp(wanted, text_of(run, member))
                     ? 0
                     : fail(TW_INPUT,
                            "%s: %s is '%.120s', and '%s' is expected; --prefix is what "
                            "the paths begin with",
                            what, member, text_of(run, member), wanted);
    free(wanted);
    return status;
}

static int check_run(const publish *p, const json_t *run, const char *what) {
    int64_t instant;
    int status = json_members_check(run, run_members, what);
    if (status)
        return status;
    const char *id = text_of(run, "run_id"), *hash = text_of(run, "manifest_sha256");
    const char *at = text_of(run, "published_at");
    if (publish_check_run_id(id)) {
        fail_clear();
        return fail(TW_INPUT, "%s: '%.80s' is no run id", what, id);
    }
    if (strlen(hash) != SHA256_HEX - 1 || strspn(hash, "0123456789abcdef") != SHA256_HEX - 1 ||
        instant_parse(at, strlen(at), &instant) != 0)
        return fail(TW_INPUT, "%s: hash or time of run %s is none", what, id);
    char *onnx = xasprintf("two_tower_%s.onnx", id);
    const char *const path[][2] = {{"onnx_path", onnx},
                                   {"meta_path", "model_meta.json"},
                                   {"metrics_path", "metrics.json"},
                                   {"manifest_path", "manifest.json"}};
    for (size_t i = 0; !status && i < sizeof path / sizeof *path; i++)
        status = check_path(p, run, path[i][0], path[i][1], what);
    free(onnx);
    return status;
}

static int check_record(const publish *p, const json_t *record, const char *what) {
    int status = json_members_check(record, members, what);
    if (status)
        return status;
    const json_t *previous = json_object_get(record, "previous"), *one;
    size_t at;
    json_int_t sequence = json_integer_value(json_object_get(record, "sequence"));
    if (json_integer_value(json_object_get(record, "manifest_version")) != RECORD_VERSION)
        return fail(TW_INPUT, "%s: is of another version; a newer twotower reads it", what);
    if (strcmp(text_of(record, "environment"), p->environment) != 0)
        return fail(TW_INPUT, "%s: is a release of the environment '%.40s', and '%s' is expected",
                    what, text_of(record, "environment"), p->environment);
    if (sequence < 1 || sequence > 9999999999)
        return fail(TW_INPUT, "%s: the sequence is none", what);
    if (json_array_size(previous) > KEPT_PREVIOUS)
        return fail(TW_INPUT, "%s: at most %d previous runs are expected", what, KEPT_PREVIOUS);
    status = check_run(p, json_object_get(record, "current"), what);
    json_array_foreach(previous, at, one) if (!status) status = check_run(p, one, what);
    return status;
}

int record_parse(const publish *p, json_t **record, const bytes *text, const char *what) {
    const trust *keys;
    json_error_t error;
    *record = json_loadb((const char *)text->at, text->used, JSON_REJECT_DUPLICATES, &error);
    if (!*record)
        return fail(TW_INPUT, "%s:%d:%d: not the JSON that is expected: %s", what, error.line,
                    error.column, error.text);
    int status = trust_pinned(&keys);
    if (!status)
        status = trust_check(keys, *record, what);
    if (!status)
        status = check_record(p, *record, what);
    if (status) {
        json_decref(*record);
        *record = NULL;
    }
    return status;
}

uint64_t record_sequence(const json_t *record) {
    return record ? (uint64_t)json_integer_value(json_object_get(record, "sequence")) : 0;
}

const char *record_current(const json_t *record, const char *name) {
    return text_of(json_object_get(record, "current"), name);
}

const json_t *record_previous(const json_t *record, size_t at) {
    return json_array_get(json_object_get(record, "previous"), at);
}

/* ---- Making -----------------------------------------------------------------------------------
 */

static json_t *describe(const publish *p, const stored_run *run) {
    char now[21], *onnx = xasprintf("two_tower_%s.onnx", run->run_id);
    char *path[] = {key_of_run(p, run->run_id, onnx), key_of_run(p, run->run_id, "model_meta.json"),
                    key_of_run(p, run->run_id, "metrics.json"),
                    key_of_run(p, run->run_id, "manifest.json")};
    instant_format(now, instant_now());
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "run_id", run->run_id, "published_at", now,
                  "onnx_path", path[0], "meta_path", path[1], "metrics_path", path[2],
                  "manifest_path", path[3], "manifest_sha256", run->sha256);
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        free(path[i]);
    free(onnx);
    return made;
}

/* What was current, then what was previous, each run once and not the new one. */
static json_t *previous_of(const json_t *newest, const char *run_id) {
    json_t *list = json_array();
    for (size_t i = 0; newest && i <= KEPT_PREVIOUS; i++) {
        json_t *one = i ? json_array_get(json_object_get(newest, "previous"), i - 1)
                        : json_object_get(newest, "current");
        if (one && strcmp(text_of(one, "run_id"), run_id) != 0 &&
            json_array_size(list) < KEPT_PREVIOUS)
            json_array_append(list, one);
    }
    return list;
}

int document_is_signed(const json_t *document) {
    return json_is_string(json_object_get(document, "signature"));
}

/* A signed log stays one: who pins keys would be left with the release before. */
static int check_signer(const publish *p, const json_t *newest) {
    if (p->signer || !document_is_signed(newest))
        return 0;
    return fail(TW_USAGE,
                "release %llu of %s is signed, and an unsigned one does not active_row it; set "
                "TWOTOWER_SIGNING_KEY",
                (unsigned long long)record_sequence(newest), p->environment);
}

int record_make(const publish *p, json_t **record, const json_t *newest, const stored_run *run,
                const char *notes, json_t *forced) {
    char nonce[NONCE];
    int status = nonce_make(nonce);
    if (!status && strlen(notes) > MAX_NOTES)
        status = fail(TW_USAGE, "--release-notes: at most %d bytes are expected", MAX_NOTES);
    if (!status)
        status = check_signer(p, newest);
    *record = NULL;
    if (status) {
        json_decref(forced);
        return status;
    }
    *record = json_pack(
        "{s:i, s:s, s:s, s:I, s:s, s:o, s:o, s:s, s:o, s:s}", "manifest_version", RECORD_VERSION,
        "model_name", inventory_text(run->inventory, "model_name"), "environment", p->environment,
        "sequence", (json_int_t)record_sequence(newest) + 1, "activation_id", nonce, "current",
        describe(p, run), "previous", previous_of(newest, run->run_id), "release_notes", notes,
        "forced", forced, "tool_version", TT_VERSION_STRING);
    if (!*record)
        return fail(TW_USAGE, "release notes: text in UTF-8 is expected");
    status = signer_sign(p->signer, *record);
    if (status) {
        json_decref(*record);
        *record = NULL;
    }
    return status;
}
