/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/spool.h"

#include "base/fail.h"
#include "catalogue/pg/wire.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int pg_spool_open(pg_spool *spool, uint32_t dim) {
    const char *folder = getenv("TMPDIR");
    char *name = xasprintf("%s/twotower-rows.XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(name), status = 0;
    *spool = (pg_spool){.dim = dim, .vector = 4 + 2 * (size_t)dim};
    spool->record = SPOOL_VECTOR + spool->vector;
    if (fd < 0)
        status = fail_errno("make a file for rows", name);
    else if (unlink(name) != 0 || !(spool->file = fdopen(fd, "w+b")))
        status = fail_errno("open", name);
    if (status && fd >= 0)
        close(fd);
    free(name);
    if (!status)
        spool->bytes = xcalloc(1, spool->record);
    return status;
}

void pg_spool_close(pg_spool *spool) {
    if (spool->file)
        fclose(spool->file);
    free(spool->bytes);
    *spool = (pg_spool){.file = NULL};
}

static int digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 32 hexadecimal digits, with hyphens between bytes or not. */
static int put_uuid(unsigned char *to, tt_text id) {
    size_t i = 0, digits = 0;
    for (; i < id.len && digits < 32; i++) {
        int value = digit(id.at[i]);
        if (value < 0 && id.at[i] == '-' && digits && digits % 2 == 0)
            continue;
        if (value < 0)
            return -1;
        unsigned char *byte = &to[digits / 2];
        *byte = (unsigned char)(digits++ % 2 ? *byte | value : value << 4);
    }
    return digits == 32 && i == id.len ? 0 : -1;
}

static int put_vector(unsigned char *to, const embedding_row *row) {
    to = wire_put16(wire_put16(to, row->dim), 0);
    for (uint32_t i = 0; i < row->dim; i++) {
        uint16_t half = tt_half_from_float(row->vector[i]);
        if ((half & 0x7c00) == 0x7c00)
            return -1;
        to = wire_put16(to, half);
    }
    return 0;
}

static int is_digest(tt_text text) {
    for (size_t i = 0; i < text.len; i++)
        if (digit(text.at[i]) < 0)
            return 0;
    return text.len == 16;
}

int pg_spool_put(pg_spool *spool, const embedding_row *row) {
    /* Postgres counts microseconds from 2000-01-01. */
    const int64_t epoch = INT64_C(946684800);
    unsigned char *at = spool->bytes;
    int shown = (int)(row->id.len > 80 ? 80 : row->id.len);
    if (row->dim != spool->dim)
        return fail(TW_INPUT, "the embedding of '%.*s' has %u numbers, %u are expected", shown,
                    row->id.at, row->dim, spool->dim);
    wire_put16(at, 4);
    wire_put32(at + SPOOL_ID - 4, 16);
    wire_put32(at + SPOOL_DIGEST - 4, 16);
    wire_put32(at + SPOOL_TIME - 4, 8);
    wire_put32(at + SPOOL_VECTOR - 4, (uint32_t)spool->vector);
    if (put_uuid(at + SPOOL_ID, row->id))
        return fail(TW_INPUT, "'%.*s' is no UUID, and the database knows videos and users by UUIDs",
                    shown, row->id.at);
    if (!is_digest(row->input_digest))
        return fail(TW_INPUT, "the input_digest of '%.*s' has not 16 hexadecimal digits", shown,
                    row->id.at);
    memcpy(at + SPOOL_DIGEST, row->input_digest.at, 16);
    if (row->updated_at < -INT64_C(200000000000) || row->updated_at > INT64_C(9000000000000))
        return fail(TW_INPUT, "the time of the embedding of '%.*s' is out of range", shown,
                    row->id.at);
    wire_put64(at + SPOOL_TIME, (uint64_t)((row->updated_at - epoch) * 1000000));
    if (put_vector(at + SPOOL_VECTOR, row))
        return fail(TW_INPUT, "the embedding of '%.*s' is not finite in half precision", shown,
                    row->id.at);
    spool->rows++;
    if (fwrite(at, spool->record, 1, spool->file) != 1)
        return fail_errno("write", "a temporary file (TMPDIR)");
    return 0;
}

int pg_spool_rewind(pg_spool *spool) {
    if (fflush(spool->file) != 0 || fseeko(spool->file, 0, SEEK_SET) != 0)
        return fail_errno("write", "a temporary file (TMPDIR)");
    return 0;
}

int pg_spool_read(pg_spool *spool, unsigned char *bytes, size_t records, size_t *got) {
    *got = fread(bytes, spool->record, records, spool->file);
    return ferror(spool->file) ? fail_errno("read", "a temporary file (TMPDIR)") : 0;
}
