/* SPDX-License-Identifier: MIT */
/* The model as it is, among the constants: -DMODEL='"file.onnx"'. */
    .section .rodata.model, "a"
    .balign 4
    .global model_begin
model_begin:
    .incbin MODEL
    .global model_end
model_end:
#ifdef __linux__
    .section .note.GNU-stack, "", %progbits
#endif
