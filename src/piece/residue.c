/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A restriction modulo its prime: fingerprints of output polynomials, and degrees with leading parts. Both only ever prove that something is
   different or not zero. */
#include "piece/impl.h"

#include <string.h>

/* ---- fingerprints ------------------------------------------------------------------------- */

/* The prime is below 2^59, so 2^10 products fit into 128 bits. */
#define CHUNK 1024

static ulong dot_mod(const ulong *w, ulong b, const ulong *a, slong n, nmod_t mod)
{
    unsigned __int128 s = b;
    for (slong i = 0; i < n;) {
        slong end = i + CHUNK < n ? i + CHUNK : n;
        for (; i < end; i++) s += (unsigned __int128) w[i] * a[i];
        ulong high = (ulong) (s >> 64), low = (ulong) s, r;
        NMOD_RED(high, high, mod);
        NMOD2_RED2(r, high, low, mod);
        s = r;
    }
    return (ulong) s;
}

static ulong dot_at_mod(const ulong *w, const slong *at, ulong b, const ulong *a, slong n, nmod_t mod)
{
    ulong s = b;
    for (slong i = 0; i < n; i++) NMOD_ADDMUL(s, w[i], a[at[i]], mod);
    return s;
}

static ulong activate_mod(const qd_lowered_unit *unit, const qd_unit_mod *q, bool off, ulong z, nmod_t mod)
{
    if (off) return nmod_mul(z, q->off, mod);
    return unit->power == 1 ? z : n_powmod2_preinv(z, unit->power, mod.n, mod.ninv);
}

static void first_values(ulong *a, const qd_restriction *m)
{
    slong n = m->low->input_dim;
    for (slong i = 0; i < n; i++) {
        a[i] = m->base_mod[i];
        for (slong k = 0; k < m->dim; k++) NMOD_ADDMUL(a[i], m->step_mod[k * n + i], m->t_mod[k], m->mod);
    }
}

static ulong dot_terms(const qd_lowered_unit *unit, const qd_unit_mod *q, ulong s, const ulong *a, nmod_t mod)
{
    for (slong k = 0; k < unit->nterms; k++) NMOD_ADDMUL(s, q->term[k], nmod_mul(a[unit->term[k].i], a[unit->term[k].j], mod), mod);
    return s;
}

/* The sums of a unit with a weight for every input, squares with w; other terms are added up each time, and so are sparse weights, which have
   no product beside them: then known stays 0. */
typedef struct {
    ulong w, r, g, known;
} sums;

static void set_sums(sums *s, const qd_lowered_unit *unit, const qd_unit_mod *q, const ulong *a, slong n, nmod_t mod)
{
    s->known = 1;
    s->w = q->w != NULL ? dot_mod(q->w, q->b, a, unit->nw, mod) : q->b;
    if (q->squares) s->w = dot_terms(unit, q, s->w, a, mod);
    s->r = q->r != NULL ? dot_mod(q->r, q->r0, a, n, mod) : 0;
    s->g = q->r != NULL ? dot_mod(q->g, q->g0, a, n, mod) : 0;
}

/* The inputs that differ from what they were when the sums were made, and by how much. */
typedef struct {
    slong n;
    ulong *at, *by;
} changes;

static ulong dot_changes(const ulong *w, ulong s, const changes *c, nmod_t mod)
{
    for (slong k = 0; k < c->n; k++) NMOD_ADDMUL(s, w[c->at[k]], c->by[k], mod);
    return s;
}

/* Squares, ascending: a^2 - (a - d)^2 = d (2 a - d). */
static ulong dot_square_changes(const qd_lowered_unit *unit, const ulong *w, ulong s, const ulong *a, const changes *c, nmod_t mod)
{
    for (slong k = 0; k < c->n; k++) {
        slong i = (slong) c->at[k], lo = 0, hi = unit->nterms;
        while (lo < hi) {
            slong mid = (lo + hi) / 2;
            if (unit->term[mid].i < i) lo = mid + 1;
            else hi = mid;
        }
        if (lo == unit->nterms || unit->term[lo].i != i) continue;
        NMOD_ADDMUL(s, w[lo], nmod_mul(c->by[k], nmod_sub(nmod_add(a[i], a[i], mod), c->by[k], mod), mod), mod);
    }
    return s;
}

static void change_sums(sums *s, const qd_lowered_unit *unit, const qd_unit_mod *q, const ulong *a, const changes *c, nmod_t mod)
{
    if (q->w != NULL) s->w = dot_changes(q->w, s->w, c, mod);
    if (q->squares && unit->nterms > 0) s->w = dot_square_changes(unit, q->term, s->w, a, c, mod);
    if (q->r == NULL) return;
    s->r = dot_changes(q->r, s->r, c, mod);
    s->g = dot_changes(q->g, s->g, c, mod);
}

static ulong preact_mod(sums *s, const qd_lowered_unit *unit, const qd_unit_mod *q, const ulong *a, slong n, nmod_t mod)
{
    if (unit->at != NULL) return dot_terms(unit, q, dot_at_mod(q->w, unit->at, q->b, a, unit->nw, mod), a, mod);
    if (!s->known) set_sums(s, unit, q, a, n, mod);
    ulong z = q->squares ? s->w : dot_terms(unit, q, s->w, a, mod);
    if (q->r != NULL) NMOD_ADDMUL(z, s->r, s->g, mod);
    return z;
}

/* b: outputs of layer l, from its inputs a. Unless all is fresh, b and s are those of inputs that differed from a in c; next: what differs in b. */
static void next_values(ulong *b, changes *next, sums *s, const ulong *a, const changes *c, bool fresh, const qd_restriction *m, slong l,
                        const qd_word *pattern)
{
    const qd_lowered_layer *layer = m->low->layer + l;
    next->n = 0;
    for (slong u = 0; u < layer->out; u++) {
        const qd_lowered_unit *unit = layer->unit + u;
        const qd_unit_mod *q = m->unit_mod[l] + u;
        bool off = qd_restriction_off(m, pattern, l, u), zero = off && q->off_zero;
        if (fresh || 2 * c->n > layer->in) s[u].known = 0;
        else if (s[u].known) change_sums(s + u, unit, q, a, c, m->mod);
        ulong y = zero ? 0 : activate_mod(unit, q, off, preact_mod(s + u, unit, q, a, layer->in, m->mod), m->mod);
        if (!fresh && y != b[u]) {
            next->at[next->n] = (ulong) u;
            next->by[next->n++] = nmod_sub(y, b[u], m->mod);
        }
        b[u] = y;
    }
}

/* The layer of the first bit that differs. */
static slong first_change(const qd_restriction *m, const qd_word *pattern, const qd_word *before)
{
    slong i = 0, l = 0;
    while (i < m->nwords && pattern[i] == before[i]) i++;
    if (i == m->nwords) return m->low->depth;
    slong bit = 64 * i + __builtin_ctzll(pattern[i] ^ before[i]);
    while (m->first[l + 1] <= bit) l++;
    return l;
}

#define SUMS ((slong) (sizeof(sums) / sizeof(ulong)))

/* Fingerprints: the inputs of all layers and the outputs, the sums of all units, the changes of two layers. Degrees: two words for the inputs
   of two layers. */
slong qd_restriction_work(const qd_restriction *m)
{
    slong n = m->low->input_dim + 4 * qd_restriction__widest(m);
    for (slong l = 0; l < m->low->depth; l++) n += (1 + SUMS) * m->low->layer[l].out;
    return n;
}

void qd_restriction_fingerprint_after(ulong *y, const qd_restriction *m, const qd_word *pattern, const qd_word *before, ulong *work)
{
    bool fresh = before == NULL;
    slong from = fresh ? 0 : first_change(m, pattern, before), in = m->low->input_dim, wide = qd_restriction__widest(m), units = 0;
    for (slong l = 0; l < m->low->depth; l++) units += m->low->layer[l].out;
    ulong *a = work, *room = work + in + units + SUMS * units;
    sums *s = (sums *) (work + in + units);
    changes c[2] = {{0, room, room + wide}, {0, room + 2 * wide, room + 3 * wide}};
    if (fresh) first_values(a, m);
    for (slong l = 0; l < m->low->depth; l++) {
        if (l >= from) next_values(a + in, c + (l + 1) % 2, s, a, c + l % 2, fresh, m, l, pattern);
        a += in;
        in = m->low->layer[l].out;
        s += in;
    }
    memcpy(y, a, sizeof *y * (size_t) in);
}

void qd_restriction_fingerprint(ulong *y, const qd_restriction *m, const qd_word *pattern, ulong *work)
{
    qd_restriction_fingerprint_after(y, m, pattern, NULL, work);
}

/* ---- degrees ------------------------------------------------------------------------------ */

/* A polynomial known by an upper bound d of its total degree (-1: zero) and the value of its part of degree d at the random point modulo
   the prime: on a line, up to a factor, its leading coefficient. */
typedef struct {
    slong d;
    ulong c;
} lead;

static lead lead_add(lead x, lead y, nmod_t mod)
{
    if (x.d != y.d) return x.d > y.d ? x : y;
    x.c = x.d < 0 ? 0 : nmod_add(x.c, y.c, mod);
    return x;
}

static lead lead_mul(lead x, lead y, nmod_t mod)
{
    lead z = {-1, 0};
    if (x.d < 0 || y.d < 0) return z;
    z.d = x.d + y.d;
    z.c = nmod_mul(x.c, y.c, mod);
    return z;
}

static lead lead_scale(lead x, ulong w, bool zero, nmod_t mod)
{
    lead z = {-1, 0};
    if (zero || x.d < 0) return z;
    z.d = x.d;
    z.c = nmod_mul(x.c, w, mod);
    return z;
}

static lead lead_const(const fmpq_t x, ulong c)
{
    lead z = {fmpq_is_zero(x) ? -1 : 0, c};
    return z;
}

/* at NULL: the first n of a. */
static lead lead_affine(const fmpq *w, const ulong *w_mod, const slong *at, const fmpq_t b, ulong b_mod, const lead *a, slong n, nmod_t mod)
{
    lead s = lead_const(b, b_mod);
    for (slong i = 0; i < n; i++) s = lead_add(s, lead_scale(a[at != NULL ? at[i] : i], w_mod[i], fmpq_is_zero(w + i), mod), mod);
    return s;
}

static lead lead_preact(const qd_lowered_unit *unit, const qd_unit_mod *q, const lead *a, slong n, nmod_t mod)
{
    lead s = lead_affine(unit->w, q->w, unit->at, unit->b, q->b, a, unit->nw, mod);
    for (slong k = 0; k < unit->nterms; k++) {
        lead t = lead_mul(a[unit->term[k].i], a[unit->term[k].j], mod);
        s = lead_add(s, lead_scale(t, q->term[k], false, mod), mod);
    }
    if (unit->r != NULL) {
        lead r = lead_affine(unit->r, q->r, NULL, unit->r0, q->r0, a, n, mod);
        lead g = lead_affine(unit->g, q->g, NULL, unit->g0, q->g0, a, n, mod);
        s = lead_add(s, lead_mul(r, g, mod), mod);
    }
    return s;
}

static lead lead_activate(const qd_lowered_unit *unit, const qd_unit_mod *q, bool off, lead z, nmod_t mod)
{
    lead x = z;
    if (off) return lead_scale(z, q->off, q->off_zero, mod);
    for (int64_t r = 1; r < unit->power; r++) x = lead_mul(x, z, mod);
    return x;
}

slong qd_restriction_degree(bool *tight, const qd_restriction *m, const qd_word *pattern, ulong *work)
{
    slong n = m->low->input_dim, w = qd_restriction__widest(m), best = -1;
    lead *a = (lead *) work, *b = a + w;
    for (slong i = 0; i < n; i++) {
        a[i] = lead_const(m->base + i, m->base_mod[i]);
        for (slong k = 0; k < m->dim; k++)
            if (!fmpq_is_zero(m->step + k * n + i))
                a[i] = lead_add(a[i], (lead){1, nmod_mul(m->step_mod[k * n + i], m->t_mod[k], m->mod)}, m->mod);
    }
    for (slong l = 0; l < m->low->depth; l++) {
        const qd_lowered_layer *layer = m->low->layer + l;
        for (slong u = 0; u < layer->out; u++) {
            const qd_lowered_unit *unit = layer->unit + u;
            const qd_unit_mod *q = m->unit_mod[l] + u;
            b[u] = lead_activate(unit, q, qd_restriction_off(m, pattern, l, u), lead_preact(unit, q, a, layer->in, m->mod), m->mod);
        }
        lead *t = a;
        a = b;
        b = t;
    }
    *tight = true;
    for (slong u = 0; u < m->low->layer[m->low->depth - 1].out; u++) {
        if (a[u].d > best) {
            best = a[u].d;
            *tight = a[u].c != 0;
        } else if (a[u].d == best && a[u].c != 0) *tight = true;
    }
    if (best < 0) *tight = true;
    return best;
}
