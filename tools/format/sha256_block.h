/* SPDX-License-Identifier: MIT */
/* The inside of SHA-256: for the files of this folder and their tests. */
#ifndef TOOLS_FORMAT_SHA256_BLOCK_H
#define TOOLS_FORMAT_SHA256_BLOCK_H

#include <stddef.h>
#include <stdint.h>

extern const uint32_t sha256_constants[64];

/* Takes whole blocks of 64 bytes into the state. */
typedef void (*sha256_blocks)(uint32_t state[8], const uint8_t *from, size_t blocks);

void sha256_blocks_c(uint32_t state[8], const uint8_t *from, size_t blocks);

/* By the processor's own instructions; NULL: it has none. */
sha256_blocks sha256_blocks_x86(void);

#endif
