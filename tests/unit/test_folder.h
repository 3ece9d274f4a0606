/* SPDX-License-Identifier: MIT */
/* A folder for one file, made before the tests of a program; the removal after them fails where
 * they leave anything else. */
#ifndef TESTS_UNIT_TEST_FOLDER_H
#define TESTS_UNIT_TEST_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_folder.XXXXXX";
static char path[64];

static int set_up(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static inline void write_file(const void *content, size_t len) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

/* The file's bytes, fewer than `room`. */
static inline size_t load_file(void *to, size_t room) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(to, 1, room, file);
    fclose(file);
    assert_true(len < room);
    return len;
}

#endif
