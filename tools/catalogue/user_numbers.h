/* SPDX-License-Identifier: MIT */
/* The numbers of a user, as get_user_embedding_features of the database gives them too. */
#ifndef TOOLS_CATALOGUE_USER_NUMBERS_H
#define TOOLS_CATALOGUE_USER_NUMBERS_H

#include "catalogue/interactions.h"

/* Fills user->number from the user's interactions until `as_of`; NaN: not known.  `since`:
 * when the account was made, seconds since 1970; INT64_MIN: not known, and the first interaction
 * stands for it. */
void user_numbers(tr_user *user, const interaction *const *row, size_t rows,
                  const item_table *items, int64_t since, int64_t as_of);

#endif
