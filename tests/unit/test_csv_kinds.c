/* SPDX-License-Identifier: MIT */
/* CSV as spreadsheets and exporters write it, and what is given for it. */
#include "csv_expect.h"
#include "format/id.h"

/* What spreadsheets and editors leave behind. */
static void test_blanks(void **state) {
    (void)state;
    expect_rows("a,b\n1,2\n\n", "[1|2]");
    expect_rows("a,b\r\n1,2\r\n\r\n\r\n", "[1|2]");
    expect_rows("\n\na,b\n\n1,2\n\n3,4", "[1|2][3|4]");
    expect_rows("\xef\xbb\xbf\r\na,b\r\n1,2", "[1|2]");
    expect_rows("a,b,,\n1,2,,\n", "[1|2]");
    expect_rows("a,,\n1,,\n", "[1|]");
    csv *file;
    int row;
    write_text("a\n\n\"\"\n\nx\n\n");
    assert_int_equal(csv_open(&file, path), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(csv_next(file, &row), 0);
        assert_int_equal(row, 1);
        assert_string_equal(csv_text(file, 0).at, i ? "x" : "");
        assert_int_equal(csv_line(file), i ? 5 : 3);
    }
    assert_int_equal(csv_next(file, &row), 0);
    assert_int_equal(row, 0);
    csv_close(file);
}

/* Other formats are refused by their names; texts that only look like them are read. */
static void test_kinds(void **state) {
    (void)state;
    static const struct {
        const char *bytes, *sentence;
        size_t len;
    } kinds[] = {
#define KIND(bytes, sentence) {bytes, sentence, sizeof(bytes) - 1}
        KIND("\xff\xfeu\0s\0", ": the file is UTF-16"),
        KIND("\xfe\xff\0u\0s", ": the file is UTF-16"),
        KIND("u\0s\0e\0r\0", ": the file is UTF-16"),
        KIND("\0u\0s\0e\0r", ": the file is UTF-16"),
        KIND("PK\3\4\x14", ": the file is a zip archive or an Excel workbook; unpack it, or"),
        KIND("\xd0\xcf\x11\xe0", ": the file is an old Excel workbook; save the sheet as CSV"),
        KIND("\x28\xb5\x2f\xfd", ": the file is zstd data; unpack it"),
        KIND("BZh91AY&SY", ": the file is bzip2 data; unpack it"),
        KIND("PAR1", ": the file is Parquet, and CSV is expected here"),
        KIND("SQLite format 3\0", ": the file is an SQLite database; export the table as CSV"),
        KIND("{\"user_id\":1}\n", ": the file is JSON; write it as CSV or Parquet"),
        KIND(" [\n {\"user_id\":1}]\n", ": the file is JSON"),
        KIND("[]", ": the file is JSON"),
        KIND("\xef\xbb\xbf{}", ": the file is JSON"),
        KIND("<!DOCTYPE html><title>404", ": the file is an HTML page, perhaps the error page"),
        KIND("\n<html>", ": the file is an HTML page"),
        KIND("<?xml version='1.0'?><Error>", ": the file is XML, perhaps the error of a download"),
        KIND("version https://git-lfs.github.com/spec/v1\n", ": the file is a pointer of Git LFS"),
        KIND("a;b\n1;2\n", ":1: fields are separated by ';'; separate them by commas"),
        KIND("a\tb\n1\t2\n", ":1: fields are separated by tabs; separate them by commas"),
        KIND("a|b\n1|2\n", ":1: fields are separated by '|'; separate them by commas"),
        KIND("\xef\xbb\xbfsep=,\na,b\n", ":1: the line 'sep=' of Excel stands before the header"),
        KIND("sep=;\na;b\n", ":1: the line 'sep=' of Excel stands before the header"),
#undef KIND
    };
    char got[512], tar[600] = "reviews.csv";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        write_file(path, kinds[i].bytes, kinds[i].len);
        assert_int_equal(read_all(got, sizeof got), TW_INPUT);
        assert_memory_equal(fail_text(), path, strlen(path));
        assert_memory_equal(fail_text() + strlen(path), kinds[i].sentence,
                            strlen(kinds[i].sentence));
        fail_clear();
    }
    memcpy(tar + 257, "ustar", 5);
    write_file(path, tar, sizeof tar);
    assert_int_equal(read_all(got, sizeof got), TW_INPUT);
    assert_non_null(strstr(fail_text(), ": the file is a tar archive; unpack it"));
    fail_clear();
    expect_rows("{a},b\n1,2\n", "[1|2]");
    expect_rows("[a],b\n1,2\n", "[1|2]");
    expect_rows("<a>,b\n1,2\n", "[1|2]");
    expect_rows("PKs,BZh\n1,2\n", "[1|2]");
    expect_rows("ORCID,Rar!\n1,2\n", "[1|2]");
    expect_rows("a;x,b;y,c\n1,2,3\n", "[1|2]");
}

static void test_ids(void **state) {
    (void)state;
    static const char *const missing[] = {"",     "  ",    "\\N",  "NULL",   "null",     "None",
                                          "NaN",  "nan",   "<NA>", "NA",     "N/A",      "NaT",
                                          "#N/A", "NULL ", "Null", "(null)", "undefined"};
    static const char *const ids[] = {
        "0",    "1",   "-1",    "N",     "na",    "none", "nul",    "1e5", "1E-05",
        "12e3", "e+5", "a1e+5", "1.5e+", "1e+5x", "NaN1", "user 1", "\\",  "123456789012345678901"};
    static const char *const rounded[] = {"1.23457E+15", "1e+05", "-1.5e+20",
                                          "9.007199254740992e+15"};
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++) {
        assert_int_equal(id_missing((tt_text){missing[i], strlen(missing[i])}), 1);
        assert_int_equal(id_rounded((tt_text){missing[i], strlen(missing[i])}), 0);
    }
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_int_equal(id_missing((tt_text){ids[i], strlen(ids[i])}), 0);
        assert_int_equal(id_rounded((tt_text){ids[i], strlen(ids[i])}), 0);
    }
    csv *file;
    int row, without;
    tt_text id;
    for (size_t i = 0; i < sizeof rounded / sizeof *rounded; i++) {
        char text[64], sentence[256];
        snprintf(text, sizeof text, "id,b\n%s,\n", rounded[i]);
        write_text(text);
        assert_int_equal(csv_open(&file, path), 0);
        assert_int_equal(csv_next(file, &row), 0);
        assert_int_equal(csv_id(file, 0, &id, &without), TW_INPUT);
        snprintf(sentence, sizeof sentence,
                 "%s:2: column id: an id is expected that was not rounded; export the column as "
                 "text or as integers, got '%s'",
                 path, rounded[i]);
        assert_string_equal(fail_text(), sentence);
        fail_clear();
        assert_int_equal(csv_id(file, 1, &id, &without), 0);
        assert_int_equal(without, 1);
        csv_close(file);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_ids),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
