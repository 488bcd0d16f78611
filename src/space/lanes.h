/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eight doubles side by side, whatever the width of the machine's registers. Macros, not functions: an instruction set without such registers has no
   way to pass them. */
#ifndef QD_SPACE_LANES_H
#define QD_SPACE_LANES_H

#include <stdint.h>

#define QD_SPACE_LANES 8

typedef double lanes __attribute__((vector_size(64), aligned(8), may_alias));
typedef int64_t masks __attribute__((vector_size(64)));

#define ALWAYS static inline __attribute__((always_inline))
#define AT(p) (*(lanes *) (p))
#define READ(p) (*(const lanes *) (p))
#define ABSOLUTE(x) ((lanes) ((masks) (x) &INT64_MAX))
#define CHOOSE(m, a, b) ((lanes) (((masks) (m) & (masks) (a)) | (~(masks) (m) & (masks) (b))))

/* The call with a constant dimension, so that its loops are unrolled. */
#define EACH_DIM(call)                                                                                                                     \
    switch (dim) {                                                                                                                         \
    case 1:                                                                                                                                \
        call(1);                                                                                                                           \
        break;                                                                                                                             \
    case 2:                                                                                                                                \
        call(2);                                                                                                                           \
        break;                                                                                                                             \
    case 3:                                                                                                                                \
        call(3);                                                                                                                           \
        break;                                                                                                                             \
    case 4:                                                                                                                                \
        call(4);                                                                                                                           \
        break;                                                                                                                             \
    case 5:                                                                                                                                \
        call(5);                                                                                                                           \
        break;                                                                                                                             \
    case 6:                                                                                                                                \
        call(6);                                                                                                                           \
        break;                                                                                                                             \
    case 7:                                                                                                                                \
        call(7);                                                                                                                           \
        break;                                                                                                                             \
    case 8:                                                                                                                                \
        call(8);                                                                                                                           \
        break;                                                                                                                             \
    }

#endif
