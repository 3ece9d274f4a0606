/* SPDX-License-Identifier: MIT */
/* check, unwind 4: towers of up to 2 layers, sizes up to 255 */
#include "inner.h"

#include <stdlib.h>

#include "codec/half.c"
#include "feature/number.c"
#include "tower/activate.c"
#include "tower/embed.c"

enum { LAYERS = 2, SIZE = 255 };

/* Each room lies in the scratch that tt_scratch_size asked for, whatever its alignment, and the
 * rooms do not overlap. */
void harness(void) {
    tt_model model;
    size_t batch, shift;
    tt_tower_view *view = &model._tower[TT_ITEM];
    __CPROVER_assume(view->_bags <= TT_MAX_BAGS && view->_width <= SIZE);
    __CPROVER_assume(view->_numerics <= TT_MAX_NUMERICS && view->_layers <= LAYERS);
    for (uint32_t i = 0; i < LAYERS; i++)
        __CPROVER_assume(view->_layer[i]._out <= SIZE);
    size_t size = tt_scratch_size(&model, TT_ITEM, batch);
    size_t rows = batch < EMBED_BLOCK ? batch : EMBED_BLOCK;
    __CPROVER_assume(shift < EMBED_LINE);
    uint8_t *memory = malloc(size + shift);
    __CPROVER_assume(memory != NULL);
    embed_room room;
    embed_rooms(&room, view, memory + shift, batch);
    const uint8_t *next = room.tile, *end = memory + shift + size;
    __CPROVER_assert(next >= memory + shift, "the tile begins in the scratch");
    next += batch < EMBED_SHARED ? 0 : EMBED_TILE * sizeof(float);
    for (uint32_t i = 0; i < view->_layers; i++) {
        const uint8_t *layer = (const uint8_t *)room.layer[i];
        if (embed_in_place(view, i))
            __CPROVER_assert(room.layer[i] == room.features, "a layer is the features");
        else
            __CPROVER_assert(layer == next, "a layer follows");
        next += rows * view->_layer[i]._out * sizeof(float);
    }
    __CPROVER_assert((const uint8_t *)room.features == next, "the features follow");
    next += rows * embed_width(view) * sizeof(float);
    __CPROVER_assert((const uint8_t *)room.chunk == next, "the chunk follows");
    next += EMBED_CHUNK * sizeof(tt_entry);
    __CPROVER_assert(next <= end, "all of it fits");
}
