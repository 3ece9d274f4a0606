/* SPDX-License-Identifier: MIT */
#include "base/fail.h"
#include "base/limit.h"
#include "base/message.h"
#include "base/output.h"
#include "program/arguments.h"
#include "program/commands.h"
#include "program/jobs.h"
#include "sign/sign.h"
#include "twotower.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMAND_ADDRESS(name) &command_##name,
const command *const commands[] = {COMMANDS(COMMAND_ADDRESS) NULL};

enum { COUNT = sizeof commands / sizeof *commands - 1 };

static void no_memory(size_t bytes) {
    (void)bytes;
    output_abandon_all();
    fail_clear();
    int status = limit_refuse();
    fprintf(stderr, "twotower: %s\n", fail_text());
    _Exit(status);
}

/* A file that we open must not take the number of a standard stream that is closed;
 * results written to a closed stdout must fail. */
static void hold_standard_streams(void) {
    static const int mode[3] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode[fd]) < 0)
            _Exit(TW_IO);
}

/* How many of the given words name the command: all of its words, or 0. */
static int words_matched(const command *one, int argc, char **argv) {
    const char *at = one->name;
    int words = 0;
    while (*at) {
        size_t len = strcspn(at, " ");
        if (words >= argc || strlen(argv[words]) != len || memcmp(argv[words], at, len) != 0)
            return 0;
        words++;
        at += len;
        at += *at == ' ';
    }
    return words;
}

static const command *find_command(int argc, char **argv, int *words) {
    for (int i = 0; i < COUNT; i++)
        if ((*words = words_matched(commands[i], argc, argv)) > 0)
            return commands[i];
    return NULL;
}

/* The commands whose name begins with `group` ("" for all). */
static int list_commands(const char *group) {
    int listed = 0;
    for (int i = 0; i < COUNT; i++) {
        size_t len = strlen(group);
        if (strncmp(commands[i]->name, group, len) != 0 || (len && commands[i]->name[len] != ' '))
            continue;
        if (!listed++)
            fputs("Usage: twotower COMMAND [options]\n\n"
                  "Trains, evaluates and serves a two-tower recommender.\n\nCommands:\n",
                  stdout);
        printf("  %-17s %s\n", commands[i]->name, commands[i]->summary);
    }
    if (listed)
        fputs(
            "\n`twotower COMMAND --help` explains one; `twotower --version` prints the version.\n",
            stdout);
    return listed;
}

static int refuse_command(const char *word) {
    const char *nearest = NULL;
    size_t best = SIZE_MAX, len = strlen(word);
    for (int i = 0; i < COUNT; i++) {
        if (strncmp(commands[i]->name, word, len) == 0 && commands[i]->name[len] == ' ')
            return fail(TW_USAGE, "'%s' needs a second word; see twotower %s --help", word, word);
        size_t distance = name_distance(word, len, commands[i]->name);
        if (distance < best) {
            best = distance;
            nearest = commands[i]->name;
        }
    }
    if (nearest && name_is_near(best, len))
        return fail(TW_USAGE, "there is no command '%.60s'; did you mean '%s'?", word, nearest);
    return fail(TW_USAGE, "there is no command '%.60s'; see twotower --help", word);
}

static message_settings messages(const arguments *given) {
    const char *progress = option_text(given, "progress");
    return (message_settings){.quiet = option_flag(given, "quiet"),
                              .json = option_flag(given, "json"),
                              .progress = !strcmp(progress, "always") ? PROGRESS_ALWAYS
                                          : !strcmp(progress, "auto") ? PROGRESS_AUTO
                                                                      : PROGRESS_NEVER};
}

static int run_command(const command *one, int argc, char **argv) {
    arguments *given;
    int help, status = arguments_parse(&given, one, argc, argv, &help);
    if (status)
        return status;
    if (help) {
        command_help(one);
    } else {
        const message_settings settings = messages(given);
        message_setup(&settings);
        trust_pin(environment_value(given, "TWOTOWER_PUBLIC_KEYS"));
        status = one->run(given);
        progress_end();
    }
    arguments_free(given);
    return status;
}

/* What stands where a command is expected, and is none. */
static int run_other(int argc, char **argv) {
    const char *word = argc > 0 ? argv[0] : "";
    if (strcmp(word, "--version") == 0) {
        puts("twotower " TT_VERSION_STRING);
        return 0;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        list_commands("");
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0 && list_commands(word))
        return 0;
    if (!*word)
        return fail(TW_USAGE, "a command is expected; see twotower --help");
    return refuse_command(word);
}

static int dispatch(const command **one, int argc, char **argv) {
    int words = 0, help = argc > 1 && strcmp(argv[0], "help") == 0;
    argc -= help;
    argv += help;
    *one = find_command(argc, argv, &words);
    if (!*one)
        return run_other(argc, argv);
    if (!help)
        return run_command(*one, argc - words, argv + words);
    command_help(*one);
    return 0;
}

int main(int argc, char **argv) {
    const command *one = NULL;
    hold_standard_streams();
    out_of_memory = no_memory;
    json_own_memory();
    interrupt_install();
    run_options();
    sync_videos_options();
    sync_users_options();
    int status = dispatch(&one, argc - (argc > 0), argv + (argc > 0));
    int flushed = result_flush();
    if (!status)
        status = flushed;
    if (status && *fail_text())
        fprintf(stderr, "twotower%s%s: %s\n", one ? " " : "", one ? one->name : "", fail_text());
    output_abandon_all();
    exit(status);
}
