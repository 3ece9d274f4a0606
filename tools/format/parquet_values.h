/* SPDX-License-Identifier: MIT */
/* The values of a page, in each encoding. */
#ifndef TOOLS_FORMAT_PARQUET_VALUES_H
#define TOOLS_FORMAT_PARQUET_VALUES_H

#include "format/parquet_page.h"

/* Appends the `count` values that [at, end) holds. Fails with TW_INPUT. */
int parquet_values_get(const parquet_walk *walk, const parquet_page *page, parquet_data *data,
                       size_t count, const uint8_t *at, const uint8_t *end);

/* Takes the values of a dictionary page. */
int parquet_values_dictionary(const parquet_walk *walk, const parquet_page *page,
                              parquet_data *data, const uint8_t *at, const uint8_t *end);

#endif
