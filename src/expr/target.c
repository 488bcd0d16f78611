/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in target functions. Two-dimensional classes are 0/1 functions of the plane; the spirals are the sign of
   r sin(angle - 3 pi r), written without the angle, which jumps where the function does not. */
#include "expr/expr.h"

#include <string.h>

#define SPIRAL "3*pi*sqrt(x^2+y^2)"

static const qd_named_target targets[] = {
    {"runge", "1/(1+25*x^2)", 1, -1, 1, 0, "Runge's function: smooth, with poles close to the interval"},
    {"sin", "sin(pi*x)", 1, -1, 1, 0, "one period of a sine"},
    {"abs", "abs(x)", 1, -1, 1, 0, "a kink"},
    {"step", "step(x)", 1, -1, 1, 0, "a jump: no continuous function comes nearer than 1/2"},
    {"radial", "exp(-4*(x^2+y^2))", 2, -1, 1, 0, "a bump that depends on the radius alone"},
    {"disc", "step(0.5-x^2-y^2)", 2, -1, 1, 2, "inside a circle or outside"},
    {"xor", "step(-x*y)", 2, -1, 1, 2, "whether the signs of x and y differ"},
    {"spirals", "step(y*cos(" SPIRAL ")-x*sin(" SPIRAL "))", 2, -1, 1, 2, "two interleaved spirals"},
    {"checkerboard", "step(-sin(2*pi*x)*sin(2*pi*y))", 2, -1, 1, 2, "four by four squares of alternating class"},
};

const qd_named_target *qd_named_target_at(int64_t i)
{
    return i >= 0 && i < (int64_t) (sizeof targets / sizeof *targets) ? &targets[i] : NULL;
}

const qd_named_target *qd_named_target_find(const char *name)
{
    int64_t i = 0;
    const qd_named_target *t;
    while ((t = qd_named_target_at(i)) != NULL && strcmp(t->name, name) != 0) i++;
    return t;
}
