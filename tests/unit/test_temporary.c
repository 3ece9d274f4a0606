/* SPDX-License-Identifier: MIT */
/* What killed processes left of an output, and what living ones have open. */
#include "base/fail.h"
#include "base/output.h"

#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_temporary.XXXXXX";
static char start[4096]; /* the folder that the program was started in */

static void write_file(const char *path, const char *text) {
    output out;
    fail_clear();
    assert_int_equal(output_open(&out, path), 0);
    assert_int_equal(output_write(&out, text, strlen(text)), 0);
    assert_int_equal(output_commit(&out), 0);
}

/* Entries of a folder, hidden ones too, without "." and "..". */
static int entries(const char *path) {
    int n = 0;
    DIR *all = opendir(path);
    assert_non_null(all);
    while (readdir(all))
        n++;
    closedir(all);
    return n - 2;
}

/* A process that begins an output and is killed in it, or waits to be. */
static pid_t writer(int whole) {
    int ready[2];
    char one;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        output out;
        char *temporary;
        if (whole ? output_folder_begin("out", &temporary) : output_open(&out, "out"))
            _exit(1);
        (void)!write(ready[1], "x", 1);
        for (;;)
            pause();
    }
    assert_true(child > 0);
    assert_int_equal(read(ready[0], &one, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return child;
}

static void kill_it(pid_t child) {
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

/* Temporaries of the dead go with the next output of that name; those of the living stay,
 * whatever number their process has. */
static void what_a_killed_process_left_is_removed(void **state) {
    (void)state;
    char *temporary;
    for (int whole = 0; whole < 2; whole++) {
        pid_t dead = writer(whole), alive = writer(whole);
        assert_int_equal(entries("."), 2);
        kill_it(dead);
        write_file(".other.tmp-0123456789abcdef", "half"); /* of another output */
        write_file(".out.tmp-0123456789abcdeg", "half");   /* not a name of ours */
        assert_int_equal(entries("."), 4);
        if (!whole) {
            write_file("out", "whole");
            assert_int_equal(entries("."), 4); /* the dead one's is gone */
            assert_int_equal(unlink("out"), 0);
        } else {
            assert_int_equal(output_folder_begin("out", &temporary), 0);
            assert_int_equal(output_folder_commit(temporary, "out"), 0);
            free(temporary);
            assert_int_equal(entries("."), 4);
            assert_int_equal(rmdir("out"), 0);
        }
        kill_it(alive);
        write_file("out", "whole");
        assert_int_equal(unlink("out"), 0);
        assert_int_equal(unlink(".other.tmp-0123456789abcdef"), 0);
        assert_int_equal(unlink(".out.tmp-0123456789abcdeg"), 0);
        assert_int_equal(entries("."), 0);
    }
}

/* The temporary link of a killed process goes with the next link, and none of a living one does. */
static void killed_links_are_cleared(void **state) {
    (void)state;
    enum { WRITERS = 3, LINKS = 200 };
    pid_t writers[WRITERS];
    assert_int_equal(mkdir(".out.tmp-00000000000000aa", 0777), 0);
    assert_int_equal(symlink("nowhere", ".out.tmp-00000000000000aa/link"), 0);
    assert_int_equal(output_link("there", "out"), 0);
    assert_int_equal(entries("."), 1);
    for (int w = 0; w < WRITERS; w++)
        if ((writers[w] = fork()) == 0) {
            int status = 0;
            for (int i = 0; i < LINKS && !status; i++)
                status = output_link("there", "out");
            _exit(status);
        }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        assert_int_equal(waitpid(writers[w], &status, 0), writers[w]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(entries("."), 1);
}

static int enter_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/test_output.XXXXXX");
    fail_clear();
    return getcwd(start, sizeof start) && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state) {
    (void)state;
    output_folder_abandon(folder);
    return chdir(start) == 0 && access(folder, F_OK) != 0 ? 0 : -1;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_a_killed_process_left_is_removed),
        IN_FOLDER(killed_links_are_cleared),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
