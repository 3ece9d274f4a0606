/* SPDX-License-Identifier: MIT */
#include "training/prep_summary.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int prep_summary_read(json_t **summary, const char *table) {
    const char *slash = strrchr(table, '/');
    size_t folder = slash ? (size_t)(slash - table) + 1 : 0;
    char *path = xasprintf("%.*ssummary.json", (int)folder, table);
    int status = 0;
    *summary = NULL;
    if (access(path, F_OK) == 0)
        status = json_read(summary, path);
    if (!status && !*summary)
        *summary = json_null();
    free(path);
    return status;
}

int prep_summary_explicit(const json_t *summary) {
    const char *mode = json_string_value(json_object_get(summary, "mode"));
    return mode && !strcmp(mode, "explicit");
}
