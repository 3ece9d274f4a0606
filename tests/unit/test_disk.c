/* SPDX-License-Identifier: MIT */
/* Memory on disk: zeros at first, what was written after growth, and the same without a folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MANY = 200000 };

/* Mappings of this process whose file has no name any more. */
static int mapped(void) {
    char line[512];
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps))
        count += strstr(line, "twotower-") && strstr(line, "(deleted)");
    if (maps)
        fclose(maps);
    return count;
}

static void grow(void) {
    size_t capacity = 0;
    uint64_t *number = NULL;
    for (size_t i = 0; i < MANY; i++) {
        number = disk_more(number, i, &capacity, sizeof *number);
        assert_true(number[i] == 0);
        number[i] = i * i;
    }
    for (size_t i = 0; i < MANY; i++)
        assert_true(number[i] == i * i);
    disk_free(number);
}

static void pieces_grow_and_keep_what_they_hold(void **state) {
    (void)state;
    grow();
    assert_int_equal(mapped(), 0);
    disk_free(NULL);
}

static void large_pieces_stand_in_a_file_without_a_name(void **state) {
    (void)state;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (!maps)
        skip();
    fclose(maps);
    char *small = disk_zero(10, 10), *large = disk_zero(1000, 1000);
    assert_int_equal(mapped(), 1);
    memset(large, 1, 1000000);
    disk_free(small);
    disk_free(large);
    assert_int_equal(mapped(), 0);
}

static void without_a_folder_there_is_plain_memory(void **state) {
    const char *was = getenv("TMPDIR");
    char *kept = was ? strdup(was) : NULL;
    (void)state;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    char *large = disk_zero(1000, 1000);
    assert_int_equal(mapped(), 0);
    memset(large, 1, 1000000);
    disk_free(large);
    grow();
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

static void a_pool_on_disk_keeps_its_texts(void **state) {
    arena text = {.on_disk = 1};
    tt_text *kept = calloc(MANY, sizeof *kept);
    char name[32];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        int len = snprintf(name, sizeof name, "text %d", i);
        kept[i] = arena_text(&text, (tt_text){name, (size_t)len});
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "text %d", i);
        assert_memory_equal(kept[i].at, name, kept[i].len);
    }
    arena_free(&text);
    free(kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_grow_and_keep_what_they_hold),
        cmocka_unit_test(large_pieces_stand_in_a_file_without_a_name),
        cmocka_unit_test(without_a_folder_there_is_plain_memory),
        cmocka_unit_test(a_pool_on_disk_keeps_its_texts),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
