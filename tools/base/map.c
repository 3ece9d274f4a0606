/* SPDX-License-Identifier: MIT */
#include "base/map.h"

#include "base/random.h"

#include "base/disk.h"
#include "base/fail.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct map_slot {
    const char *key; /* NULL: free */
    size_t len;
    uint32_t hash; /* upper half of the hash; the lower half chooses the slot */
    uint32_t value;
};

static uint64_t secret[2];
static int have_secret;

static void make_secret(void) {
    if (random_fill(secret, sizeof secret) != 0) {
        /* A second best that an author of input files still cannot know. */
        struct timespec now = {0, 0};
        clock_gettime(CLOCK_REALTIME, &now);
        secret[0] = (uint64_t)now.tv_nsec ^ (uint64_t)(uintptr_t)&now;
        secret[1] = (uint64_t)now.tv_sec ^ (uint64_t)getpid() << 32;
    }
    have_secret = 1;
}

static uint64_t rotate(uint64_t value, int by) {
    return value << by | value >> (64 - by);
}

static void sip_round(uint64_t v[4]) {
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (J.-P. Aumasson and D. J. Bernstein, "SipHash", 2012), with words in
 * the order of this host. */
static uint64_t hash_of(tt_text key) {
    uint64_t v[4] = {
        secret[0] ^ UINT64_C(0x736f6d6570736575), secret[1] ^ UINT64_C(0x646f72616e646f6d),
        secret[0] ^ UINT64_C(0x6c7967656e657261), secret[1] ^ UINT64_C(0x7465646279746573)};
    size_t at = 0;
    uint64_t word;
    for (; key.len - at >= 8; at += 8) {
        memcpy(&word, key.at + at, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)key.len << 56;
    for (int shift = 0; at < key.len; at++, shift += 8)
        word |= (uint64_t)(unsigned char)key.at[at] << shift;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* The slot of the key, or the free slot where it belongs. */
static map_slot *find(const map *table, tt_text key, uint64_t hash) {
    size_t mask = table->capacity - 1;
    for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
        map_slot *slot = &table->slot[at];
        if (!slot->key)
            return slot;
        if (slot->hash == (uint32_t)(hash >> 32) && slot->len == key.len &&
            memcmp(slot->key, key.at, key.len) == 0)
            return slot;
    }
}

static void grow(map *table) {
    map wider = {NULL, table->capacity ? table->capacity * 2 : 64, table->used};
    wider.slot = disk_zero(wider.capacity, sizeof *wider.slot);
    for (size_t i = 0; i < table->capacity; i++) {
        const map_slot *old = &table->slot[i];
        if (old->key)
            *find(&wider, (tt_text){old->key, old->len}, hash_of((tt_text){old->key, old->len})) =
                *old;
    }
    disk_free(table->slot);
    *table = wider;
}

int map_put(map *table, tt_text key, uint32_t value) {
    if (!have_secret)
        make_secret();
    if (!key.at)
        key = (tt_text){"", 0};
    if (table->used >= table->capacity - table->capacity / 3)
        grow(table);
    uint64_t hash = hash_of(key);
    map_slot *slot = find(table, key, hash);
    if (slot->key)
        return 0;
    *slot = (map_slot){key.at, key.len, (uint32_t)(hash >> 32), value};
    table->used++;
    return 1;
}

int map_get(const map *table, tt_text key, uint32_t *value) {
    if (!table->used)
        return 0;
    if (!key.at)
        key = (tt_text){"", 0};
    const map_slot *slot = find(table, key, hash_of(key));
    if (!slot->key)
        return 0;
    *value = slot->value;
    return 1;
}

void map_free(map *table) {
    disk_free(table->slot);
    *table = (map){NULL, 0, 0};
}
