/* SPDX-License-Identifier: MIT */
/* completion: a script for a shell, from the tables that the commands are parsed by. */
#include "base/fail.h"
#include "base/message.h"
#include "program/arguments.h"
#include "program/commands.h"

#include <stdlib.h>
#include <string.h>

static const option options[] = {{0}};

static size_t first_word(const command *one) {
    return strcspn(one->name, " ");
}

/* The second word of a command's name, or NULL. */
static const char *second_word(const command *one) {
    return one->name[first_word(one)] ? one->name + first_word(one) + 1 : NULL;
}

static int same_group(const command *one, const command *other) {
    size_t len = first_word(one);
    return first_word(other) == len && !memcmp(one->name, other->name, len);
}

/* Is it the first command of its first word? */
static int opens_group(const command *const *one) {
    for (const command *const *before = commands; before < one; before++)
        if (same_group(*before, *one))
            return 0;
    return 1;
}

/* `text` for single quotes of a shell: a backslash before each of `special`, and the
 * quote itself as `quote`.  The caller frees it. */
static char *quoted(const char *text, const char *special, const char *quote) {
    size_t each = strlen(quote) > 2 ? strlen(quote) : 2;
    char *out = xmalloc(each * strlen(text) + 1), *to = out;
    for (; *text; text++) {
        if (*text == '\'') {
            memcpy(to, quote, strlen(quote));
            to += strlen(quote);
            continue;
        }
        if (strchr(special, *text))
            *to++ = '\\';
        *to++ = *text;
    }
    *to = 0;
    return out;
}

/* The choices a|b|c as `a b c`; the caller frees it. */
static char *choice_words(const option *of) {
    char *text = xstrndup(of->choices, strlen(of->choices));
    for (char *at = text; *at; at++)
        if (*at == '|')
            *at = ' ';
    return text;
}

typedef void (*put_option)(const command *of, const option *one);

static void put_options(const command *of, put_option put) {
    for (const option *one = of->options; one && one->name; one++)
        if (one->type != OPTION_VARIABLE)
            put(of, one);
    for (const option *one = common_options; one->name; one++)
        if (!option_is_own(of, one->name))
            put(of, one);
}

/* ---- bash ------------------------------------------------------------------------------- */

static void bash_word(const command *of, const option *one) {
    (void)of;
    result_own("        --%s", one->name);
}

static void bash_choices(const command *of, const option *one) {
    if (!one->choices)
        return;
    char *words = choice_words(one);
    result_own("    '%s --%s') words='%s' ;;", of->name, one->name, words);
    free(words);
}

static void bash(void) {
    result_own("# bash completion of twotower");
    result_own("_twotower() {\n"
               "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
               "    local name= words=\n"
               "    case \"${COMP_WORDS[*]:1:COMP_CWORD-1} \" in");
    for (const command *const *one = commands; *one; one++)
        result_own("    '%s '*) name='%s' ;;", (*one)->name, (*one)->name);
    for (const command *const *one = commands; *one; one++) {
        if (!opens_group(one) || !second_word(*one))
            continue;
        result_own("    '%.*s ') words='", (int)first_word(*one), (*one)->name);
        for (const command *const *two = one; *two; two++)
            if (same_group(*one, *two) && second_word(*two))
                result_own("        %s", second_word(*two));
        result_own("    ' ;;");
    }
    result_own("    ' ') words='");
    for (const command *const *one = commands; *one; one++)
        if (opens_group(one))
            result_own("        %.*s", (int)first_word(*one), (*one)->name);
    result_own("    ' ;;\n    esac\n    case \"$name $before\" in");
    for (const command *const *one = commands; *one; one++)
        put_options(*one, bash_choices);
    result_own("    *)\n        case $current in\n        -*)\n            case $name in");
    for (const command *const *one = commands; *one; one++) {
        result_own("            '%s') words='", (*one)->name);
        put_options(*one, bash_word);
        result_own("            ' ;;");
    }
    result_own("            esac ;;\n        esac ;;\n    esac\n"
               "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
               "}\n"
               "complete -o default -F _twotower twotower");
}

/* ---- zsh -------------------------------------------------------------------------------- */

static void zsh_option(const command *of, const option *one) {
    (void)of;
    char *help = quoted(one->help ? one->help : "", "[]:\\", "'\\''");
    char *words = one->choices ? choice_words(one) : NULL;
    const char *many = one->type == OPTION_LIST ? "*" : "";
    if (one->type == OPTION_FLAG)
        result_own("            '--%s[%s]' \\", one->name, help);
    else
        result_own("            '%s--%s[%s]:%s:%s%s%s' \\", many, one->name, help,
                   one->placeholder ? one->placeholder : "VALUE", words ? "(" : "_files",
                   words ? words : "", words ? ")" : "");
    free(help);
    free(words);
}

static void zsh_names(const command *group, const char *variable) {
    result_own("        %s=(", variable);
    for (const command *const *one = commands; *one; one++) {
        if (group ? !same_group(group, *one) || !second_word(*one) : !opens_group(one))
            continue;
        const char *word = group ? second_word(*one) : (*one)->name;
        char *help = quoted((*one)->summary, ":\\", "'\\''");
        result_own("            '%.*s:%s'", (int)strcspn(word, " "), word,
                   !group && second_word(*one) ? "" : help);
        free(help);
    }
    result_own("        )\n        _describe command %s", variable);
}

static void zsh(void) {
    result_own("#compdef twotower\n_twotower() {\n    local -a names\n"
               "    local given=\"${words[2,CURRENT-1]} \"\n    case $given in");
    for (const command *const *one = commands; *one; one++) {
        result_own("    '%s '*)", (*one)->name);
        if (second_word(*one)) /* _arguments takes one word for the command */
            result_own("        shift words\n        (( CURRENT-- ))");
        result_own("        shift words\n        (( CURRENT-- ))\n        _arguments \\");
        put_options(*one, zsh_option);
        result_own("            '*:file:_files' ;;");
    }
    for (const command *const *one = commands; *one; one++) {
        if (!opens_group(one) || !second_word(*one))
            continue;
        result_own("    '%.*s ')", (int)first_word(*one), (*one)->name);
        zsh_names(*one, "names");
        result_own("        ;;");
    }
    result_own("    ' ')");
    zsh_names(NULL, "names");
    result_own("        ;;\n    esac\n}\n_twotower \"$@\"");
}

/* ---- fish ------------------------------------------------------------------------------- */

static void fish_option(const command *of, const option *one) {
    char *help = quoted(one->help ? one->help : "", "\\", "\\'");
    char *words = one->choices ? choice_words(one) : NULL;
    char *values = words ? xasprintf(" -x -a '%s'", words) : xasprintf(" -r");
    result_own("complete -c twotower -n '__twotower_is %s' -l %s%s -d '%s'", of->name, one->name,
               one->type == OPTION_FLAG ? "" : values, help);
    free(values);
    free(words);
    free(help);
}

static void fish(void) {
    result_own(
        "# fish completion of twotower\n"
        "function __twotower_is # the words of a command stand first\n"
        "    string match -q -- \"twotower $argv *\" (commandline -opc | string join ' ')' '\n"
        "end\n"
        "function __twotower_after # nothing else stands before\n"
        "    test (commandline -opc | string join ' ') = (string trim \"twotower $argv\")\n"
        "end\n"
        "complete -c twotower -n '__twotower_after' -f");
    for (const command *const *one = commands; *one; one++) {
        char *help = quoted((*one)->summary, "\\", "\\'");
        const char *second = second_word(*one);
        if (opens_group(one))
            result_own("complete -c twotower -n '__twotower_after' -a %.*s -d '%s'",
                       (int)first_word(*one), (*one)->name, second ? "" : help);
        if (second)
            result_own("complete -c twotower -n '__twotower_after %.*s' -f -a %s -d '%s'",
                       (int)first_word(*one), (*one)->name, second, help);
        put_options(*one, fish_option);
        free(help);
    }
}

static int run(const arguments *a) {
    static const struct {
        const char *shell;
        void (*print)(void);
    } script[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    const char *wanted = operand_count(a) == 1 ? operand(a, 0) : "";
    for (size_t i = 0; i < sizeof script / sizeof *script; i++)
        if (!strcmp(wanted, script[i].shell)) {
            script[i].print();
            return result_flush();
        }
    return fail(TW_USAGE, "one of bash, zsh, fish is expected");
}

const command command_completion = {
    "completion", "print a completion script for bash, zsh or fish",
    "SHELL",      "twotower completion bash >/etc/bash_completion.d/twotower",
    options,      run,
};
