/* SPDX-License-Identifier: MIT */
/* The towers of a model for those who serve with ONNX Runtime. */
#ifndef TOOLS_TRAINING_SPARSE_FILES_H
#define TOOLS_TRAINING_SPARSE_FILES_H

#include "serving/model_file.h"

/* Writes user_tower_sparse.onnx and item_tower_sparse.onnx into a folder. */
int sparse_files_write(const model_file *model, const char *folder);

#endif
