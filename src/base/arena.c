/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns, cuts and fingerprints live as long as the result that refers to them: blocks that are freed together. */
#include "base/base.h"

#include <stdlib.h>

#define BLOCK ((size_t) 1 << 16)

void qd_arena_init(qd_arena *a)
{
    a->block = NULL;
    a->nblocks = 0;
    a->used = a->room = 0;
}

void qd_arena_clear(qd_arena *a)
{
    for (int64_t i = 0; i < a->nblocks; i++) free(a->block[i]);
    free(a->block);
}

void *qd_arena_take(qd_arena *a, size_t bytes)
{
    bytes = (bytes + 15) / 16 * 16;
    if (a->used + bytes > a->room) {
        a->room = bytes > BLOCK ? bytes : BLOCK;
        a->used = 0;
        a->block = qd_realloc(a->block, sizeof *a->block * (size_t) (a->nblocks + 1));
        a->block[a->nblocks++] = qd_malloc(a->room);
    }
    a->used += bytes;
    return a->block[a->nblocks - 1] + a->used - bytes;
}
