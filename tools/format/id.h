/* SPDX-License-Identifier: MIT */
/* Ids as other programs write them. */
#ifndef TOOLS_FORMAT_ID_H
#define TOOLS_FORMAT_ID_H

#include "twotower.h"

/* Does the text stand for no value?  Nothing or spaces, and what exporters write for NULL: \N
 * (MySQL, Hive), NULL, null, None (Python), NaN, nan, NaT, <NA> (pandas), NA (R), N/A, #N/A
 * (Excel), undefined (JavaScript).  Many rows have it, and it is nobody's id. */
int id_missing(tt_text text);

/* Is it a number with a positive exponent, such as 1.23457E+15?  Spreadsheets and floating point
 * columns write so what they have rounded: several ids become one. */
int id_rounded(tt_text text);

/* What to do about a rounded id: the end of a sentence. */
#define ID_ROUNDED \
    "an id is expected that was not rounded; export the column as text or as integers"

#endif
