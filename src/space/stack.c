/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of growing size; what was handed out never moves. */
#include "space/impl.h"

#include <stdlib.h>

#define FIRST_BLOCK ((size_t) 1 << 18)
#define ALIGN 64

void qd_space__stack_clear(qd_space_stack *s)
{
    for (slong i = 0; i < s->n; i++) free(s->block[i]);
    free(s->block);
    free(s->room);
}

static void add_block(qd_space_stack *s, size_t bytes)
{
    size_t room = FIRST_BLOCK << (s->n < 6 ? s->n : 6);
    while (room < bytes + ALIGN) room *= 2;
    s->block = qd_realloc(s->block, sizeof *s->block * (size_t) (s->n + 1));
    s->room = qd_realloc(s->room, sizeof *s->room * (size_t) (s->n + 1));
    s->block[s->n] = qd_malloc(room);
    s->room[s->n++] = room;
}

static size_t start(const qd_space_stack *s)
{
    uintptr_t p = (uintptr_t) s->block[s->at] + s->used;
    return s->used + (ALIGN - p % ALIGN) % ALIGN;
}

void *qd_space__take(qd_space_stack *s, size_t bytes)
{
    if (s->n == 0) add_block(s, bytes);
    while (start(s) + bytes > s->room[s->at]) {
        s->used = 0;
        if (++s->at == s->n) add_block(s, bytes);
    }
    size_t from = start(s);
    s->used = from + bytes;
    return s->block[s->at] + from;
}
