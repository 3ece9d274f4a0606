/* SPDX-License-Identifier: MIT */
#define ZLIB_CONST /* next_in points to const */
#include "format/parquet_codec.h"

#include "format/parquet_format.h"

#include <brotli/decode.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <zlib.h>

/* The most that one packed byte can become: a deflate block; a copy of snappy; a length of LZ4;
 * a zstd block of one repeated byte, which has 3 bytes before it; all rounded up. */
enum { MAX_GZIP = 1040, MAX_SNAPPY = 64, MAX_LZ4 = 256, MAX_ZSTD = 1 << 16 };
/* A brotli block of 16 MB takes a few bytes: what it becomes is limited by the page alone. */
enum { MAX_BROTLI = 1 << 24 };

int parquet_codec_known(int32_t codec) {
    return codec == CODEC_UNCOMPRESSED || codec == CODEC_SNAPPY || codec == CODEC_GZIP ||
           codec == CODEC_BROTLI || codec == CODEC_LZ4 || codec == CODEC_ZSTD ||
           codec == CODEC_LZ4_RAW;
}

static size_t growth(int32_t codec) {
    switch (codec) {
    case CODEC_GZIP:
        return MAX_GZIP;
    case CODEC_SNAPPY:
        return MAX_SNAPPY;
    case CODEC_LZ4:
    case CODEC_LZ4_RAW:
        return MAX_LZ4;
    case CODEC_BROTLI:
        return MAX_BROTLI;
    default:
        return MAX_ZSTD;
    }
}

const char *parquet_codec_check(int32_t codec, const uint8_t *from, size_t size, size_t raw_size) {
    if (raw_size / growth(codec) > size)
        return "a page's data cannot become as long as it says";
    if (codec == CODEC_ZSTD) {
        unsigned long long names = ZSTD_getFrameContentSize(from, size);
        if (names != ZSTD_CONTENTSIZE_UNKNOWN && names != raw_size)
            return "a page's zstd data is of another size";
    }
    return NULL;
}

/* One gzip member or more. */
static int unpack_gzip(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, 15 + 32) != Z_OK)
        return -1;
    stream.next_in = from;
    stream.avail_in = (uInt)size;
    stream.next_out = to;
    stream.avail_out = (uInt)raw_size;
    int state = inflate(&stream, Z_FINISH);
    while (state == Z_STREAM_END && stream.avail_in && inflateReset(&stream) == Z_OK)
        state = inflate(&stream, Z_FINISH);
    int whole = state == Z_STREAM_END && !stream.avail_out && !stream.avail_in;
    inflateEnd(&stream);
    return whole ? 0 : -1;
}

static int unpack_snappy(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size) {
    size_t names, got = raw_size;
    const char *packed = (const char *)from;
    /* The library checks the names of lengths, but takes any that fits. */
    return snappy_uncompressed_length(packed, size, &names) == SNAPPY_OK && names == raw_size &&
                   snappy_uncompress(packed, size, (char *)to, &got) == SNAPPY_OK && got == raw_size
               ? 0
               : -1;
}

/* The library does not look at bytes after the end of the stream. */
static int unpack_brotli(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size) {
    size_t got = raw_size;
    return BrotliDecoderDecompress(size, from, &got, to) == BROTLI_DECODER_RESULT_SUCCESS &&
                   got == raw_size
               ? 0
               : -1;
}

/* Bytes that one block of LZ4 became, or -1. */
static int unpack_lz4(uint8_t *to, size_t room, const uint8_t *from, size_t size) {
    if (size > LZ4_MAX_INPUT_SIZE || room > LZ4_MAX_INPUT_SIZE)
        return -1;
    return LZ4_decompress_safe((const char *)from, (char *)to, (int)size, (int)room);
}

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Blocks as Hadoop frames them: the length of the raw bytes, then of the packed ones. */
static int unpack_hadoop(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size) {
    size_t done = 0;
    while (size) {
        if (size < 8)
            return -1;
        uint32_t raw = big_endian(from), packed = big_endian(from + 4);
        if (packed > size - 8 || raw > raw_size - done ||
            unpack_lz4(to + done, raw, from + 8, packed) != (int)raw)
            return -1;
        done += raw;
        from += 8 + packed;
        size -= 8 + packed;
    }
    return done == raw_size ? 0 : -1;
}

/* The codec LZ4 of old: with the frames of Hadoop (Spark, parquet-mr, Arrow since 0.15) or, from
 * Arrow before it, without. */
static int unpack_old_lz4(uint8_t *to, size_t raw_size, const uint8_t *from, size_t size) {
    return unpack_hadoop(to, raw_size, from, size) == 0 ||
                   unpack_lz4(to, raw_size, from, size) == (int)raw_size
               ? 0
               : -1;
}

const char *parquet_codec_unpack(int32_t codec, ZSTD_DCtx *zstd, uint8_t *to, size_t raw_size,
                                 const uint8_t *from, size_t size) {
    size_t got;
    switch (codec) {
    case CODEC_ZSTD:
        got = ZSTD_decompressDCtx(zstd, to, raw_size, from, size);
        return ZSTD_isError(got) || got != raw_size ? "a page's zstd data is malformed" : NULL;
    case CODEC_SNAPPY:
        return unpack_snappy(to, raw_size, from, size) ? "a page's snappy data is malformed" : NULL;
    case CODEC_BROTLI:
        return unpack_brotli(to, raw_size, from, size) ? "a page's brotli data is malformed" : NULL;
    case CODEC_LZ4_RAW:
        return unpack_lz4(to, raw_size, from, size) == (int)raw_size
                   ? NULL
                   : "a page's LZ4 data is malformed";
    case CODEC_LZ4:
        return unpack_old_lz4(to, raw_size, from, size) ? "a page's LZ4 data is malformed" : NULL;
    default:
        return unpack_gzip(to, raw_size, from, size) ? "a page's gzip data is malformed" : NULL;
    }
}
