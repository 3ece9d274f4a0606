/* SPDX-License-Identifier: MIT */
/* Parquet files that are cut, flipped or made to lie. */
#include "base/fail.h"
#include "format/parquet.h"
#include "format/parquet_writer.h"
#include "parquet_lie.h"
#include "unit/test_folder.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static void touch(const parquet_reader *reader, const parquet_column *column, int at) {
    for (uint32_t i = 0; i < parquet_list_size(reader, at); i++) {
        if (column->type == PARQUET_STRING) {
            tt_text text = parquet_list_text(reader, at, i);
            free(memcpy(malloc(text.len + 1), text.at, text.len));
        } else if (column->type == PARQUET_FLOAT || column->type == PARQUET_DOUBLE) {
            (void)parquet_list_number(reader, at, i);
        } else {
            (void)parquet_list_int(reader, at, i);
        }
    }
}

/* Reads every value of every column that can be asked for. */
static int read_all(uint64_t *rows) {
    parquet_reader *reader;
    int count, at[16], row = 1, status = parquet_open(&reader, path);
    *rows = 0;
    if (status)
        return status;
    const parquet_column *column = parquet_columns(reader, &count);
    assert_in_range(count, 0, 15);
    for (int i = 0; i < count && !status; i++)
        status = parquet_need(reader, column[i].name, column[i].type, column[i].list, &at[i]);
    while (count && !status && !(status = parquet_next(reader, &row)) && row) {
        for (int i = 0; i < count; i++)
            touch(reader, &column[i], at[i]);
        ++*rows;
    }
    parquet_close(reader);
    return status;
}

/* A refusal is one sentence that names the file. */
static void expect_refused_or_read(void) {
    uint64_t rows;
    int status = read_all(&rows);
    if (status) {
        assert_true(status == TW_INPUT || status == TW_IO);
        assert_memory_equal(fail_text(), path, strlen(path));
    }
    fail_clear();
}

/* A small file of every kind of column in two row groups; returns its length. */
static size_t write_small(unsigned char *to, size_t room) {
    static const parquet_column columns[] = {{"s", PARQUET_STRING, 0, 1},
                                             {"i", PARQUET_INT32, 0, 0},
                                             {"t", PARQUET_INSTANT, 0, 1},
                                             {"f", PARQUET_FLOAT, 1, 0},
                                             {"l", PARQUET_STRING, 1, 0}};
    parquet_writer *writer;
    assert_int_equal(parquet_create(&writer, path, columns, 5), 0);
    parquet_limits(writer, 20, 1000, 4);
    parquet_set(writer, "key", "value");
    for (int r = 0; r < 6; r++) {
        float vector[3] = {1, 2, 3};
        if (r % 2)
            parquet_put_text(writer, 0, text_of("caf\xc3\xa9"));
        else
            parquet_put_null(writer, 0);
        parquet_put_int(writer, 1, r);
        parquet_put_int(writer, 2, r);
        parquet_put_floats(writer, 3, vector, (uint32_t)r % 4);
        parquet_list(writer, 4, r == 3 ? 2 : 0);
        for (int i = 0; i < (r == 3 ? 2 : 0); i++)
            parquet_put_text(writer, 4, text_of("tag"));
        assert_int_equal(parquet_end_row(writer), 0);
    }
    assert_int_equal(parquet_commit(&writer), 0);
    return load_file(to, room);
}

static void test_truncation(void **state) {
    (void)state;
    unsigned char content[8192];
    uint64_t rows;
    size_t len = write_small(content, sizeof content);
    assert_int_equal(read_all(&rows), 0);
    assert_int_equal(rows, 6);
    for (size_t cut = len; cut-- > 0;) {
        assert_int_equal(truncate(path, (off_t)cut), 0);
        assert_int_equal(read_all(&rows), TW_INPUT);
        assert_memory_equal(fail_text(), path, strlen(path));
        fail_clear();
    }
}

static void test_flips(void **state) {
    (void)state;
    static const unsigned char flip[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
    unsigned char content[8192];
    size_t len = write_small(content, sizeof content);
    int fd = open(path, O_WRONLY);
    assert_true(fd >= 0);
    for (size_t i = 0; i < len; i++) {
        for (size_t k = 0; k < sizeof flip; k++) {
            unsigned char flipped = content[i] ^ flip[k];
            assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
            expect_refused_or_read();
        }
        assert_int_equal(pwrite(fd, &content[i], 1, (off_t)i), 1);
    }
    close(fd);
}

/* Writes the file and reads all of it. */
static int tell(const lie *of) {
    bytes file = make_lie(of);
    write_file(file.at, file.used);
    bytes_free(&file);
    uint64_t rows;
    fail_clear();
    return read_all(&rows);
}

/* The sentence holds `part`. */
static void expect_lie(lie of, const char *part) {
    assert_int_equal(tell(&of), TW_INPUT);
    if (!strstr(fail_text(), part))
        fail_msg("'%s' is not in '%s'", part, fail_text());
    fail_clear();
}

#define LIE(part, member, value) \
    do { \
        lie changed = truth(); \
        changed.member = (value); \
        expect_lie(changed, part); \
    } while (0)

static void test_not_read(void **state) {
    (void)state;
    char sentence[256];
    lie of = truth();
    assert_int_equal(tell(&of), 0);
    snprintf(sentence, sizeof sentence,
             "%s: column x: compression LZO is not read; write the file with zstd, snappy, "
             "gzip, brotli, LZ4_RAW or no compression",
             path);
    LIE(sentence, codec, 3);
    LIE("compression of an unknown number is not read", codec, 8);
    LIE("compression of an unknown number is not read", codec, -1);
    snprintf(sentence, sizeof sentence,
             "%s: column x: INT32 DELTA_BYTE_ARRAY is not read; write the column in the PLAIN "
             "encoding or with a dictionary",
             path);
    LIE(sentence, encoding, ENCODING_DELTA_BYTE_ARRAY);
    LIE("INT32 RLE is not read", encoding, ENCODING_RLE);
    LIE("INT32 BIT_PACKED is not read", encoding, 4);
    LIE("INT32 of an unknown number is not read", encoding, 99);
    of.repetition = REPETITION_OPTIONAL;
    of.level_encoding = 4;
    snprintf(sentence, sizeof sentence,
             "%s: column x: level encoding BIT_PACKED is not read; write the file with RLE levels",
             path);
    expect_lie(of, sentence);
}

static void test_types_not_read(void **state) {
    (void)state;
    static const struct {
        int32_t physical, repetition, converted, logical;
        const char *found;
    } odd[] = {{0, 0, 0, 0, "STRING in BOOLEAN, which is not read; write the column as text"},
               {3, 1, 10, 0, "INT96 (converted type 10, logical type 0), which is not read"},
               {6, 0, 5, 0, "DECIMAL(0, 0) in BYTE_ARRAY, which is not read"},
               {7, 0, -1, 0, "FIXED_LEN_BYTE_ARRAY (converted type -1, logical type 0), which"},
               {7, 0, 21, 0, "INTERVAL in FIXED_LEN_BYTE_ARRAY, which is not read"},
               {7, 0, -1, 15, "FLOAT16 in FIXED_LEN_BYTE_ARRAY, which is not read"},
               {7, 0, 5, 0, "DECIMAL(0, 0) in FIXED_LEN_BYTE_ARRAY, which is not read"},
               {1, 0, -1, 7, "TIME in INT32, which is not read"},
               {2, 0, 8, 0, "TIME in INT64, which is not read"},
               {2, 0, -1, 8, "TIMESTAMP in INT64, which is not read"},
               {6, 0, -1, 13, "BSON in BYTE_ARRAY, which is not read"},
               {6, 0, -1, 16, "VARIANT in BYTE_ARRAY, which is not read"},
               {6, 0, -1, 77, "BYTE_ARRAY (converted type -1, logical type 77), which is not"},
               {99, 0, -1, 0, "of an unknown number (converted type -1, logical type 0), which"}};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        lie of = truth();
        parquet_reader *reader;
        int at, count;
        char sentence[256];
        of.physical = odd[i].physical;
        of.repetition = odd[i].repetition;
        of.converted = odd[i].converted;
        of.logical = odd[i].logical;
        assert_int_equal(tell(&of), 0);
        assert_int_equal(parquet_open(&reader, path), 0);
        parquet_columns(reader, &count);
        assert_int_equal(count, 0);
        assert_int_equal(parquet_need(reader, "x", PARQUET_DOUBLE, 0, &at), TW_INPUT);
        snprintf(sentence, sizeof sentence,
                 "%s: column x: double precision numbers are expected, the file has %s", path,
                 odd[i].found);
        assert_memory_equal(fail_text(), sentence, strlen(sentence));
        fail_clear();
        parquet_close(reader);
    }
}

static void test_sizes_that_lie(void **state) {
    (void)state;
    LIE("row groups have too few rows", rows, 3);
    LIE("row groups have too many rows", rows, 1);
    LIE("no schema, rows or row groups", rows, -1);
    LIE("no columns or rows", group_rows, -5);
    LIE("too many rows", group_rows, INT64_MAX);
    LIE("a column lies outside the file", offset, 3);
    LIE("a column lies outside the file", offset, INT64_MIN);
    LIE("a column lies outside the file", offset, INT64_MAX);
    LIE("a column lies outside the file", size, INT64_MAX);
    LIE("a column lies outside the file", size, -1);
    LIE("a column lies outside the file", entries, -1);
    LIE("too few values or rows", entries, 3);
    LIE("more values than its column", entries, 1);
    LIE("1 GB or 2^28 values", entries, INT64_MAX);
    LIE("a page header is malformed", page_entries, -1);
    LIE("another number of values than its levels", page_entries, 1);
    LIE("two sizes differ", raw_size, 9);
    LIE("a page header is malformed", raw_size, INT64_C(1) << 32);
    LIE("a page is of an unknown type", page_type, 9);
    LIE("zstd data is of another size", codec, CODEC_ZSTD);
    LIE("the name of a column is not UTF-8", name, "\xff");
    LIE("the name of a column is not UTF-8", name, "a\xc3");
    LIE("a page header is malformed", size, 5);
    LIE("longer than its column", size, 20);
}

static void body_lie(const char *part, int32_t repetition, const void *body, size_t len) {
    lie of = truth();
    of.physical = PHYSICAL_BYTE_ARRAY;
    of.converted = CONVERTED_UTF8;
    of.repetition = repetition;
    of.body = body;
    of.len = len;
    of.raw_size = (int64_t)len;
    if (part)
        expect_lie(of, part);
    else
        assert_int_equal(tell(&of), 0);
}

static void test_crc(void **state) {
    (void)state;
    lie of = truth();
    of.crc = (int32_t)crc32(0, two_ints, sizeof two_ints);
    assert_int_equal(tell(&of), 0);
    of.crc++;
    expect_lie(of, "a page does not have the CRC it names");
}

static void test_bodies_that_lie(void **state) {
    (void)state;
    body_lie(NULL, 0, "\0\0\0\0\1\0\0\0a", 9);
    body_lie("too few strings", 0, "\0\0\0\0", 4);
    body_lie("too few strings", 0, "\1\0\0\0a\0\0\0", 8);
    body_lie("reaches past its page", 0, "\0\0\0\0\2\0\0\0a", 9);
    body_lie("reaches past its page", 0,
             "\0\0\0\0\xff\xff\xff\xff"
             "a",
             9);
    body_lie("bytes after its strings", 0, "\0\0\0\0\1\0\0\0ab", 10);
    body_lie("a string is not UTF-8", 0, "\0\0\0\0\1\0\0\0\xff", 9);
    body_lie(NULL, 1, "\2\0\0\0\4\0", 6);
    body_lie("ends inside its levels", 1, "\2\0\0", 3);
    body_lie("levels are malformed", 1, "\3\0\0\0\4\0", 6);
    body_lie("levels are malformed", 1, "\xff\xff\xff\xff\4\0", 6);
    body_lie("levels are malformed", 1, "\2\0\0\0\6\0", 6);
    body_lie("levels are malformed", 1, "\2\0\0\0\2\0", 6);
    body_lie("levels are malformed", 1, "\2\0\0\0\4\2", 6);
    body_lie("levels are malformed", 1, "\3\0\0\0\4\0\0", 7);
    body_lie("too few strings", 1, "\2\0\0\0\4\1", 6);
}

static void test_not_parquet(void **state) {
    (void)state;
    uint64_t rows;
    char sentence[160];
    write_file("id,title\n1,two three\n", 21);
    assert_int_equal(read_all(&rows), TW_INPUT);
    snprintf(sentence, sizeof sentence,
             "%s: byte 0: 'PAR1' is expected; this is not a Parquet file", path);
    assert_string_equal(fail_text(), sentence);
    fail_clear();
    unlink(path);
    assert_int_equal(read_all(&rows), TW_IO);
    fail_clear();
    parquet_reader *reader;
    assert_int_equal(parquet_open(&reader, folder), TW_IO);
    snprintf(sentence, sizeof sentence, "%s: is not a regular file; give a Parquet file", folder);
    assert_string_equal(fail_text(), sentence);
    fail_clear();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_flips),
        cmocka_unit_test(test_not_read),
        cmocka_unit_test(test_types_not_read),
        cmocka_unit_test(test_sizes_that_lie),
        cmocka_unit_test(test_bodies_that_lie),
        cmocka_unit_test(test_crc),

        cmocka_unit_test(test_not_parquet),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
