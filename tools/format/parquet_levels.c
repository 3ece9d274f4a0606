/* SPDX-License-Identifier: MIT */
#include "format/parquet_levels.h"

/* ---- Writing: bit width 1 ---- */

static void put_header(bytes *to, size_t value) {
    for (; value >= 0x80; value >>= 7)
        bytes_put_byte(to, (uint8_t)(value | 0x80));
    bytes_put_byte(to, (uint8_t)value);
}

static size_t run_at(const uint8_t *level, size_t n) {
    size_t run = 1;
    while (run < n && level[run] == level[0])
        run++;
    return run;
}

/* Groups of eight before the next run of at least eight that starts a group, or the end. */
static size_t packed_groups(const uint8_t *level, size_t n) {
    size_t i = 0;
    while (i < n && !(n - i >= 8 && run_at(level + i, 8) == 8))
        i += 8;
    return i / 8;
}

static void put_packed(bytes *to, const uint8_t *level, size_t n, size_t groups) {
    put_header(to, groups << 1 | 1);
    for (size_t g = 0; g < groups; g++) {
        unsigned byte = 0;
        for (size_t i = 0; i < 8 && 8 * g + i < n; i++)
            byte |= (unsigned)level[8 * g + i] << i;
        bytes_put_byte(to, (uint8_t)byte);
    }
}

void parquet_levels_put(bytes *to, const uint8_t *level, size_t n) {
    while (n) {
        size_t done = run_at(level, n);
        if (done >= 8 || done == n) {
            put_header(to, done << 1);
            bytes_put_byte(to, level[0]);
        } else {
            size_t groups = packed_groups(level, n);
            put_packed(to, level, n, groups);
            done = groups * 8 < n ? groups * 8 : n;
        }
        level += done;
        n -= done;
    }
}

/* ---- Reading ---- */

static int get_header(parquet_runs *from, uint32_t *header) {
    *header = 0;
    for (unsigned shift = 0; shift < 32 && from->left; shift += 7) {
        uint8_t byte = *from->at++;
        from->left--;
        if (shift == 28 && byte > 15)
            return -1;
        *header |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return 0;
    }
    return -1;
}

/* Opens the next run; all its bytes are there. */
static int open_run(parquet_runs *runs) {
    uint32_t header;
    if (get_header(runs, &header) || header >> 1 == 0)
        return -1;
    size_t size = (runs->width + 7) / 8;
    runs->packed = NULL;
    runs->run = header >> 1;
    if (header & 1) {
        if (runs->width && runs->run > runs->left / runs->width)
            return -1;
        size = runs->run * runs->width;
        runs->packed = runs->at;
        runs->bits = runs->have = 0;
        runs->run *= 8;
    } else if (size > runs->left) {
        return -1;
    }
    runs->value = 0;
    for (size_t i = 0; i < size && !runs->packed; i++)
        runs->value |= (uint32_t)runs->at[i] << 8 * i;
    runs->at += size;
    runs->left -= size;
    return 0;
}

static void get_packed(parquet_runs *runs, uint32_t *to, size_t n) {
    const uint64_t mask = (UINT64_C(1) << runs->width) - 1;
    for (size_t i = 0; i < n; i++) {
        while (runs->have < runs->width) {
            runs->bits |= (uint64_t)*runs->packed++ << runs->have;
            runs->have += 8;
        }
        to[i] = (uint32_t)(runs->bits & mask);
        runs->bits >>= runs->width;
        runs->have -= runs->width;
    }
}

int parquet_runs_get(parquet_runs *runs, uint32_t *to, size_t n) {
    for (size_t done = 0, count; done < n; done += count) {
        if (!runs->run && open_run(runs))
            return -1;
        count = runs->run < n - done ? runs->run : n - done;
        if (runs->packed)
            get_packed(runs, to + done, count);
        else
            for (size_t i = 0; i < count; i++)
                to[done + i] = runs->value;
        runs->run -= count;
    }
    return 0;
}

int parquet_runs_ended(const parquet_runs *runs) {
    return !runs->left && (runs->packed || !runs->run);
}

int parquet_levels_get(uint8_t *level, size_t n, unsigned max, const uint8_t *from, size_t len) {
    parquet_runs runs = {.at = from, .left = len, .width = 1};
    uint32_t part[256];
    while (max >> runs.width)
        runs.width++;
    for (size_t done = 0, count; done < n; done += count) {
        count = n - done < 256 ? n - done : 256;
        if (parquet_runs_get(&runs, part, count))
            return -1;
        for (size_t i = 0; i < count; i++) {
            if (part[i] > max)
                return -1;
            level[done + i] = (uint8_t)part[i];
        }
    }
    return parquet_runs_ended(&runs) ? 0 : -1;
}
