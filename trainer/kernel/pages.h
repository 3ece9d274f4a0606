/* SPDX-License-Identifier: MIT */
/* Memory of large tables. */
#ifndef TRAINER_KERNEL_PAGES_H
#define TRAINER_KERNEL_PAGES_H

#include <stddef.h>

/* `count` zeros, in pages of 2 MB where the system has them: rows at any place of a table
 * of small pages wait for the processor to look up where they lie.  NULL: no memory;
 * free() gives it back. */
float *tr_table_memory(size_t count);

#endif
