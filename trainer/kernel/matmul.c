/* SPDX-License-Identifier: MIT */
#include "kernel/matmul.h"
#include "kernel/kernels.h"

#include <string.h>

/* A tile of c is computed by one thread.  Its part of b is packed in panels as
 * wide as the kernel's, which stay in the cache; that of a is read in place and
 * once, but for a last panel that is not as high. */
enum { TILE_ROWS = 80 * TR_MAX_HIGH, TILE_COLUMNS = 4 * TR_MAX_WIDE, TILE_DEPTH = 256 };

typedef struct product {
    const tr_kernels *kernels;
    float *c;
    size_t stride;
    tr_view a, b;
    uint32_t rows, columns, depth;
    int add;
    uint32_t row_panels, column_panels, row_parts, column_parts;
} product;

/* A part of a: element (i, k) of panel n is at[n panel + i row + k step]; `edge`
 * is a last panel that is not full, packed. */
typedef struct lines {
    const float *at, *edge;
    size_t panel, row, step;
} lines;

static uint32_t parts_of(uint32_t count, uint32_t most) {
    return count / most + (count % most != 0);
}

static inline void copy_even(float *to, const float *from, uint32_t count) {
    uint32_t i = 0;
    for (; count - i >= 4; i += 4)
        memcpy(to + i, from + i, 4 * sizeof *to);
    if (i < count)
        memcpy(to + i, from + i, 2 * sizeof *to);
}

/* Interleaves `count` contiguous lines that are `step` apart along the depth:
 * panels [depth][width] one after the other; missing lines of the last are 0. */
static void pack_across(float *to, const float *from, size_t step, uint32_t count, uint32_t depth,
                        uint32_t width) {
    uint32_t whole = count / width * width, rest = count - whole;
    float *last = to + (size_t)whole * depth;
    if (rest > 0)
        memset(last, 0, (size_t)width * depth * sizeof *to);
    for (uint32_t k = 0; k < depth; k++, from += step) {
        float *at = to + (size_t)k * width;
        for (uint32_t i = 0; i < whole; i += width, at += (size_t)width * depth)
            copy_even(at, from + i, width);
        for (uint32_t j = 0; j < rest; j++)
            at[j] = from[whole + j];
    }
}

/* One panel of up to `width` lines that are `line` apart. */
static void pack_along(const product *p, float *to, const float *from, size_t line, size_t step,
                       uint32_t count, uint32_t depth, uint32_t width) {
    uint32_t done = 0;
    if (count < width)
        memset(to, 0, (size_t)width * depth * sizeof *to);
    for (; step == 1 && count - done >= TR_LANES; done += TR_LANES)
        p->kernels->interleave(to + done, width, from + done * line, line, depth);
    for (; done < count; done++)
        for (uint32_t k = 0; k < depth; k++)
            to[(size_t)k * width + done] = from[done * line + k * step];
}

static lines take_a(const product *p, float *memory, const float *from, uint32_t rows,
                    uint32_t depth) {
    uint32_t high = p->kernels->high, rest = rows % high;
    size_t row = p->a.row, step = p->a.column;
    const float *last = from + (rows - rest) * row;
    if (rest > 0 && row == 1)
        pack_across(memory, last, step, rest, depth, high);
    else if (rest > 0)
        pack_along(p, memory, last, row, step, rest, depth, high);
    return (lines){from, memory, high * row, row, step};
}

static void pack_b(const product *p, float *to, const float *from, uint32_t columns,
                   uint32_t depth) {
    size_t line = p->b.column, step = p->b.row;
    uint32_t wide = p->kernels->wide;
    if (line == 1) {
        pack_across(to, from, step, columns, depth, wide);
        return;
    }
    for (uint32_t j = 0; j < columns; j += wide)
        pack_along(p, to + (size_t)j * depth, from + j * line, line, step,
                   columns - j < wide ? columns - j : wide, depth, wide);
}

/* A panel of a times one of b at the lower or right edge of c. */
static void multiply_edge(const product *p, float *c, const float *a, size_t row, size_t step,
                          const float *b, uint32_t depth, uint32_t rows, uint32_t columns,
                          int add) {
    float tile[TR_MAX_HIGH * TR_MAX_WIDE] = {0};
    uint32_t wide = p->kernels->wide;
    for (uint32_t r = 0; r < rows && add; r++)
        memcpy(tile + r * wide, c + r * p->stride, columns * sizeof *c);
    p->kernels->multiply(tile, wide, a, row, step, b, depth, add);
    for (uint32_t r = 0; r < rows; r++)
        memcpy(c + r * p->stride, tile + r * wide, columns * sizeof *c);
}

static void multiply_panels(const product *p, float *c, const lines *a, const float *b,
                            uint32_t rows, uint32_t columns, uint32_t depth, int add) {
    uint32_t panel_rows = p->kernels->high, panel_columns = p->kernels->wide;
    for (uint32_t i = 0; i < rows; i += panel_rows) {
        uint32_t high = rows - i < panel_rows ? rows - i : panel_rows;
        const float *from = a->at + i / panel_rows * a->panel;
        for (uint32_t j = 0; j < columns; j += panel_columns) {
            uint32_t wide = columns - j < panel_columns ? columns - j : panel_columns;
            float *at = c + i * p->stride + j;
            const float *panel = b + (size_t)j * depth;
            if (high < panel_rows)
                multiply_edge(p, at, a->edge, 1, panel_rows, panel, depth, high, wide, add);
            else if (wide < panel_columns)
                multiply_edge(p, at, from, a->row, a->step, panel, depth, high, wide, add);
            else
                p->kernels->multiply(at, p->stride, from, a->row, a->step, panel, depth, add);
        }
    }
}

static uint32_t tile_begin(uint32_t count, uint32_t panels, uint32_t width, uint32_t parts,
                           uint32_t part) {
    uint32_t begin = tr_part_begin(panels, parts, part) * width;
    return begin < count ? begin : count;
}

static void multiply_tile(void *context, uint32_t part) {
    const product *p = context;
    /* Whole cache lines: a load that crosses two takes twice as long. */
    float packed_a[TR_MAX_HIGH * TILE_DEPTH];
    __attribute__((aligned(64))) float packed_b[TILE_COLUMNS * TILE_DEPTH];
    uint32_t i = part / p->column_parts, j = part % p->column_parts;
    uint32_t top = tile_begin(p->rows, p->row_panels, p->kernels->high, p->row_parts, i);
    uint32_t rows = tile_begin(p->rows, p->row_panels, p->kernels->high, p->row_parts, i + 1) - top;
    uint32_t left = tile_begin(p->columns, p->column_panels, p->kernels->wide, p->column_parts, j);
    uint32_t columns =
        tile_begin(p->columns, p->column_panels, p->kernels->wide, p->column_parts, j + 1) - left;
    float *c = p->c + top * p->stride + left;
    uint32_t slices = p->depth ? parts_of(p->depth, TILE_DEPTH) : 1;
    for (uint32_t slice = 0; slice < slices; slice++) {
        uint32_t k = tr_part_begin(p->depth, slices, slice);
        uint32_t depth = tr_part_begin(p->depth, slices, slice + 1) - k;
        const float *a = p->a.at + top * p->a.row + k * p->a.column;
        lines panels = take_a(p, packed_a, a, rows, depth);
        pack_b(p, packed_b, p->b.at + left * p->b.column + k * p->b.row, columns, depth);
        multiply_panels(p, c, &panels, packed_b, rows, columns, depth, p->add || slice > 0);
    }
}

/* Halves the tiles until every thread has some. */
static void cut(product *p, uint32_t threads) {
    uint32_t high = TILE_ROWS / p->kernels->high, wide = TILE_COLUMNS / p->kernels->wide;
    p->row_panels = parts_of(p->rows, p->kernels->high);
    p->column_panels = parts_of(p->columns, p->kernels->wide);
    for (;;) {
        p->row_parts = parts_of(p->row_panels, high);
        p->column_parts = parts_of(p->column_panels, wide);
        if (threads == 1 || (uint64_t)p->row_parts * p->column_parts >= 2 * (uint64_t)threads)
            return;
        if (p->row_panels / p->row_parts >= p->column_panels / p->column_parts && high > 2)
            high /= 2;
        else if (wide > 1)
            wide /= 2;
        else
            return;
    }
}

void tr_matmul(tr_pool *pool, float *c, size_t stride, tr_view a, tr_view b, uint32_t rows,
               uint32_t columns, uint32_t depth, int add) {
    if (rows == 0 || columns == 0)
        return;
    product p = {tr_kernels_now(), c, stride, a, b, rows, columns, depth, add, 0, 0, 0, 0};
    cut(&p, tr_pool_threads(pool));
    tr_pool_run(pool, multiply_tile, &p, p.row_parts * p.column_parts);
}
