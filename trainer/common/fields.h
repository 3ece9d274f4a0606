/* SPDX-License-Identifier: MIT */
/* The fields of an item: their names and the hash spaces of their tokens. */
#ifndef TRAINER_COMMON_FIELDS_H
#define TRAINER_COMMON_FIELDS_H

#include "trainer.h"

#define TR_ID_FIELD "id"
#define TR_DATE_FIELD "product_released_at"
#define TR_YEAR_NUMBER "release_year"

/* Hash spaces of content tokens: one per tr_field_name, then the date's two. */
enum { TR_SPACE_YEAR = TR_FIELDS, TR_SPACE_YEAR5, TR_SPACES };
extern const char *const tr_space_name[TR_SPACES];

tt_text tr_text(const char *string);

/* The year of an ISO 8601 date, or -1. */
int32_t tr_year_of(tt_text date);

/* The numbers that the towers take. */
tr_numbers tr_numbers_of(const tr_data *data);

/* A number of an item; NaN: missing.  TR_RELEASE_DAY: days from 1970-01-01 to a date with month
 * and day. */
float tr_item_number(const tr_item *item, int number);

#endif
