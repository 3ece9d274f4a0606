/* SPDX-License-Identifier: MIT */
/* The columns of the table `videos`, in the order in which a new videos.csv has them; only the
 * first is required. */
#ifndef TOOLS_CATALOGUE_VIDEO_COLUMNS_H
#define TOOLS_CATALOGUE_VIDEO_COLUMNS_H

enum {
    VIDEO_ID,
    VIDEO_EXTERNAL_ID,
    VIDEO_PRODUCT_URL,
    VIDEO_TITLE,
    VIDEO_MAKER,
    VIDEO_LABEL,
    VIDEO_SERIES,
    VIDEO_SOURCE,
    VIDEO_RELEASED_AT,
    VIDEO_PRICE,
    VIDEO_DURATION,
    VIDEO_IMAGE_URLS,
    VIDEO_COLUMNS
};

static const char *const video_column[VIDEO_COLUMNS] = {
    [VIDEO_ID] = "id",
    [VIDEO_EXTERNAL_ID] = "external_id",
    [VIDEO_PRODUCT_URL] = "product_url",
    [VIDEO_TITLE] = "title",
    [VIDEO_MAKER] = "maker",
    [VIDEO_LABEL] = "label",
    [VIDEO_SERIES] = "series",
    [VIDEO_SOURCE] = "source",
    [VIDEO_RELEASED_AT] = "product_released_at",
    [VIDEO_PRICE] = "price",
    [VIDEO_DURATION] = "duration_seconds",
    [VIDEO_IMAGE_URLS] = "image_urls",
};

#endif
