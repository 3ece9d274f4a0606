/* SPDX-License-Identifier: MIT */
#include "base/output.h"
#include "csv_expect.h"

#include <sys/stat.h>
#include <zlib.h>

/* One gzip member; returns its length. */
static size_t zip(unsigned char *to, size_t room, const char *text, size_t len) {
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = to;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

/* `sentence` follows the path. */
static void expect_refusal(const char *text, size_t len, int status, const char *sentence) {
    char got[512];
    write_file(path, text, len);
    fail_clear();
    assert_int_equal(read_all(got, sizeof got), status);
    assert_memory_equal(fail_text(), path, strlen(path));
    assert_string_equal(fail_text() + strlen(path), sentence);
    fail_clear();
}

static void refuse(const char *text, const char *sentence) {
    expect_refusal(text, strlen(text), TW_INPUT, sentence);
}

static void test_rows(void **state) {
    (void)state;
    expect_rows("a,b\n1,2\n", "[1|2]");
    expect_rows("a,b\n1,2", "[1|2]");
    expect_rows("a,b\r\n1,2\r\n3,4\r\n", "[1|2][3|4]");
    expect_rows("\xef\xbb\xbf"
                "a,b\n1,2\n",
                "[1|2]");
    expect_rows("\xef\xbb\xbf\"a\",b\n,\n", "[|]");
    expect_rows("a,b\n", "");
    expect_rows("a,b", "");
    expect_rows("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "[x,y|say \"hi\"]");
    expect_rows("a,b\n\"one\r\ntwo\n\",\"\"\n", "[one\r\ntwo\n|]");
    expect_rows("a,b\n\"\"\"\",\"\"\"\"\"\"", "[\"|\"\"]");
    expect_rows("a,b\n x , y\n", "[ x | y]");
    expect_rows("a,b\n\xe6\x97\xa5,\xf0\x9f\x98\x80\n", "[\xe6\x97\xa5|\xf0\x9f\x98\x80]");
}

static void test_shape_refusals(void **state) {
    (void)state;
    refuse("", ": the file is empty; a header line is expected");
    refuse("\xef\xbb\xbf", ": the file is empty; a header line is expected");
    refuse("a,b\n1,2\n3\n", ":3: the row has 1 field, the header has 2; give every row as many and "
                            "quote values that hold commas");
    refuse("a,b\n\"1\n\",2\n3,4,5\n", ":4: the row has 3 fields, the header has 2; give every row "
                                      "as many and quote values that hold commas");
    refuse("a,b\n\n \n",
           ":3: the row has 1 field, the header has 2; give every row as many and quote "
           "values that hold commas");
    refuse("a,b,a\n", ":1: column 'a' stands twice in the header; rename one of them");
}

static void test_quote_refusals(void **state) {
    (void)state;
    refuse("a,b\nx\"y,2\n", ":2: a quote stands inside an unquoted field; put the field in quotes "
                            "and double the quotes in it");
    refuse("a,b\n\"x\"y,2\n", ":2: text follows a closing quote; double the quotes inside a field");
    refuse("a,b\n1,2\n\"x\n\n,2\n", ":3: the quote that opens on this line is never closed");
    refuse("a,b\r1,2\r", ":1: a carriage return stands alone; end lines with LF or CRLF");
    refuse("a,b\n1,2\r", ":2: a carriage return stands alone; end lines with LF or CRLF");
}

static void test_byte_refusals(void **state) {
    (void)state;
    static const char *const broken[] = {
        "\x80",         "\xc0\xaf",         "\xc1\xbf",         "\xe0\x9f\xbf",
        "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5",
        "\xff"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        char text[64], sentence[128];
        snprintf(text, sizeof text, "a,b\n\"1\n\",x%s\n", broken[i]);
        snprintf(sentence, sizeof sentence,
                 ":3: byte 4 of the line is not UTF-8 (0x%02x); save the file as UTF-8",
                 (unsigned char)broken[i][0]);
        refuse(text, sentence);
    }
    refuse("a,b\n1,\xe6\x97", ":2: byte 3 of the line is not UTF-8 (0xe6); save the file as UTF-8");
    expect_refusal("a,b\n1,\0\n", 8, TW_INPUT,
                   ":2: byte 3 of the line is a NUL (0x00); save the file as UTF-8");
    expect_refusal("\xef\xbb", 2, TW_INPUT,
                   ":1: byte 1 of the line is not UTF-8 (0xef); save the file as UTF-8");
}

/* A row of `len` bytes without its line end. */
static char *make_row(size_t len, size_t *total) {
    char *text = malloc(len + 8);
    assert_non_null(text);
    memcpy(text, "a,b\n", 4);
    memset(text + 4, 'x', len);
    text[4 + 1] = ',';
    memcpy(text + 4 + len, "\n", 2);
    *total = len + 5;
    return text;
}

static void test_long_rows(void **state) {
    (void)state;
    size_t total, most = (size_t)1 << 24;
    csv *file;
    int row;
    char *text = make_row(most, &total);
    write_file(path, text, total);
    free(text);
    assert_int_equal(csv_open(&file, path), 0);
    assert_int_equal(csv_next(file, &row), 0);
    assert_int_equal(csv_text(file, 1).len, most - 2);
    csv_close(file);
    text = make_row(most + 1, &total);
    expect_refusal(
        text, total, TW_INPUT,
        ":2: the row that starts here is longer than 16 MB; close the quote that is open "
        "or shorten the row");
    text[6] = '"';
    expect_refusal(
        text, total, TW_INPUT,
        ":2: the row that starts here is longer than 16 MB; close the quote that is open "
        "or shorten the row");
    free(text);
}

/* Rows of every length around the sizes of the buffers. */
static void test_buffer_edges(void **state) {
    (void)state;
    for (size_t len = 65500; len < 65560; len += 3) {
        char *text = malloc(4 * len);
        size_t used = 4;
        assert_non_null(text);
        memcpy(text, "a,b\n", 4);
        for (int i = 0; i < 3; i++) {
            memset(text + used, 'x', len);
            memcpy(text + used, "\"\"\"", 3);
            memcpy(text + used + len - 9, "\xe6\x97\xa5\"\"\",0\n", 9);
            used += len;
        }
        write_file(path, text, used);
        csv *file;
        int row, rows = 0;
        assert_int_equal(csv_open(&file, path), 0);
        for (; !csv_next(file, &row) && row; rows++) {
            assert_int_equal(csv_line(file), rows + 2);
            assert_int_equal(csv_text(file, 0).len, len - 7);
            assert_int_equal(csv_text(file, 0).at[0], '"');
            assert_int_equal(csv_text(file, 0).at[len - 8], '"');
        }
        assert_int_equal(rows, 3);
        assert_string_equal(fail_text(), "");
        csv_close(file);
        free(text);
    }
}

static void test_gzip(void **state) {
    (void)state;
    unsigned char bytes[512];
    char got[512];
    size_t first = zip(bytes, sizeof bytes, "a,b\n1,", 6);
    size_t len = first + zip(bytes + first, sizeof bytes - first, "2\n3,4\n", 6);
    unlink(path);
    write_file(zipped, bytes, len);
    assert_int_equal(csv_exists(path), 1);
    assert_int_equal(read_all(got, sizeof got), 0);
    assert_string_equal(got, "[1|2][3|4]");
    for (size_t cut = 2; cut < len; cut++) {
        char sentence[160];
        write_file(zipped, bytes, cut);
        int status = read_all(got, sizeof got);
        if (cut == first)
            continue; /* a whole member: the CSV itself ends early, inside its row */
        snprintf(sentence, sizeof sentence,
                 "%s: gzip data ends early at byte %zu; copy or download the file again", zipped,
                 cut);
        assert_int_equal(status, TW_INPUT);
        assert_string_equal(fail_text(), sentence);
        fail_clear();
    }
    bytes[first / 2] ^= 0x10;
    write_file(zipped, bytes, len);
    assert_int_equal(read_all(got, sizeof got), TW_INPUT);
    assert_non_null(strstr(fail_text(), ": gzip data is damaged at byte "));
    fail_clear();
    unlink(zipped);
    assert_int_equal(csv_exists(path), 0);
}

static void test_plain_goes_before_gzip(void **state) {
    (void)state;
    char got[64], sentence[160];
    write_text("a,b\n1,2\n");
    write_file(zipped, "not read", 8);
    assert_int_equal(read_all(got, sizeof got), 0);
    assert_string_equal(got, "[1|2]");
    unlink(path);
    write_file(zipped, "a,b\n1\n", 6);
    assert_int_equal(read_all(got, sizeof got), TW_INPUT);
    snprintf(sentence, sizeof sentence, "%s:2: the row has 1 field, ", zipped);
    assert_memory_equal(fail_text(), sentence, strlen(sentence));
    fail_clear();
    unlink(zipped);
}

static void test_cannot_open(void **state) {
    (void)state;
    char sentence[160];
    csv *file;
    unlink(path);
    assert_int_equal(csv_open(&file, path), TW_IO);
    snprintf(sentence, sizeof sentence, "%s: cannot open: No such file or directory", path);
    assert_memory_equal(fail_text(), sentence, strlen(sentence));
    fail_clear();
    assert_int_equal(csv_open(&file, folder), TW_IO);
    snprintf(sentence, sizeof sentence, "%s: cannot read: Is a directory", folder);
    assert_memory_equal(fail_text(), sentence, strlen(sentence));
    fail_clear();
}

static void test_columns(void **state) {
    (void)state;
    csv *file;
    int at = 0;
    char sentence[160];
    write_text("id,title,at\n1,2,3\n");
    assert_int_equal(csv_open(&file, path), 0);
    assert_int_equal(csv_find(file, "title"), 1);
    assert_int_equal(csv_find(file, "titl"), -1);
    assert_int_equal(csv_need(file, "at", &at), 0);
    assert_int_equal(at, 2);
    assert_int_equal(csv_need(file, "stars", &at), TW_INPUT);
    snprintf(sentence, sizeof sentence,
             "%s:1: column 'stars' is expected; the header has: id, title, at", path);
    assert_string_equal(fail_text(), sentence);
    fail_clear();
    csv_close(file);
}

static void test_numbers(void **state) {
    (void)state;
    static const char *const good[] = {"0", "-1", "+2.5", "1e3", "12.50E-2", "00.1", "1e-400"};
    static const double value[] = {0, -1, 2.5, 1000, 0.125, 0.1, 0};
    static const char *const bad[] = {"",    " 1",  "1 ",  ".5",  "5.",  "1e", "1e+",  "nan",
                                      "inf", "0x1", "1,5", "1_0", "--1", "+",  "1.e2", "1.2.3"};
    char text[64], sentence[160];
    csv *file;
    int row;
    double number;
    for (size_t i = 0; i < sizeof good / sizeof *good + sizeof bad / sizeof *bad; i++) {
        size_t goods = sizeof good / sizeof *good;
        snprintf(text, sizeof text, "n,m\n\"%s\",0\n", i < goods ? good[i] : bad[i - goods]);
        write_text(text);
        assert_int_equal(csv_open(&file, path), 0);
        assert_int_equal(csv_next(file, &row), 0);
        number = -7;
        assert_int_equal(csv_number(file, 0, &number), i < goods ? 0 : TW_INPUT);
        assert_true(number == (i < goods ? value[i] : -7));
        snprintf(sentence, sizeof sentence, "%s:2: column n: a number is expected, got '%s'", path,
                 i < goods ? "" : bad[i - goods]);
        assert_string_equal(fail_text(), i < goods ? "" : sentence);
        fail_clear();
        csv_close(file);
    }
    write_text("n,m\n1e999,2025-13-01\n");
    assert_int_equal(csv_open(&file, path), 0);
    assert_int_equal(csv_next(file, &row), 0);
    assert_int_equal(csv_number(file, 0, &number), TW_INPUT);
    snprintf(sentence, sizeof sentence,
             "%s:2: column n: a number below 1.8e308 is expected, got '1e999'", path);
    assert_string_equal(fail_text(), sentence);
    fail_clear();
    int64_t seconds = 0;
    assert_int_equal(csv_instant(file, 1, &seconds), TW_INPUT);
    snprintf(sentence, sizeof sentence,
             "%s:2: column m: a time such as 2025-10-31T09:38:31Z is expected, got '2025-13-01'",
             path);
    assert_string_equal(fail_text(), sentence);
    fail_clear();
    csv_close(file);
}

static void test_instant(void **state) {
    (void)state;
    csv *file;
    int row;
    int64_t seconds = 0;
    write_text("at\n2025-10-31T09:38:31Z\n");
    assert_int_equal(csv_open(&file, path), 0);
    assert_int_equal(csv_next(file, &row), 0);
    assert_int_equal(csv_instant(file, 0, &seconds), 0);
    assert_int_equal(seconds, 1761903511);
    csv_close(file);
}

/* Values of up to 63 bytes are shown whole, longer ones up to 60 in whole characters. */
static void test_refusal_is_clipped(void **state) {
    (void)state;
    csv *file;
    int row;
    for (int len = 55; len < 80; len++) {
        char text[96] = "a\n", sentence[256];
        memset(text + 2, 'x', (size_t)len - 3);
        memcpy(text + len - 1, "\xe6\x97\xa5", 4);
        write_text(text);
        assert_int_equal(csv_open(&file, path), 0);
        assert_int_equal(csv_next(file, &row), 0);
        assert_int_equal(csv_refuse(file, 0, "a colour is expected"), TW_INPUT);
        snprintf(sentence, sizeof sentence, "%s:2: column a: a colour is expected, got '%.*s%s'",
                 path, len < 64 ? 63 : 60, text + 2, len < 64 ? "" : "...");
        assert_string_equal(fail_text(), sentence);
        fail_clear();
        csv_close(file);
    }
    write_text("a\n\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"
               "23456789012345678901234567890123456789\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5");
    assert_int_equal(csv_open(&file, path), 0);
    assert_int_equal(csv_next(file, &row), 0);
    assert_int_equal(csv_refuse(file, 0, "a colour is expected"), TW_INPUT);
    assert_non_null(strstr(fail_text(), "56789\xe6\x97\xa5..."));
    fail_clear();
    csv_close(file);
}

static void test_round_trip(void **state) {
    (void)state;
    static const char *const value[] = {"plain", "",   "a,b", "say \"hi\"",  "two\nlines",
                                        "\r",    "\"", " x ", "\xe6\x97\xa5"};
    size_t n = sizeof value / sizeof *value;
    output out;
    csv *file;
    int row;
    assert_int_equal(output_open(&out, path), 0);
    for (size_t i = 0; i < 2 * n; i++) {
        char name[8];
        snprintf(name, sizeof name, "c%zu", i);
        const char *text = i < n ? name : value[i - n];
        assert_int_equal(csv_put(&out, (tt_text){text, strlen(text)}, i % n == n - 1), 0);
    }
    assert_int_equal(output_commit(&out), 0);
    assert_int_equal(csv_open(&file, path), 0);
    assert_int_equal(csv_next(file, &row), 0);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(csv_text(file, (int)i).at, value[i]);
    assert_int_equal(csv_next(file, &row), 0);
    assert_int_equal(row, 0);
    csv_close(file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_shape_refusals),
        cmocka_unit_test(test_quote_refusals),
        cmocka_unit_test(test_byte_refusals),
        cmocka_unit_test(test_long_rows),
        cmocka_unit_test(test_buffer_edges),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_plain_goes_before_gzip),
        cmocka_unit_test(test_cannot_open),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_instant),
        cmocka_unit_test(test_refusal_is_clipped),
        cmocka_unit_test(test_round_trip),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
