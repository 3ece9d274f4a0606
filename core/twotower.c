/* SPDX-License-Identifier: MIT */
/* The whole core as one translation unit: compile this file with -Icore. */
#include "inner.h"

#include "codec/half.c"
#include "codec/wire.c"

#include "onnx/model.c"
#include "onnx/names.c"
#include "onnx/pack.c"
#include "onnx/place.c"
#include "onnx/put.c"
#include "onnx/schema.c"
#include "onnx/write.c"
#include "onnx/write_sparse.c"

#ifdef TT_SMALL /* files of tt_model_write only */
#include "onnx/read_own.c"
#else
#include "onnx/lower.c"
#include "onnx/lower_features.c"
#include "onnx/lower_layer.c"
#include "onnx/lower_norm.c"
#include "onnx/lower_operand.c"
#include "onnx/read.c"
#include "onnx/read_check.c"
#include "onnx/read_node.c"
#include "onnx/read_parse.c"
#include "onnx/read_tensor.c"
#include "onnx/roles.c"
#endif

#include "feature/digest.c"
#include "feature/encode.c"
#include "feature/hash.c"
#include "feature/number.c"
#include "feature/pending.c"
#include "feature/schema.c"

#include "kernel/kernel_c.c" /* before the others, which borrow from it */

#include "kernel/kernel_avx2.c"
#include "kernel/kernel_avx512.c" /* borrows from the one before */
#include "kernel/kernel_neon.c"
#include "kernel/kernel_sse2.c"
#include "kernel/kernel_wasm.c"

#include "kernel/best.c"

#ifndef TT_SMALL
#include "tower/activate.c"
#endif
#include "tower/embed.c"
#include "tower/self_check.c"
#include "tower/status.c"
#include "tower/topk.c"
