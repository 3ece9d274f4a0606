/* SPDX-License-Identifier: MIT */
/* The external data of a foreign ONNX file: MODEL.onnx.data beside MODEL.onnx. */
#ifndef TOOLS_SERVING_EXTERNAL_H
#define TOOLS_SERVING_EXTERNAL_H

#include "serving/model_file.h"

/* Puts the bytes of the file's data behind its own, in memory, for tt_model_read_as.  Nothing is
 * done where there is no such file.  It must be a plain file with one name, not a link.
 * Fails with TW_IO or TW_INPUT. */
int external_join(model_file *file);

#endif
