/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/prune.h"

#include "base/fail.h"
#include "base/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Readers of other versions wait behind the lock of a drop, so it is not waited for long. */
static int drop(pg *db, void *context) {
    const char *const version[] = {context};
    PGresult *rows;
    int status = pg_query(db, &rows, "SELECT set_config('lock_timeout', '20s', true)", 0, NULL);
    if (status)
        return status;
    PQclear(rows);
    status = pg_query(db, &rows,
                      "SELECT public.drop_embedding_partition('video', $1), "
                      "public.drop_embedding_partition('user', $1)",
                      1, version);
    PQclear(rows);
    return status;
}

/* An array of texts as Postgres reads it; the caller frees it. */
static char *text_array(const json_t *texts) {
    char *array = xasprintf("{");
    size_t at;
    json_t *one;
    json_array_foreach((json_t *)texts, at, one) {
        char *quoted = json_dumps(one, JSON_ENCODE_ANY);
        char *longer = xasprintf("%s%s%s", array, at ? "," : "", quoted);
        free(array);
        free(quoted);
        array = longer;
    }
    char *whole = xasprintf("%s}", array);
    free(array);
    return whole;
}

static int drop_one(pg *db, char *version, uint64_t bytes, int dry_run, json_t *dropped) {
    int status = dry_run ? 0 : pg_transaction(db, NULL, drop, version);
    if (status && strcmp(pg_sqlstate(db), "55006") == 0) { /* drop_embedding_partition says so */
        fail_clear();
        log_info("version %s was activated in the meantime: it stays", version);
        return 0;
    }
    if (!status)
        json_array_append_new(
            dropped, json_pack("{s:s, s:I}", "model_version", version, "bytes", (json_int_t)bytes));
    return status;
}

int embeddings_prune(pg *db, uint64_t keep, const json_t *also_kept, int dry_run, json_t *dropped) {
    char number[24], *names = text_array(also_kept);
    const char *const values[] = {number, names};
    PGresult *rows;
    snprintf(number, sizeof number, "%llu", (unsigned long long)keep);
    pg_doing(db, "drop old versions of the embeddings");
    int status = pg_query(db, &rows,
                          "SELECT model_version, bytes FROM "
                          "public.prunable_embeddings($1::int, $2::text[])",
                          2, values);
    free(names);
    for (int i = 0; !status && i < PQntuples(rows); i++)
        status = drop_one(db, PQgetvalue(rows, i, 0), strtoull(PQgetvalue(rows, i, 1), NULL, 10),
                          dry_run, dropped);
    PQclear(rows);
    return status;
}

void embeddings_pruned_show(const pg *db, const json_t *dropped, int dry_run) {
    size_t at;
    json_t *one;
    double sum = 0;
    json_array_foreach((json_t *)dropped, at, one) {
        double bytes = (double)json_integer_value(json_object_get(one, "bytes"));
        sum += bytes;
        result_line("%s version %s, %.1f MB", dry_run ? "would drop" : "dropped",
                    json_string_value(json_object_get(one, "model_version")), bytes / 1e6);
    }
    result_line("%s: %zu versions%s, %.1f MB", pg_name(db), json_array_size(dropped),
                dry_run ? " would be dropped" : " dropped", sum / 1e6);
}
