/* SPDX-License-Identifier: MIT */
/* The table of memory in core/README.md is what this program measures: it prints TAP, or with
 * --print the table.  Sizes of structs are those of 64-bit targets. */
#include "twotower.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 128, HIDDEN = 512, OUT = 128, NUMERICS = 8, MOST = 64 * 1024 };

static char table[4096], page[MOST];

/* 1,234,567 */
static const char *grouped(size_t n) {
    static char text[8][32];
    static unsigned next;
    char *to = text[next++ % 8];
    if (n < 1000)
        snprintf(to, 32, "%zu", n);
    else if (n < 1000000)
        snprintf(to, 32, "%zu,%03zu", n / 1000, n % 1000);
    else
        snprintf(to, 32, "%zu,%03zu,%03zu", n / 1000000, n / 1000 % 1000, n % 1000);
    return to;
}

/* Scratch of the user tower of the default sizes: three bags, a hidden layer and a skip. */
static size_t scratch(size_t batch) {
    return TT_SCRATCH_SIZE(3 * WIDTH + NUMERICS, 2 * OUT + HIDDEN, batch);
}

static void make_table(void) {
    const tt_rows rows = {NULL, 0, OUT, TT_F16};
    snprintf(
        table, sizeof table,
        "| what | bytes | how long |\n|---|---|---|\n"
        "| the model file | its length; map it, and only rows that are looked up become resident | "
        "as long as the `tt_model` is used |\n"
        "| `tt_model` | %s; read-only once read, so threads share it | yours |\n"
        "| `tt_features` | %s, one for each row of a batch | until the row is embedded |\n"
        "| reading | `tt_model_read_size()`: %s | during `tt_model_read` |\n"
        "| the encoder | `tt_features_size(entries, tokens)`: %s for 24 and 8, %s for 2,000 and 100 | "
        "until the row is embedded |\n"
        "| embedding | `tt_scratch_size(model, tower, batch)`: for a user of the default sizes %s, for "
        "a batch of 64 and any larger one %s | during `tt_embed`; one per thread |\n"
        "| many queries | `tt_topk_batch_size(rows)`: %s for %d dimensions | during `tt_topk_batch` |\n"
        "| weights stored [out][in] | `tt_model_pack_size(model)`: 0 for files written here | as long "
        "as the `tt_model` is used |\n",
        grouped(sizeof(tt_model)), grouped(sizeof(tt_features)), grouped(tt_model_read_size()),
        grouped(tt_features_size(24, 8)), grouped(tt_features_size(2000, 100)), grouped(scratch(1)),
        grouped(scratch(64)), grouped(tt_topk_batch_size(&rows)), OUT);
}

int main(int argc, char **argv) {
    make_table();
    if (argc > 1 && strcmp(argv[1], "--print") == 0)
        return fputs(table, stdout) < 0;
    if (sizeof(void *) != 8) {
        puts("ok 1 - the table of memory # SKIP sizes are those of 64-bit targets\n1..1");
        return 0;
    }
    FILE *from = fopen("core/README.md", "r");
    size_t len = from != NULL ? fread(page, 1, sizeof page - 1, from) : 0;
    if (from != NULL)
        fclose(from);
    page[len] = '\0';
    int good = strstr(page, table) != NULL && scratch(64) == scratch(1000) &&
               tt_model_read_size() <= TT_READ_SIZE;
    if (!good)
        printf("# `%s --print` prints the table that core/README.md has to hold\n", argv[0]);
    printf("%s 1 - core/README.md holds the table of memory\n1..1\n", good ? "ok" : "not ok");
    return !good;
}
