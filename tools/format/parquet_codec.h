/* SPDX-License-Identifier: MIT */
/* The codecs of Parquet pages, each by its library: snappy, gzip, brotli, LZ4 and zstd. */
#ifndef TOOLS_FORMAT_PARQUET_CODEC_H
#define TOOLS_FORMAT_PARQUET_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <zstd.h>

int parquet_codec_known(int32_t codec);

/* Of all but UNCOMPRESSED.  Before any memory is taken: can `size` bytes unpack to `raw_size`?
 * NULL, or what was found. */
const char *parquet_codec_check(int32_t codec, const uint8_t *from, size_t size, size_t raw_size);

/* Of the same: unpacks to exactly `raw_size` bytes. NULL, or what was found. The bytes may be
 * hostile. */
const char *parquet_codec_unpack(int32_t codec, ZSTD_DCtx *zstd, uint8_t *to, size_t raw_size,
                                 const uint8_t *from, size_t size);

#endif
