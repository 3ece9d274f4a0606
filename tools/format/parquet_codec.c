/* SPDX-License-Identifier: MIT */
#define ZLIB_CONST /* next_in points to const */
#include "format/parquet_codec.h"

#include "format/parquet_format.h"
#include "format/snappy.h"

#include <string.h>
#include <zlib.h>

/* The most that one packed byte can become: a deflate block, and a zstd block of one
 * repeated byte, which has 3 bytes before it; both rounded up. */
enum { MOST_GZIP = 1040, MOST_SNAPPY = 64, MOST_ZSTD = 1 << 16 };

int parquet_codec_known(int32_t codec) {
    return codec == CODEC_UNCOMPRESSED || codec == CODEC_SNAPPY || codec == CODEC_GZIP ||
           codec == CODEC_ZSTD;
}

const char *parquet_codec_check(int32_t codec, const uint8_t *from, size_t size, size_t raw_size) {
    size_t most = codec == CODEC_GZIP ? MOST_GZIP : codec == CODEC_SNAPPY ? MOST_SNAPPY : MOST_ZSTD;
    if (raw_size / most > size)
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

const char *parquet_codec_unpack(int32_t codec, ZSTD_DCtx *zstd, uint8_t *to, size_t raw_size,
                                 const uint8_t *from, size_t size) {
    if (codec == CODEC_ZSTD) {
        size_t got = ZSTD_decompressDCtx(zstd, to, raw_size, from, size);
        return ZSTD_isError(got) || got != raw_size ? "a page's zstd data is malformed" : NULL;
    }
    if (codec == CODEC_SNAPPY)
        return snappy_unpack(to, raw_size, from, size) ? "a page's snappy data is malformed" : NULL;
    return unpack_gzip(to, raw_size, from, size) ? "a page's gzip data is malformed" : NULL;
}
