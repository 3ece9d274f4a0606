/* SPDX-License-Identifier: MIT */
/* What is shown to users without history: what others liked of late. */
#ifndef TOOLS_CATALOGUE_POPULAR_H
#define TOOLS_CATALOGUE_POPULAR_H

#include "catalogue/interactions.h"

/* order [items] becomes all items, best first: by their likes, each of which weighs
 * half as much with every 180 days that it is older than the newest one (1 where no
 * time is known), then newer releases first, then in the catalogue's order.
 * score [items] is what each item has. */
void popular_order(uint32_t *order, double *score, const item_table *items,
                   const interaction_list *from);

#endif
