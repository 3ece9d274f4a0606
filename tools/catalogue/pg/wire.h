/* SPDX-License-Identifier: MIT */
/* Numbers as Postgres sends them: big-endian. */
#ifndef TOOLS_CATALOGUE_PG_WIRE_H
#define TOOLS_CATALOGUE_PG_WIRE_H

#include <stdint.h>

static inline uint16_t wire_get16(const unsigned char *at) {
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t wire_get32(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t wire_get64(const unsigned char *at) {
    return (uint64_t)wire_get32(at) << 32 | wire_get32(at + 4);
}

static inline unsigned char *wire_put16(unsigned char *at, uint32_t value) {
    at[0] = (unsigned char)(value >> 8 & 0xff);
    at[1] = (unsigned char)(value & 0xff);
    return at + 2;
}

static inline unsigned char *wire_put32(unsigned char *at, uint32_t value) {
    return wire_put16(wire_put16(at, value >> 16), value & 0xffff);
}

static inline unsigned char *wire_put64(unsigned char *at, uint64_t value) {
    return wire_put32(wire_put32(at, (uint32_t)(value >> 32)), (uint32_t)(value & 0xffffffff));
}

#endif
