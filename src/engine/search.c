/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A search for patterns from those that are known. In doubles, which only propose: at the witness of a pattern the pre-activation of each
   unit and its gradient in the coordinates (backwards through the layers below) say where the nearest zero should be; the point a little
   beyond it has the pattern of a neighbour, most often. What is new there is shown exactly. */
#include <stdlib.h>
#include <string.h>

#include "engine/impl.h"

typedef struct {
    const qd_restriction *m;
    double **a, **z, **back; /* a[l]: inputs of layer l; z[l]: its pre-activations; back[l]: derivatives by a[l] */
    double *t, *gradient;    /* (dim) */
    qd_word *pattern;
} state;

/* Numbers for the inputs of each layer, shift 1: for its units. */
static double **layers(const qd_restriction *m, slong shift)
{
    double **v = qd_malloc(sizeof *v * (size_t) (m->low->depth + 1));
    for (slong l = 0; l <= m->low->depth; l++)
        v[l] = l + shift <= m->low->depth ? qd_calloc((size_t) qd_restriction_width(m, l + shift), sizeof **v) : NULL;
    return v;
}

static void free_layers(double **v, const qd_restriction *m)
{
    for (slong l = 0; l <= m->low->depth; l++) free(v[l]);
    free(v);
}

static double dot(const double *w, const double *a, slong n)
{
    double s = 0;
    for (slong i = 0; i < n; i++) s += w[i] * a[i];
    return s;
}

static double preact(const qd_unit_double *d, const qd_lowered_unit *unit, const double *a, slong in)
{
    double z = d->b;
    for (slong k = 0; k < unit->nw; k++) z += d->w[k] * a[unit->at != NULL ? unit->at[k] : k];
    for (slong k = 0; k < unit->nterms; k++) z += d->term[k] * a[unit->term[k].i] * a[unit->term[k].j];
    if (d->r != NULL) z += (dot(d->r, a, in) + d->r0) * (dot(d->g, a, in) + d->g0);
    return z;
}

static void forward(state *s, const double *t)
{
    const qd_restriction *m = s->m;
    slong in = m->low->input_dim;
    for (slong i = 0; i < in; i++) {
        s->a[0][i] = m->base_double[i];
        for (slong k = 0; k < m->dim; k++) s->a[0][i] += t[k] * m->step_double[k * in + i];
    }
    memset(s->pattern, 0, sizeof *s->pattern * (size_t) m->nwords);
    for (slong l = 0; l < m->low->depth; l++)
        for (slong u = 0; u < m->low->layer[l].out; u++) {
            const qd_lowered_unit *unit = m->low->layer[l].unit + u;
            double z = s->z[l][u] = preact(m->unit_double[l] + u, unit, s->a[l], m->low->layer[l].in);
            bool switches = m->bit[l][u] >= 0;
            if (switches && z > 0) qd_pattern_flip(s->pattern, m->bit[l][u]);
            s->a[l + 1][u] = switches ? (z > 0 ? z : m->unit_double[l][u].off * z) : unit->power == 1 ? z : pow(z, (double) unit->power);
        }
}

/* back[l] += c dz/da of unit u of layer l */
static void back_unit(state *s, slong l, slong u, double c)
{
    const qd_restriction *m = s->m;
    const qd_lowered_unit *unit = m->low->layer[l].unit + u;
    const qd_unit_double *d = m->unit_double[l] + u;
    const double *a = s->a[l];
    double *g = s->back[l];
    slong in = m->low->layer[l].in;
    for (slong k = 0; k < unit->nw; k++) g[unit->at != NULL ? unit->at[k] : k] += c * d->w[k];
    for (slong k = 0; k < unit->nterms; k++) {
        g[unit->term[k].i] += c * d->term[k] * a[unit->term[k].j];
        g[unit->term[k].j] += c * d->term[k] * a[unit->term[k].i];
    }
    if (d->r == NULL) return;
    double r = c * (dot(d->r, a, in) + d->r0), q = c * (dot(d->g, a, in) + d->g0);
    for (slong i = 0; i < in; i++) g[i] += r * d->g[i] + q * d->r[i];
}

/* s->gradient = dz/dt of unit u of layer l at the point of the last forward. */
static void backward(state *s, slong l, slong u)
{
    const qd_restriction *m = s->m;
    slong in = m->low->input_dim;
    memset(s->back[l], 0, sizeof **s->back * (size_t) qd_restriction_width(m, l));
    back_unit(s, l, u, 1);
    for (; l-- > 0;) {
        memset(s->back[l], 0, sizeof **s->back * (size_t) qd_restriction_width(m, l));
        for (slong v = 0; v < m->low->layer[l].out; v++) {
            const qd_lowered_unit *unit = m->low->layer[l].unit + v;
            double z = s->z[l][v], c = s->back[l + 1][v];
            if (m->bit[l][v] >= 0) c *= z > 0 ? 1 : m->unit_double[l][v].off;
            else if (unit->power > 1) c *= (double) unit->power * pow(z, (double) (unit->power - 1));
            if (c != 0) back_unit(s, l, v, c);
        }
    }
    for (slong k = 0; k < m->dim; k++) s->gradient[k] = dot(s->back[0], m->step_double + k * in, in);
}

/* ---- the search ----------------------------------------------------------------------------- */

static void point_to_double(double *t, const fmpq *x, slong n)
{
    arf_t f;
    arf_init(f);
    for (slong k = 0; k < n; k++) {
        arf_set_fmpq(f, x + k, 53, ARF_RND_NEAR);
        t[k] = arf_get_d(f, ARF_RND_NEAR);
    }
    arf_clear(f);
}

#define NEWTON 3
#define BEYOND 1.0625 /* of the way to the zero */

/* From t, where forward has been, across the zero of unit u of layer l; -> there is somewhere to go. t moves. */
static bool cross(state *s, double *t, slong l, slong u)
{
    const slong dim = s->m->dim;
    bool on = s->z[l][u] > 0;
    for (int k = 0; k < NEWTON; k++) {
        double norm = 0;
        backward(s, l, u);
        for (slong c = 0; c < dim; c++) norm += s->gradient[c] * s->gradient[c];
        if (!(norm > 0) || !isfinite(norm)) return false;
        for (slong c = 0; c < dim; c++) {
            t[c] -= BEYOND * s->z[l][u] / norm * s->gradient[c];
            if (!isfinite(t[c])) return false;
        }
        forward(s, t);
        if ((s->z[l][u] > 0) != on) return true;
    }
    return true;
}

static void try_point(qd_engine__found *f, qd_engine__witness *w, const double *t, qd_rng_t rng, qd_ctx_t ctx)
{
    fmpq *x = _fmpq_vec_init(f->dim);
    for (slong k = 0; k < f->dim; k++) qd_rat_set_double(x + k, t[k]);
    qd_engine__witness_try(f, w, x, rng, ctx);
    _fmpq_vec_clear(x, f->dim);
}

/* All units from pattern i; -> steps that are left. */
static slong from_pattern(state *s, qd_engine__found *f, qd_engine__witness *w, slong i, slong steps, qd_rng_t rng, qd_ctx_t ctx)
{
    const qd_restriction *m = s->m;
    double *t = qd_malloc(sizeof *t * (size_t) m->dim);
    point_to_double(s->t, f->point + i * f->dim, m->dim);
    for (slong l = 0; l < m->low->depth; l++)
        for (slong u = 0; u < m->low->layer[l].out && steps > 0; u++) {
            if (m->bit[l][u] < 0) continue;
            steps--;
            memcpy(t, s->t, sizeof *t * (size_t) m->dim);
            forward(s, t);
            if (cross(s, t, l, u) && !qd_engine__found_has(f, s->pattern)) try_point(f, w, t, rng, ctx);
        }
    free(t);
    return steps;
}

void qd_engine__search(qd_engine__found *f, qd_engine__witness *w, slong steps, qd_ctx_t ctx)
{
    const qd_restriction *m = w->m;
    if (!m->doubles || m->nswitching == 0) return;
    state s = {.m = m, .a = layers(m, 0), .z = layers(m, 1), .back = layers(m, 0)};
    s.t = qd_calloc((size_t) m->dim, sizeof *s.t);
    s.gradient = qd_calloc((size_t) m->dim, sizeof *s.gradient);
    s.pattern = qd_calloc((size_t) m->nwords, sizeof *s.pattern);
    qd_rng_t rng;
    qd_rng_init(rng, ctx->seed, qd_rng_stream(0x73656172, 0, 0));
    for (slong i = 0; i < f->n && steps > 0 && qd_ctx_budget(ctx) == QD_OK; i++) steps = from_pattern(&s, f, w, i, steps, rng, ctx);
    free_layers(s.a, m);
    free_layers(s.z, m);
    free_layers(s.back, m);
    free(s.t);
    free(s.gradient);
    free(s.pattern);
}
