/* SPDX-License-Identifier: MIT */
/* The element types of a safetensors file: for its reader and writer only. */
#ifndef TOOLS_FORMAT_SAFETENSORS_TYPE_H
#define TOOLS_FORMAT_SAFETENSORS_TYPE_H

#include "format/safetensors.h"

size_t safetensors_size(safetensors_type type); /* bytes of an element */
const char *safetensors_type_name(safetensors_type type);

#endif
