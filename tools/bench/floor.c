/* SPDX-License-Identifier: MIT */
#include "bench/floor.h"

#include "bench/bench.h"

#include <string.h>

/* What was read is written here, so that the compiler must read it. */
static volatile uint64_t seen;

typedef uint64_t (*floor_reader)(const uint8_t *at, size_t bytes, const uint8_t *later);

/* ---- The loops ----------------------------------------------------------------------- */

static uint64_t read_plain(const uint8_t *at, size_t bytes, const uint8_t *later) {
    uint64_t sum[4] = {0}, word[4];
    size_t i = 0;
    (void)later;
    for (; bytes - i >= sizeof word; i += sizeof word) {
        memcpy(word, at + i, sizeof word);
        for (size_t k = 0; k < 4; k++)
            sum[k] ^= word[k];
    }
    for (; i < bytes; i++)
        sum[0] ^= at[i];
    return sum[0] ^ sum[1] ^ sum[2] ^ sum[3];
}

static uint64_t add_plain(size_t count) {
    volatile float weight = 0.5f, value = 0.25f;
    float sum[32] = {0};
    for (size_t i = 0; i < count; i += 32) {
        float w = weight, x = value;
        for (size_t k = 0; k < 32; k++)
            sum[k] += (w + (float)k) * x;
    }
    for (size_t k = 1; k < 32; k++)
        sum[0] += sum[k];
    return (uint64_t)sum[0];
}

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE __attribute__((target("avx2,fma"), noinline))

static int wide(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

/* `later` is where the reader goes on afterwards. */
WIDE static uint64_t read_wide(const uint8_t *at, size_t bytes, const uint8_t *later) {
    __m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
    size_t i = 0;
    for (; bytes - i >= 128; i += 128) {
        if (later) {
            _mm_prefetch((const char *)later + i, _MM_HINT_T0);
            _mm_prefetch((const char *)later + i + 64, _MM_HINT_T0);
        }
        for (size_t k = 0; k < 4; k++)
            sum[k] = _mm256_xor_si256(
                sum[k], _mm256_loadu_si256((const __m256i *)(const void *)(at + i + 32 * k)));
    }
    for (; i < bytes; i++)
        sum[0] = _mm256_xor_si256(sum[0], _mm256_set1_epi8((char)at[i]));
    for (size_t k = 1; k < 4; k++)
        sum[0] = _mm256_xor_si256(sum[0], sum[k]);
    return (uint64_t)_mm256_extract_epi64(sum[0], 0) ^ (uint64_t)_mm256_extract_epi64(sum[0], 3);
}

/* Eight sums of eight lanes: each multiplication is one of its own. */
WIDE static uint64_t add_wide(size_t count) {
    __m256 sum[8], weight = _mm256_set1_ps(0.5f);
    const __m256 value = _mm256_set1_ps(0.25f);
    for (size_t k = 0; k < 8; k++)
        sum[k] = _mm256_setzero_ps();
    for (size_t i = 0; i < count; i += 64)
        for (size_t k = 0; k < 8; k++) {
            __asm__ volatile("" : "+x"(weight));
            sum[k] = _mm256_add_ps(sum[k], _mm256_mul_ps(weight, value));
        }
    for (size_t k = 1; k < 8; k++)
        sum[0] = _mm256_add_ps(sum[0], sum[k]);
    return (uint64_t)_mm256_cvtss_f32(sum[0]);
}

/* Six rows and sixteen queries in twelve registers. */
WIDE static void product_wide(float *out, const float *rows, const float *packed, size_t many,
                              size_t dim) {
    for (size_t panel = 0; panel < many; panel += 16) {
        const float *query = packed + panel * dim;
        __m256 sum[6][2];
        for (size_t r = 0; r < 6; r++)
            sum[r][0] = sum[r][1] = _mm256_setzero_ps();
        for (size_t k = 0; k < dim; k++) {
            __m256 low = _mm256_loadu_ps(query + 16 * k),
                   high = _mm256_loadu_ps(query + 16 * k + 8);
            for (size_t r = 0; r < 6; r++) {
                __m256 x = _mm256_broadcast_ss(rows + r * dim + k);
                sum[r][0] = _mm256_fmadd_ps(x, low, sum[r][0]);
                sum[r][1] = _mm256_fmadd_ps(x, high, sum[r][1]);
            }
        }
        for (size_t r = 0; r < 6; r++) {
            _mm256_storeu_ps(out + r * many + panel, sum[r][0]);
            _mm256_storeu_ps(out + r * many + panel + 8, sum[r][1]);
        }
    }
}
#else
static int wide(void) {
    return 0;
}
#define read_wide read_plain
#define add_wide add_plain
#endif

static void product_plain(float *out, const float *rows, size_t count, const float *packed,
                          size_t many, size_t dim) {
    for (size_t panel = 0; panel < many; panel += 16)
        for (size_t r = 0; r < count; r++) {
            float sum[16] = {0};
            for (size_t k = 0; k < dim; k++)
                for (size_t q = 0; q < 16; q++)
                    sum[q] += rows[r * dim + k] * packed[panel * dim + 16 * k + q];
            memcpy(out + r * many + panel, sum, sizeof sum);
        }
}

/* ---- The times ----------------------------------------------------------------------- */

double floor_read(const void *at, size_t bytes) {
    double start = bench_seconds();
    seen ^= wide() ? read_wide(at, bytes, (const uint8_t *)at + 4096) : read_plain(at, bytes, NULL);
    return bench_seconds() - start;
}

static const uint8_t *table_row(const tt_tower_view *tower, const tt_entry *entry, size_t bytes) {
    return tower->_table + (size_t)entry->row * bytes;
}

/* Reads the rows of the table in their order; a later one is asked for on the way. */
static double read_table(const tt_tower_view *tower, const tt_features *row, size_t rows,
                         size_t ahead) {
    const size_t bytes = (size_t)tower->_width * (tower->_table_type == TT_F16 ? 2 : 4);
    const floor_reader reader = wide() ? read_wide : read_plain;
    uint64_t sum = 0;
    double start = bench_seconds();
    for (size_t r = 0; r < rows; r++)
        for (uint32_t bag = 0; bag < tower->_bags; bag++)
            for (uint32_t e = 0; e < row[r].count[bag]; e++) {
                const tt_entry *entry = &row[r].entry[bag][e];
                const tt_entry *later = e + ahead < row[r].count[bag] ? entry + ahead : entry;
                sum ^= reader(table_row(tower, entry, bytes), bytes,
                              ahead ? table_row(tower, later, bytes) : NULL);
            }
    seen ^= sum;
    return bench_seconds() - start;
}

/* `bytes` of dense weights, layer after layer. */
static double read_dense(const tt_tower_view *tower, double bytes, size_t times) {
    const floor_reader reader = wide() ? read_wide : read_plain;
    uint64_t sum = 0;
    double start = bench_seconds();
    for (size_t t = 0; t < times; t++) {
        double left = bytes;
        for (uint32_t i = 0; i < tower->_layers && left > 0; i++) {
            const tt_layer *layer = &tower->_layer[i];
            double size = (double)layer->_in * layer->_out * (layer->_type == TT_F16 ? 2 : 4);
            if (layer->_weight)
                sum ^= reader(layer->_weight, (size_t)(size < left ? size : left), NULL);
            left -= layer->_weight ? size : 0;
        }
    }
    seen ^= sum;
    return bench_seconds() - start;
}

floor_time floor_measure(const floor_work *work, const tt_features *row, size_t rows,
                         size_t batch) {
    const tt_tower_view *tower = work->tower;
    double adds = work->dense_adds * (double)rows;
    for (size_t r = 0; r < rows; r++)
        for (uint32_t bag = 0; bag < tower->_bags; bag++)
            adds += (double)row[r].count[bag] * tower->_width;
    floor_time found;
    double plain = read_table(tower, row, rows, 0), asked = read_table(tower, row, rows, 4);
    found.table = asked < plain ? asked : plain;
    found.dense = batch == 1 ? read_dense(tower, work->used_bytes, rows)
                             : read_dense(tower, work->weight_bytes, (rows + batch - 1) / batch);
    double start = bench_seconds();
    seen ^= wide() ? add_wide((size_t)adds) : add_plain((size_t)adds);
    found.adds = bench_seconds() - start;
    return found;
}

void floor_pack(float *packed, const float *queries, size_t many, size_t dim) {
    for (size_t q = 0; q < many; q++)
        for (size_t k = 0; k < dim; k++)
            packed[q / 16 * 16 * dim + 16 * k + q % 16] = queries[q * dim + k];
}

void floor_product(float *out, const float *rows, size_t count, const float *packed, size_t many,
                   size_t dim) {
    size_t r = 0;
#if defined(__x86_64__)
    for (; wide() && count - r >= 6; r += 6)
        product_wide(out + r * many, rows + r * dim, packed, many, dim);
#endif
    product_plain(out + r * many, rows + r * dim, count - r, packed, many, dim);
}
