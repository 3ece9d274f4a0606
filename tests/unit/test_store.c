/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/output.h"
#include "catalogue/store.h"
#include "format/parquet.h"
#include "program/options_store.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static store *opened;

static void table(const char *name, const char *text) {
    char *path = xasprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static void says(const char *part) {
    if (!strstr(fail_text(), part))
        fail_msg("'%s' does not hold '%s'", fail_text(), part);
}

/* What the callbacks saw, as text. */
static char seen[4096];

static void see(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void see(const char *format, ...) {
    size_t used = strlen(seen);
    va_list list;
    va_start(list, format);
    vsnprintf(seen + used, sizeof seen - used, format, list);
    va_end(list);
}

static void see_texts(const tt_text *text, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        see("%s%.*s", i ? "+" : "", (int)text[i].len, text[i].at);
    see(";");
}

static int see_video(void *context, const video *row) {
    (void)context;
    const tt_text text[] = {row->id,          row->product_url, row->external_id, row->title,
                            row->maker,       row->label,       row->series,      row->source,
                            row->released_at, row->image_url};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        see("%.*s;", (int)text[i].len, text[i].at);
    see("%g;%g;", isnan(row->price) ? -1 : row->price,
        isnan(row->duration_seconds) ? -1 : row->duration_seconds);
    see_texts(row->tag, row->tags);
    see_texts(row->performer, row->performers);
    see("\n");
    return 0;
}

static int videos(void) {
    fail_clear();
    seen[0] = '\0';
    return opened->operations->videos(opened, NULL, see_video, NULL);
}

static void videos_with_their_tags(void **state) {
    (void)state;
    table("videos.csv",
          "maker,id,price,title,duration_seconds,product_url,external_id,label,series,source,"
          "product_released_at,more,image_urls\n"
          "M,v2,100,\"A, B\",60.5,u,x,L,S,src,2020-01-02,z,\"[\"\"https://a/1\"\",\"\"b\"\"]\"\n"
          ",v1,,,,,,,,,,,\n"
          "M,v3,0,T,,,,,,,,,\n");
    table("video_tags.csv", "tag,video_id\nb,v2\na,v3\na,v2\nb,v2\n,v1\nab,v2\nq,unknown\nB,v2\n");
    table("video_performers.csv", "video_id,performer_id\nv3,p2\nv3,p1\n");
    assert_int_equal(videos(), 0);
    assert_string_equal(seen, "v2;u;x;A, B;M;L;S;src;2020-01-02;https://a/1;100;60.5;B+a+ab+b;;\n"
                              "v1;;;;;;;;;;-1;-1;;;\n"
                              "v3;;;T;M;;;;;;0;-1;a;p1+p2;\n");
}

static void images_are_an_array(void **state) {
    static const char *const none[] = {"x", "[", "[]", "[1]", "[null]", "{}", "\"x\"", "{a}"};
    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        char *text = xasprintf("id,image_urls\nv1,\"[\"\"a\"\"]\"\nv2,%s\nv3,\n", none[i]);
        table("videos.csv", text);
        free(text);
        assert_int_equal(videos(), 0);
        assert_string_equal(seen, "v1;;;;;;;;;a;-1;-1;;;\nv2;;;;;;;;;;-1;-1;;;\n"
                                  "v3;;;;;;;;;;-1;-1;;;\n");
    }
}

static void only_ids(void **state) {
    (void)state;
    table("videos.csv", "id\nb\na\n");
    assert_int_equal(videos(), 0);
    assert_string_equal(seen, "b;;;;;;;;;;-1;-1;;;\na;;;;;;;;;;-1;-1;;;\n");
}

static void refused_videos(void **state) {
    (void)state;
    assert_int_equal(videos(), TW_IO);
    says("videos.csv");
    table("videos.csv", "title,external_id\nT,x\n");
    assert_int_equal(videos(), TW_INPUT);
    says("id");
    table("videos.csv", "id,title\nv1,a\nv2,b\nv1,c\n");
    assert_int_equal(videos(), TW_INPUT);
    says("videos.csv:4: the id 'v1' stands on line 2 already");
    table("videos.csv", "id,title\nv1,a\n1.2E+12,b\n");
    assert_int_equal(videos(), TW_INPUT);
    says("videos.csv:3: column id: an id is expected that was not rounded");
    table("videos.csv", "id,price\nv1,-1\n");
    assert_int_equal(videos(), TW_INPUT);
    says("column price: a number from 0 is expected");
    table("videos.csv", "id,duration_seconds\nv1,long\n");
    assert_int_equal(videos(), TW_INPUT);
    says("videos.csv:2: column duration_seconds");
    table("videos.csv", "id\nv1\n");
    table("video_tags.csv", "video_id,name\nv1,a\n");
    assert_int_equal(videos(), TW_INPUT);
    says("tag");
    table("video_tags.csv", "video_id,tag\n1e+3,a\n");
    assert_int_equal(videos(), TW_INPUT);
    says("video_tags.csv:2: column video_id: an id is expected");
}

/* Rows without an id are left out: they are not one video. */
static void missing_ids(void **state) {
    (void)state;
    table("videos.csv", "id,title\nv1,a\n,b\nNULL,c\n\\N,d\nNaN,e\n,f\nv2,g\n,\n");
    table("video_tags.csv", "video_id,tag\nv1,x\n,y\nNaN,z\nv2,\n");
    assert_int_equal(videos(), 0);
    assert_string_equal(seen, "v1;;;a;;;;;;;-1;-1;x;;\nv2;;;g;;;;;;;-1;-1;;;\n");
}

static int stop_at_once(void *context, const video *row) {
    (void)row;
    ++*(int *)context;
    return TW_NEGATIVE;
}

static void a_callback_ends_the_pass(void **state) {
    (void)state;
    int calls = 0;
    table("videos.csv", "id\nv1\nv2\n");
    assert_int_equal(opened->operations->videos(opened, NULL, stop_at_once, &calls), TW_NEGATIVE);
    assert_int_equal(calls, 1);
}

static int see_decision(void *context, const decision *row) {
    (void)context;
    see("%.*s;%.*s;%d;%lld\n", (int)row->user_id.len, row->user_id.at, (int)row->video_id.len,
        row->video_id.at, (int)row->type, row->at == INT64_MIN ? -1LL : (long long)row->at);
    return 0;
}

static int decisions(void) {
    fail_clear();
    seen[0] = '\0';
    return opened->operations->decisions(opened, see_decision, NULL);
}

static void decisions_of_users(void **state) {
    (void)state;
    assert_int_equal(decisions(), 0);
    assert_string_equal(seen, "");
    table("user_video_decisions.csv", "user_id,video_id,decision_type,created_at\n"
                                      "u,v,like,1970-01-01T00:00:05Z\nu,v,NOPE,\n"
                                      "w,v,Dislike,\nw,x,SKIP,1970-01-02\n");
    assert_int_equal(decisions(), 0);
    assert_string_equal(seen, "u;v;0;5\nu;v;1;-1\nw;v;1;-1\nw;x;2;86400\n");
    table("user_video_decisions.csv", "decision_type,user_id,video_id\nLIKE,u,v\n");
    assert_int_equal(decisions(), 0);
    assert_string_equal(seen, "u;v;0;-1\n");
    table("user_video_decisions.csv", "decision_type,user_id,video_id\nLOVE,u,v\n");
    assert_int_equal(decisions(), TW_INPUT);
    says("column decision_type: LIKE, DISLIKE, NOPE or SKIP is expected, got 'LOVE'");
    table("user_video_decisions.csv", "user_id,decision_type\nu,LIKE\n");
    assert_int_equal(decisions(), TW_INPUT);
    says("video_id");
}

static int see_embedding(void *context, const embedding_row *row) {
    (void)context;
    see("%.*s@%.*s %.*s %lld", (int)row->id.len, row->id.at, (int)row->model_version.len,
        row->model_version.at, (int)row->input_digest.len, row->input_digest.at,
        (long long)row->updated_at);
    for (uint32_t i = 0; i < row->dim; i++)
        see(" %.9g", (double)row->vector[i]);
    see("\n");
    return 0;
}

static int embeddings(embedding_kind kind) {
    fail_clear();
    seen[0] = '\0';
    return opened->operations->embeddings(opened, kind, NULL, see_embedding, NULL);
}

static int put_at(const char *id, const char *version, const float *vector, uint32_t dim,
                  int64_t at) {
    char copy[64], digest[] = "0123456789abcdef";
    snprintf(copy, sizeof copy, "%s%s", id, version); /* the store must keep no pointer to it */
    embedding_row row = {
        {copy, strlen(id)}, {copy + strlen(id), strlen(version)}, {digest, 16}, vector, dim, at};
    int status = opened->operations->upsert_put(opened, &row);
    memset(copy, '?', sizeof copy);
    memset(digest, '?', sizeof digest);
    return status;
}

#define put(id, version, vector, dim) put_at(id, version, vector, dim, 1761903511)

/* What is of an earlier time replaces nothing that is of a later one. */
static void the_later_embedding_stays(void **state) {
    (void)state;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(opened->operations->upsert_begin(opened, USER_EMBEDDINGS, 1), 0);
        for (int i = 0; i < 3; i++)
            assert_int_equal(
                put_at(&"a\0b\0c"[2 * i], "r", &(float){(float)round}, 1, round ? 99 + i : 100), 0);
        assert_int_equal(opened->operations->upsert_commit(opened), 0);
    }
    assert_int_equal(embeddings(USER_EMBEDDINGS), 0);
    assert_string_equal(seen, "a@r 0123456789abcdef 100 0\n"
                              "b@r 0123456789abcdef 100 1\n"
                              "c@r 0123456789abcdef 101 1\n");
}

static void upsert_is_a_merge(void **state) {
    (void)state;
    const store_operations *of = opened->operations;
    const float one[2] = {0.1f, -1}, two[2] = {1e-30f, 3}, three[3] = {1, 2, 3};
    assert_int_equal(embeddings(VIDEO_EMBEDDINGS), 0);
    assert_string_equal(seen, "");
    assert_int_equal(of->upsert_begin(opened, VIDEO_EMBEDDINGS, 2), 0);
    assert_int_equal(put("b", "r1", one, 2), 0);
    assert_int_equal(put("a", "r1", one, 2), 0);
    assert_int_equal(of->upsert_commit(opened), 0);
    assert_int_equal(of->upsert_begin(opened, VIDEO_EMBEDDINGS, 2), 0);
    assert_int_equal(put("c", "r1", one, 2), 0);
    assert_int_equal(put("b", "r1", one, 2), 0);
    assert_int_equal(put("b", "r1", two, 2), 0);
    assert_int_equal(of->upsert_commit(opened), 0);
    assert_int_equal(of->upsert_begin(opened, VIDEO_EMBEDDINGS, 3), 0);
    assert_int_equal(put("a", "r2", three, 3), 0);
    assert_int_equal(of->upsert_commit(opened), 0);
    assert_int_equal(embeddings(VIDEO_EMBEDDINGS), 0);
    assert_string_equal(seen, "b@r1 0123456789abcdef 1761903511 1e-30 3\n"
                              "a@r1 0123456789abcdef 1761903511 0.100000001 -1\n"
                              "c@r1 0123456789abcdef 1761903511 0.100000001 -1\n"
                              "a@r2 0123456789abcdef 1761903511 1 2 3\n");
    assert_int_equal(embeddings(USER_EMBEDDINGS), 0);
    assert_string_equal(seen, "");
}

static int see_digest(void *context, const video *row) {
    (void)context;
    see("%.*s:%d:%.*s;", (int)row->id.len, row->id.at, row->embedded, (int)row->input_digest.len,
        row->input_digest.at);
    return 0;
}

static void videos_with_the_digest_of_their_embedding(void **state) {
    (void)state;
    const store_operations *of = opened->operations;
    const float one[2] = {0.5f, -1};
    const tt_text wanted[] = {{"b", 1}, {"c", 1}};
    table("videos.csv", "id\na\nb\nc\n");
    assert_int_equal(of->upsert_begin(opened, VIDEO_EMBEDDINGS, 2), 0);
    assert_int_equal(put("b", "r1", one, 2), 0);
    assert_int_equal(put("a", "r2", one, 2), 0);
    assert_int_equal(of->upsert_commit(opened), 0);
    seen[0] = '\0';
    assert_int_equal(of->videos(opened, "r1", see_digest, NULL), 0);
    assert_string_equal(seen, "a:0:;b:1:0123456789abcdef;c:0:;");
    seen[0] = '\0';
    assert_int_equal(of->videos(opened, NULL, see_digest, NULL), 0);
    assert_string_equal(seen, "a:0:;b:0:;c:0:;");
    seen[0] = '\0';
    assert_int_equal(of->embeddings_of(opened, "r1", wanted, 2, see_embedding, NULL), 0);
    assert_string_equal(seen, "b@r1 0123456789abcdef 1761903511 0.5 -1\n");
    assert_int_equal(of->upsert_begin(opened, USER_EMBEDDINGS, 2), 0);
    assert_int_equal(of->upsert_commit(opened), 0);
    char *path = xasprintf("%s/user_embeddings.parquet", folder);
    assert_int_not_equal(access(path, F_OK), 0); /* nothing was to be written */
    free(path);
}

/* Locks are between processes: the other one is a child. */
static int take_in_a_child(const char *environment) {
    int ended = -1;
    pid_t child = fork();
    if (!child) {
        store *own;
        _exit(file_store_open(&own, folder)
                  ? 99
                  : own->operations->job_acquire(own, environment, "sync"));
    }
    assert_true(child > 0 && waitpid(child, &ended, 0) == child && WIFEXITED(ended));
    return WEXITSTATUS(ended);
}

static void one_at_a_time_has_a_job(void **state) {
    (void)state;
    assert_int_equal(take_in_a_child("production"), 0); /* which has ended */
    assert_int_equal(opened->operations->job_acquire(opened, "production", "sync"), 0);
    assert_int_equal(opened->operations->job_acquire(opened, "production", "sync"), 0);
    assert_int_equal(take_in_a_child("production"), TW_CONFLICT);
    assert_int_equal(take_in_a_child("staging"), 0);
    store_close(opened);
    assert_int_equal(file_store_open(&opened, folder), 0);
    assert_int_equal(take_in_a_child("production"), 0);
}

static void upsert_is_all_or_none(void **state) {
    (void)state;
    const store_operations *of = opened->operations;
    const float one[3] = {1, 2, 3}, bad[2] = {1, NAN};
    char before[sizeof seen];
    assert_int_equal(of->upsert_begin(opened, USER_EMBEDDINGS, 2), 0);
    assert_int_equal(put("a", "r1", one, 2), 0);
    assert_int_equal(of->upsert_commit(opened), 0);
    assert_int_equal(embeddings(USER_EMBEDDINGS), 0);
    memcpy(before, seen, sizeof seen);
    assert_int_equal(of->upsert_begin(opened, USER_EMBEDDINGS, 2), 0);
    assert_int_equal(put("b", "r1", one, 2), 0);
    of->upsert_abandon(opened);
    assert_int_equal(of->upsert_begin(opened, USER_EMBEDDINGS, 3), 0);
    assert_int_equal(put("b", "r1", one, 3), 0);
    assert_int_equal(of->upsert_commit(opened), TW_INPUT);
    says("the embeddings of model version 'r1' have 2 numbers, the new ones 3");
    fail_clear();
    assert_int_equal(of->upsert_begin(opened, USER_EMBEDDINGS, 2), 0);
    assert_int_equal(put("b", "r1", one, 3), TW_INPUT);
    says("the embedding of 'b' has 3 numbers, 2 are expected");
    fail_clear();
    assert_int_equal(put("b", "r1", bad, 2), TW_INPUT);
    says("is not finite");
    fail_clear();
    assert_int_equal(put("", "r1", one, 2), TW_INPUT);
    of->upsert_abandon(opened);
    assert_int_equal(embeddings(USER_EMBEDDINGS), 0);
    assert_string_equal(seen, before);
}

static void embeddings_of_another_shape(void **state) {
    (void)state;
    static const parquet_column column[] = {{"video_id", PARQUET_STRING, 0, 0}};
    char *path = xasprintf("%s/video_embeddings.parquet", folder);
    parquet_writer *writer;
    assert_int_equal(parquet_create(&writer, path, column, 1), 0);
    parquet_put_text(writer, 0, (tt_text){"a", 1});
    assert_int_equal(parquet_end_row(writer), 0);
    assert_int_equal(parquet_commit(&writer), 0);
    free(path);
    assert_int_equal(embeddings(VIDEO_EMBEDDINGS), TW_INPUT);
    says("embedding");
}

static int run(const arguments *given) {
    (void)given;
    return 0;
}

/* What store_open makes of `--db-url URL`. */
static int open_url(store **one, char *url) {
    static const option table[] = {{"db-url", OPTION_TEXT, "URL", NULL, NULL, NULL, "store"}, {0}};
    const command probe = {"probe", "", NULL, "", table, run};
    char name[] = "--db-url", *argv[] = {name, url};
    arguments *given;
    int help;
    fail_clear();
    int status = arguments_parse(&given, &probe, 2, argv, &help);
    if (!status)
        status = options_store_open(one, given, "db-url");
    arguments_free(given);
    return status;
}

static void urls(void **state) {
    (void)state;
    store *none = NULL;
    char mysql[] = "mysql://h/SECRET", password[] = "postgresql://u:SECRET@h.example/db";
    char broken[] = "postgresql://%zz@127.0.0.1/SECRET", path[] = "/tmp";
    char nowhere[] = "file:/nowhere/at/all";
    assert_int_equal(open_url(&none, mysql), TW_USAGE);
    says("there is none of scheme 'mysql'");
    assert_null(strstr(fail_text(), "SECRET"));
    assert_null(none);
    assert_int_equal(open_url(&none, password), TW_USAGE);
    assert_null(strstr(fail_text(), "SECRET"));
    assert_int_equal(open_url(&none, broken), TW_USAGE);
    assert_null(strstr(fail_text(), "SECRET"));
    assert_int_equal(open_url(&none, path), TW_USAGE);
    assert_int_equal(open_url(&none, nowhere), TW_IO);
    says("/nowhere/at/all: cannot open");
    store_close(NULL);
}

static int open_store(void **state) {
    (void)state;
    strcpy(folder, "/tmp/test_store.XXXXXX");
    fail_clear();
    return mkdtemp(folder) ? file_store_open(&opened, folder) : -1;
}

static int close_store(void **state) {
    (void)state;
    store_close(opened);
    output_folder_abandon(folder);
    return access(folder, F_OK) == 0 ? -1 : 0;
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_STORE(videos_with_their_tags),
        WITH_STORE(images_are_an_array),
        WITH_STORE(only_ids),
        WITH_STORE(refused_videos),
        WITH_STORE(missing_ids),
        WITH_STORE(a_callback_ends_the_pass),
        WITH_STORE(decisions_of_users),
        WITH_STORE(upsert_is_a_merge),
        WITH_STORE(the_later_embedding_stays),
        WITH_STORE(upsert_is_all_or_none),
        WITH_STORE(videos_with_the_digest_of_their_embedding),
        WITH_STORE(one_at_a_time_has_a_job),
        WITH_STORE(embeddings_of_another_shape),
        cmocka_unit_test(urls),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
