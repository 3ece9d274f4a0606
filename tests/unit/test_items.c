/* SPDX-License-Identifier: MIT */
/* item_features.parquet keeps what the store says, and files of fewer columns are read. */
#include "catalogue/items.h"
#include "format/parquet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_items.XXXXXX", videos[64], table[64];

static void is(tt_text text, const char *wanted) {
    assert_int_equal(text.len, strlen(wanted));
    assert_memory_equal(text.at, wanted, text.len);
}

static void images_come_through(void **state) {
    (void)state;
    FILE *file = fopen(videos, "wb");
    assert_non_null(file);
    assert_true(
        fputs("id,title,image_urls\nv1,A,\"[\"\"https://a/1\"\",\"\"https://a/2\"\"]\"\nv2,B,\n",
              file) >= 0);
    assert_int_equal(fclose(file), 0);
    store *opened;
    item_table loaded, read;
    assert_int_equal(file_store_open(&opened, folder), 0);
    assert_int_equal(item_table_load(&loaded, opened), 0);
    store_close(opened);
    assert_int_equal(item_table_write(&loaded, table), 0);
    item_table_free(&loaded);
    assert_int_equal(item_table_read(&read, table, "video_id"), 0);
    assert_int_equal(read.count, 2);
    is(read.extra[0].image_url, "https://a/1");
    is(read.extra[0].title, "A");
    is(read.extra[1].image_url, "");
    for (int f = 0; f < TR_FIELDS; f++)
        assert_int_equal(read.item[0].field[f].count, 0);
    item_table_free(&read);
}

static void tables_without_images_are_read(void **state) {
    static const parquet_column columns[] = {{"video_id", PARQUET_STRING, 0, 0},
                                             {"maker", PARQUET_STRING, 0, 0}};
    (void)state;
    parquet_writer *file;
    item_table read;
    assert_int_equal(parquet_create(&file, table, columns, 2), 0);
    parquet_put_text(file, 0, (tt_text){"v1", 2});
    parquet_put_text(file, 1, (tt_text){"M", 1});
    assert_int_equal(parquet_end_row(file), 0);
    assert_int_equal(parquet_commit(&file), 0);
    assert_int_equal(item_table_read(&read, table, "video_id"), 0);
    assert_int_equal(read.count, 1);
    is(read.extra[0].image_url, "");
    is(read.item[0].field[TR_MAKER].token[0], "M");
    item_table_free(&read);
}

/* As other programs write them: tags are one text, and so may performers be. */
static void lists_with_commas_are_read(void **state) {
    static const parquet_column columns[] = {{"video_id", PARQUET_STRING, 0, 0},
                                             {"tags", PARQUET_STRING, 0, 1},
                                             {"performer_ids", PARQUET_STRING, 0, 0}};
    static const struct {
        const char *id, *tags, *performers;
    } rows[] = {{"v1", "drama, two words ,,comedy", "p1"}, {"v2", NULL, ""}, {"v3", " ,", "p1,p2"}};
    (void)state;
    parquet_writer *file;
    item_table read;
    assert_int_equal(parquet_create(&file, table, columns, 3), 0);
    for (size_t i = 0; i < 3; i++) {
        parquet_put_text(file, 0, (tt_text){rows[i].id, 2});
        if (rows[i].tags)
            parquet_put_text(file, 1, (tt_text){rows[i].tags, strlen(rows[i].tags)});
        else
            parquet_put_null(file, 1);
        parquet_put_text(file, 2, (tt_text){rows[i].performers, strlen(rows[i].performers)});
        assert_int_equal(parquet_end_row(file), 0);
    }
    assert_int_equal(parquet_commit(&file), 0);
    assert_int_equal(item_table_read(&read, table, "video_id"), 0);
    assert_int_equal(read.item[0].field[TR_TAGS].count, 3);
    is(read.item[0].field[TR_TAGS].token[0], "drama");
    is(read.item[0].field[TR_TAGS].token[1], "two words");
    is(read.item[0].field[TR_TAGS].token[2], "comedy");
    is(read.item[0].field[TR_PERFORMERS].token[0], "p1");
    assert_int_equal(read.item[1].field[TR_TAGS].count, 0);
    assert_int_equal(read.item[1].field[TR_PERFORMERS].count, 0);
    assert_int_equal(read.item[2].field[TR_TAGS].count, 0);
    assert_int_equal(read.item[2].field[TR_PERFORMERS].count, 2);
    is(read.item[2].field[TR_PERFORMERS].token[1], "p2");
    item_table_free(&read);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_come_through),
        cmocka_unit_test(tables_without_images_are_read),
        cmocka_unit_test(lists_with_commas_are_read),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    if (!mkdtemp(folder))
        return 1;
    snprintf(videos, sizeof videos, "%s/videos.csv", folder);
    snprintf(table, sizeof table, "%s/items.parquet", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(videos);
    unlink(table);
    rmdir(folder);
    return failed;
}
