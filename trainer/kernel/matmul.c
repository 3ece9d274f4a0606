/* SPDX-License-Identifier: MIT */
#include "kernel/matmul.h"

#include <string.h>

/* A tile of c is computed by one thread from packed panels: PANEL_A rows of a
 * and PANEL_B columns of b, interleaved along the depth. */
enum { PANEL_A = 4, PANEL_B = 8, TILE_ROWS = 256, TILE_COLUMNS = 256, TILE_DEPTH = 128 };

typedef float vec __attribute__((vector_size(16)));

typedef struct product {
    float *c;
    size_t stride;
    tr_view a, b;
    uint32_t rows, columns, depth;
    int add;
    uint32_t row_parts, column_parts;
} product;

static inline vec load(const float *at) {
    vec value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline void store(float *at, vec value) {
    memcpy(at, &value, sizeof value);
}

/* c [4][8] += a b over `depth`, from packed panels; the sums stay in registers. */
static void multiply_panels(float *c, size_t stride, const float *a, const float *b,
                            uint32_t depth) {
    float *c0 = c, *c1 = c + stride, *c2 = c + 2 * stride, *c3 = c + 3 * stride;
    vec x0 = load(c0), y0 = load(c0 + 4), x1 = load(c1), y1 = load(c1 + 4);
    vec x2 = load(c2), y2 = load(c2 + 4), x3 = load(c3), y3 = load(c3 + 4);
    for (uint32_t k = 0; k < depth; k++, a += PANEL_A, b += PANEL_B) {
        vec x = load(b), y = load(b + 4);
        vec s = {a[0], a[0], a[0], a[0]};
        x0 += s * x;
        y0 += s * y;
        s = (vec){a[1], a[1], a[1], a[1]};
        x1 += s * x;
        y1 += s * y;
        s = (vec){a[2], a[2], a[2], a[2]};
        x2 += s * x;
        y2 += s * y;
        s = (vec){a[3], a[3], a[3], a[3]};
        x3 += s * x;
        y3 += s * y;
    }
    store(c0, x0);
    store(c0 + 4, y0);
    store(c1, x1);
    store(c1 + 4, y1);
    store(c2, x2);
    store(c2 + 4, y2);
    store(c3, x3);
    store(c3 + 4, y3);
}

/* The same at the lower or right edge, where only a part of the tile exists. */
static void multiply_edge(float *c, size_t stride, const float *a, const float *b, uint32_t depth,
                          uint32_t rows, uint32_t columns) {
    float tile[PANEL_A * PANEL_B] = {0};
    for (uint32_t r = 0; r < rows; r++)
        memcpy(tile + r * PANEL_B, c + r * stride, columns * sizeof *c);
    multiply_panels(tile, PANEL_B, a, b, depth);
    for (uint32_t r = 0; r < rows; r++)
        memcpy(c + r * stride, tile + r * PANEL_B, columns * sizeof *c);
}

/* Interleaves `count` lines of `from` (lines `line` apart, along the depth
 * `step` apart) in panels of `width` lines; missing lines of the last are 0. */
static void pack(float *to, const float *from, size_t line, size_t step, uint32_t count,
                 uint32_t depth, uint32_t width) {
    for (uint32_t first = 0; first < count; first += width, to += (size_t)width * depth) {
        uint32_t lines = count - first < width ? count - first : width;
        if (lines < width)
            memset(to, 0, (size_t)width * depth * sizeof *to);
        const float *at = from + first * line;
        if (line == 1) {
            for (uint32_t k = 0; k < depth; k++)
                memcpy(to + (size_t)k * width, at + k * step, lines * sizeof *to);
            continue;
        }
        for (uint32_t i = 0; i < lines; i++)
            for (uint32_t k = 0; k < depth; k++)
                to[(size_t)k * width + i] = at[i * line + k * step];
    }
}

static void multiply_packed(float *c, size_t stride, const float *a, const float *b, uint32_t rows,
                            uint32_t columns, uint32_t depth) {
    for (uint32_t j = 0; j < columns; j += PANEL_B) {
        uint32_t wide = columns - j < PANEL_B ? columns - j : PANEL_B;
        for (uint32_t i = 0; i < rows; i += PANEL_A) {
            uint32_t high = rows - i < PANEL_A ? rows - i : PANEL_A;
            float *at = c + i * stride + j;
            const float *panel_a = a + (size_t)i * depth, *panel_b = b + (size_t)j * depth;
            if (high == PANEL_A && wide == PANEL_B)
                multiply_panels(at, stride, panel_a, panel_b, depth);
            else
                multiply_edge(at, stride, panel_a, panel_b, depth, high, wide);
        }
    }
}

static void multiply_tile(void *context, uint32_t part) {
    const product *p = context;
    float packed_a[TILE_ROWS * TILE_DEPTH], packed_b[TILE_COLUMNS * TILE_DEPTH];
    uint32_t i = part / p->column_parts, j = part % p->column_parts;
    uint32_t top = tr_part_begin(p->rows, p->row_parts, i);
    uint32_t rows = tr_part_begin(p->rows, p->row_parts, i + 1) - top;
    uint32_t left = tr_part_begin(p->columns, p->column_parts, j);
    uint32_t columns = tr_part_begin(p->columns, p->column_parts, j + 1) - left;
    float *c = p->c + top * p->stride + left;
    if (!p->add)
        for (uint32_t r = 0; r < rows; r++)
            memset(c + r * p->stride, 0, columns * sizeof *c);
    for (uint32_t k = 0; k < p->depth; k += TILE_DEPTH) {
        uint32_t depth = p->depth - k < TILE_DEPTH ? p->depth - k : TILE_DEPTH;
        const float *a = p->a.at + top * p->a.row + k * p->a.column;
        const float *b = p->b.at + left * p->b.column + k * p->b.row;
        pack(packed_a, a, p->a.row, p->a.column, rows, depth, PANEL_A);
        pack(packed_b, b, p->b.column, p->b.row, columns, depth, PANEL_B);
        multiply_packed(c, p->stride, packed_a, packed_b, rows, columns, depth);
    }
}

static uint32_t parts_of(uint32_t count, uint32_t most) {
    return count / most + (count % most != 0);
}

void tr_matmul(tr_pool *pool, float *c, size_t stride, tr_view a, tr_view b, uint32_t rows,
               uint32_t columns, uint32_t depth, int add) {
    if (rows == 0 || columns == 0)
        return;
    product p = {c, stride, a, b, rows, columns, depth, add, 0, 0};
    uint32_t high = TILE_ROWS, wide = TILE_COLUMNS, threads = tr_pool_threads(pool);
    p.row_parts = parts_of(rows, high);
    p.column_parts = parts_of(columns, wide);
    while (threads > 1 && (uint64_t)p.row_parts * p.column_parts < 2 * (uint64_t)threads) {
        if (rows / p.row_parts >= columns / p.column_parts && high > 4 * PANEL_A)
            high /= 2;
        else if (wide > 2 * PANEL_B)
            wide /= 2;
        else
            break;
        p.row_parts = parts_of(rows, high);
        p.column_parts = parts_of(columns, wide);
    }
    tr_pool_run(pool, multiply_tile, &p, p.row_parts * p.column_parts);
}
