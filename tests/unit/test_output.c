/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/test_output.XXXXXX";
static char start[4096]; /* the folder that the program was started in */

static void write_file(const char *path, const char *text) {
    output out;
    fail_clear();
    assert_int_equal(output_open(&out, path), 0);
    assert_int_equal(output_write(&out, text, strlen(text)), 0);
    assert_int_equal(output_commit(&out), 0);
}

static void has_text(const char *path, const char *text) {
    char got[256] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(got, text);
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

static void says(const char *part) {
    if (!strstr(fail_text(), part))
        fail_msg("'%s' does not hold '%s'", fail_text(), part);
}

static void commit_replaces_abandon_leaves(void **state) {
    (void)state;
    output out;
    write_file("a", "old");
    assert_int_equal(output_open(&out, "a"), 0);
    assert_int_equal(output_format(&out, "%s %d", "new", 1), 0);
    assert_int_equal(entries("."), 2);
    has_text("a", "old");
    output_abandon(&out);
    output_abandon(&out);
    has_text("a", "old");
    assert_int_equal(entries("."), 1);
    assert_int_equal(output_open(&out, "a"), 0);
    assert_int_equal(output_format(&out, "%s %d", "new", 2), 0);
    assert_int_equal(output_commit(&out), 0);
    output_abandon(&out);
    has_text("a", "new 2");
    assert_int_equal(entries("."), 1);
}

static void large_writes_are_whole(void **state) {
    (void)state;
    enum { SIZE = 300000 };
    unsigned char *bytes = malloc(SIZE), *got = malloc(SIZE + 1);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * 31 >> 3);
    output out;
    assert_int_equal(output_open(&out, "large"), 0);
    for (size_t at = 0, n = 1; at < SIZE; at += n, n = n * 3 + 1)
        assert_int_equal(output_write(&out, bytes + at, n < SIZE - at ? n : SIZE - at), 0);
    assert_int_equal(output_commit(&out), 0);
    assert_int_equal(output_copy("large", "copy/of/large"), 0);
    FILE *file = fopen("copy/of/large", "rb");
    assert_non_null(file);
    assert_int_equal(fread(got, 1, SIZE + 1, file), SIZE);
    fclose(file);
    assert_memory_equal(bytes, got, SIZE);
    free(bytes);
    free(got);
}

static void mode_follows_umask(void **state) {
    (void)state;
    struct stat status;
    mode_t old = umask(027);
    write_file("m", "x");
    umask(old);
    assert_int_equal(stat("m", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
}

static void what_is_no_file_stays(void **state) {
    (void)state;
    output out;
    assert_int_equal(mkdir("d", 0777), 0);
    assert_int_equal(output_open(&out, "d"), TW_IO);
    says("d: is a folder");
    fail_clear();
    assert_int_equal(output_open(&out, "/dev/null"), TW_IO);
    says("/dev/null: is not a regular file");
    fail_clear();
    assert_int_equal(output_open(&out, ""), TW_IO);
    output_abandon(&out);
    write_file("plain", "x");
    fail_clear();
    assert_int_equal(output_open(&out, "plain/a"), TW_IO);
    says("plain: is not a folder");
}

/* A disk that takes no more is played by the limit of file sizes. */
static void full_disk_keeps_the_old_file(void **state) {
    (void)state;
    struct rlimit old, small;
    output out;
    char *bytes = calloc(1, 200000);
    write_file("a", "old");
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = old;
    small.rlim_cur = 100000;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    fail_clear();
    int opened = output_open(&out, "a"), status = output_write(&out, bytes, 200000);
    output_abandon(&out);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    free(bytes);
    assert_int_equal(opened, 0);
    assert_int_equal(status, TW_IO);
    says("a: cannot write: File too large; raise the limit");
    has_text("a", "old");
    assert_int_equal(entries("."), 1);
}

/* As a user for whom the permissions of a folder count. */
static int create_as_nobody(void) {
    output out;
    if (geteuid() == 0 && setuid(65534) != 0)
        return 99;
    fail_clear();
    int status = output_open(&out, "closed/a");
    return strstr(fail_text(), "choose a folder that can be written") ? status : 98;
}

static void read_only_folder(void **state) {
    (void)state;
    assert_int_equal(mkdir("closed", 0555), 0);
    assert_int_equal(chmod(".", 0755), 0);
    pid_t child = fork();
    if (child == 0)
        _exit(create_as_nobody());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), TW_IO);
    assert_int_equal(entries("closed"), 0);
}

static char *begin_with(const char *path, const char *file, const char *text) {
    char *temporary, *name;
    fail_clear();
    assert_int_equal(output_folder_begin(path, &temporary), 0);
    name = xasprintf("%s/%s", temporary, file);
    write_file(name, text);
    free(name);
    return temporary;
}

static void folder_replaces_folder(void **state) {
    (void)state;
    char *temporary = begin_with("runs/r", "deep/er/old", "1");
    assert_int_equal(access("runs/r", F_OK), -1);
    assert_int_equal(output_folder_commit(temporary, "runs/r"), 0);
    free(temporary);
    has_text("runs/r/deep/er/old", "1");
    temporary = begin_with("runs/r/", "new", "2");
    has_text("runs/r/deep/er/old", "1");
    assert_int_equal(output_folder_commit(temporary, "runs/r/"), 0);
    free(temporary);
    has_text("runs/r/new", "2");
    assert_int_equal(entries("runs/r"), 1);
    temporary = begin_with("runs/r", "never/seen", "3");
    output_folder_abandon(temporary);
    free(temporary);
    assert_int_equal(entries("runs/r"), 1);
    assert_int_equal(entries("runs"), 1);
}

static void folder_refusals(void **state) {
    (void)state;
    char *temporary;
    write_file("plain", "x");
    fail_clear();
    assert_int_equal(output_folder_begin("plain", &temporary), TW_IO);
    says("plain: is not a folder");
    assert_null(temporary);
    static const char *const around[] = {".", "..", "/", "../"};
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        fail_clear();
        assert_int_equal(output_folder_begin(around[i], &temporary), TW_IO);
        says("the current folder is in it");
    }
    has_text("plain", "x");
    assert_int_equal(entries("."), 1);
}

static void link_is_swapped(void **state) {
    (void)state;
    char target[64];
    write_file("runs/1/a", "one");
    write_file("runs/2/a", "two");
    fail_clear();
    assert_int_equal(output_link("runs/1", "latest"), 0);
    has_text("latest/a", "one");
    assert_int_equal(output_link("runs/2", "latest"), 0);
    has_text("latest/a", "two");
    assert_int_equal(readlink("latest", target, sizeof target), 6);
    assert_int_equal(output_link("x", "runs"), TW_IO);
    says("runs: is a folder, where a symbolic link belongs");
    fail_clear();
    assert_int_equal(output_link("x", "runs/1/a"), TW_IO);
    has_text("runs/1/a", "one");
    assert_int_equal(entries("."), 2);
}

static void abandon_all_removes_what_is_open(void **state) {
    (void)state;
    output out;
    write_file("kept", "x");
    char *temporary = begin_with("f", "deep/file", "x");
    assert_int_equal(output_open(&out, "g"), 0);
    assert_int_equal(entries("."), 3);
    output_abandon_all();
    assert_int_equal(entries("."), 1);
    output_abandon(&out);
    free(temporary);
}

static void full_stdout_is_reported(void **state) {
    (void)state;
    int saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
    if (full < 0)
        skip();
    fflush(stdout);
    dup2(full, STDOUT_FILENO);
    close(full);
    fail_clear();
    result_line("%s", "result");
    int status = result_flush();
    dup2(saved, STDOUT_FILENO);
    close(saved);
    clearerr(stdout);
    assert_int_equal(status, TW_IO);
    says("standard output: cannot write: No space left on device; free some space");
}

static void json_files(void **state) {
    (void)state;
    json_t *document = json_pack("{s:f, s:[i]}", "z", 0.1, "a", 1);
    fail_clear();
    assert_int_equal(json_write(document, "j.json"), 0);
    has_text("j.json", "{\n  \"z\": 0.1,\n  \"a\": [\n    1\n  ]\n}\n");
    assert_int_equal(json_read(&document, "j.json"), 0);
    assert_true(json_real_value(json_object_get(document, "z")) == 0.1);
    json_decref(document);
    write_file("j.json", "{\n \"a\": 1,\n \"a\": 2}");
    assert_int_equal(json_read(&document, "j.json"), TW_INPUT);
    says("j.json:3:");
    assert_null(document);
    fail_clear();
    assert_int_equal(json_read(&document, "none.json"), TW_IO);
}

/* Control characters of an input never reach a terminal through a sentence.
 * (fail) in parentheses is ours; without them it is a macro of cmocka. */
static void first_sentence_stays(void **state) {
    (void)state;
    fail_clear();
    assert_string_equal(fail_text(), "");
    assert_int_equal((fail)(TW_INPUT, "got '%s'", "\033[2J\n"), TW_INPUT);
    assert_int_equal((fail)(TW_IO, "later"), TW_IO);
    assert_string_equal(fail_text(), "got '?[2J?'");
    fail_clear();
}

static int signal_during_write(void) {
    output out;
    interrupt_install();
    if (output_open(&out, "a") || interrupted())
        return 99;
    raise(SIGTERM);
    int status = output_commit(&out);
    return *fail_text() && interrupted() == TW_INTERRUPTED && entries(".") == 1 ? status : 98;
}

static int second_signal_kills(void) {
    signal(SIGINT, SIG_DFL); /* ignored where the tests run in the background of a shell */
    interrupt_install();
    raise(SIGINT);
    raise(SIGTERM);
    return 97;
}

static void signals(void **state) {
    (void)state;
    int status;
    write_file("a", "old");
    fail_clear();
    pid_t child = fork();
    if (child == 0)
        _exit(signal_during_write());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), TW_INTERRUPTED);
    has_text("a", "old");
    child = fork();
    if (child == 0)
        _exit(second_signal_kills());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
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
        IN_FOLDER(commit_replaces_abandon_leaves),
        IN_FOLDER(large_writes_are_whole),
        IN_FOLDER(mode_follows_umask),
        IN_FOLDER(what_is_no_file_stays),
        IN_FOLDER(full_disk_keeps_the_old_file),
        IN_FOLDER(read_only_folder),
        IN_FOLDER(folder_replaces_folder),
        IN_FOLDER(folder_refusals),
        IN_FOLDER(link_is_swapped),
        IN_FOLDER(abandon_all_removes_what_is_open),
        IN_FOLDER(full_stdout_is_reported),
        IN_FOLDER(json_files),
        IN_FOLDER(first_sentence_stays),
        IN_FOLDER(signals),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
