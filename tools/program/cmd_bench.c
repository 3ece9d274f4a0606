/* SPDX-License-Identifier: MIT */
/* bench core, bench topk: what embedding and ranking cost, beside what they cannot cost less than.
 */
#include "base/fail.h"
#include "base/message.h"
#include "bench/bench.h"
#include "program/commands.h"
#include "program/options_kernel.h"

#include <string.h>

static const option core_options[] = {
    {"model", OPTION_TEXT, "FILE", NULL, NULL, NULL, "the ONNX model"},
    {"csr", OPTION_TEXT, "PREFIX", NULL, NULL, NULL,
     "the rows: PREFIX.off, .idx (int32) and .val (float32), little-endian; row r has the features "
     "off[r] to off[r + 1] - 1"},
    {"tower", OPTION_CHOICE, NULL, "item", NULL, "user|item", "the tower that reads them"},
    {"batch", OPTION_TEXT, "N,N,...", "1,64", NULL, NULL, "rows embedded in one call"},
    KERNEL_OPTION,
    {"rounds", OPTION_COUNT, "N", "5", NULL, NULL, "times that each row is embedded"},
    {0},
};

static const option topk_options[] = {
    {"rows", OPTION_COUNT, "N", "100000", NULL, NULL, "rows of the catalogue"},
    {"dim", OPTION_COUNT, "N", "128", NULL, NULL, "their dimensions"},
    {"k", OPTION_COUNT, "N", "20", NULL, NULL, "hits per query"},
    KERNEL_OPTION,
    {"rounds", OPTION_COUNT, "N", "5", NULL, NULL, "times that each query runs"},
    {0},
};

static int how(bench_settings *of, const arguments *a) {
    *of = (bench_settings){.kernel = option_text(a, "kernel"), .rounds = option_count(a, "rounds")};
    return options_kernel(a, &of->kernels);
}

static int run_core(const arguments *a) {
    bench_core_settings of = {.model = option_text(a, "model"),
                              .rows = option_text(a, "csr"),
                              .batches = option_text(a, "batch"),
                              .tower = strcmp(option_text(a, "tower"), "user") ? TT_ITEM : TT_USER};
    if (!of.model || !of.rows)
        return fail(TW_USAGE, "--model and --csr are expected");
    if (option_count(a, "rounds") < 1)
        return fail(TW_USAGE, "--rounds: 1 or more is expected");
    int status = how(&of.how, a);
    return status ? status : bench_core(&of);
}

static int run_topk(const arguments *a) {
    bench_topk_settings of = {
        .rows = option_count(a, "rows"), .dim = option_count(a, "dim"), .k = option_count(a, "k")};
    int status = how(&of.how, a);
    return status ? status : bench_topk(&of);
}

const command command_bench_core = {
    "bench core",
    "nanoseconds per embedded row, and the floor of this machine",
    NULL,
    "twotower bench core --model two_tower.onnx --csr catalogue/cat_uni --batch 1,64 --json",
    core_options,
    run_core,
};

const command command_bench_topk = {
    "bench topk", "milliseconds of an exact top-K, and of reading the same bytes",
    NULL,         "twotower bench topk --rows 100000 --dim 128",
    topk_options, run_topk,
};
