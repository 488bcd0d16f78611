/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes on which everything is a function of one pre-activation h, since no other unit of its layer gets through: whatever the number of layers above, the
   curves are level sets h = rho, and the engine on a line knows all of them, and the patterns between, from the network above h.

   In chart 0, phi = h; in the others the pre-activation of the sheet is H = s^d h, and phi = H / s^d. The box is a leaf if
   1. phi has no critical point in it: H_t, which has the sign of phi_t, or s H_s - d H (chart 0: h_s), which has that of phi_s, keeps its sign;
   2. phi is monotone along each side, or infinite all along s = 0;
   3. going around the boundary, phi changes its direction twice;
   4. its values at the corners lie certainly between levels.
   By 3 a level has no or two points on the boundary; by 1 its part in the box consists of arcs that end there, and is one arc, since there are no
   closed ones. Arcs of different levels do not meet inside. On s = 0 a zero of H(0, t) is an end of the arcs of all levels, by the implicit
   function theorem (H_t is not 0), and they follow each other there as phi goes from one infinity to the other. So the sequences along the sides are
   known from the corners alone.

   Errors. A coefficient of H is known up to rad; a difference of two is wrong by 2 rad + 2 EPS size. With a = s0 / (s1 - s0) and b = s1 / (s1 - s0),
   s H_s has the coefficients (m - i) a (b_(i+1) - b_i) + i b (b_i - b_(i-1)): an error below 2 m (a + b) (rad + 16 EPS size). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "line/line.h"
#include "plane/impl.h"

/* ---- all levels of a unit ------------------------------------------------------------------- */

/* The network above unit `unit` of layer l as a function of its pre-activation, when the other units of the layer are 0. */
static void network_above(qd_net_t net, const qd_plane_worker *w, slong l, slong unit)
{
    const qd_lowered_struct *low = w->model->m.low;
    qd_lowered_unit *to = qd_net_add_sparse(net, 1, 1)->sparse;
    const qd_lowered_unit *from = low->layer[l].unit + unit;
    qd_lowered_unit_resize(to, 1, 0);
    fmpq_one(to->w);
    to->act = from->act;
    to->power = from->power;
    fmpq_set(to->slope, from->slope);
    for (slong k = l + 1; k < w->model->switching; k++) {
        slong n = low->layer[k].in, terms = 1 + n + n * (n + 1) / 2;
        fmpq *c = _fmpq_vec_init(terms), d[3];
        qd_layer_struct *layer = qd_net_add_sparse(net, k == l + 1 ? 1 : n, low->layer[k].out);
        for (slong u = 0; u < low->layer[k].out; u++) {
            from = low->layer[k].unit + u;
            to = layer->sparse + u;
            qd_lowered_expand(c, from, n);
            if (k == l + 1) { /* only that input is there */
                d[0] = c[0];
                d[1] = c[1 + unit];
                d[2] = c[1 + n + unit * n - unit * (unit - 1) / 2];
            }
            qd_lowered_unit_set_expanded(to, k == l + 1 ? d : c, k == l + 1 ? 1 : n);
            to->act = from->act;
            to->power = from->power;
            fmpq_set(to->slope, from->slope);
        }
        _fmpq_vec_clear(c, terms);
    }
}

/* The bits of a region of that network, above the pattern of the sheet. */
static void set_pattern(qd_word *to, const char *bits, const qd_plane_worker *w, const qd_plane_sheet *s, slong unit)
{
    const qd_restriction *m = &w->model->m;
    memcpy(to, s->pattern, sizeof *to * (size_t) m->nwords);
    if (m->bit[s->layer][unit] >= 0 && *bits++ == '1') qd_pattern_flip(to, m->bit[s->layer][unit]);
    for (slong k = m->first[s->layer + 1]; k < m->first[w->model->switching]; k++)
        if (*bits++ == '1') qd_pattern_flip(to, k);
}

static bool enclose(double *lo, double *hi, qd_line_t line, slong i, qd_ctx_t ctx)
{
    qd_alg_t a;
    arf_t x;
    qd_alg_init(a);
    arf_init(x);
    bool ok = qd_line_breakpoint(a, line, i, ctx) == QD_OK;
    if (ok) {
        qd_alg_refine(a, 80);
        arf_set_fmpq(x, a->lo, 53, ARF_RND_FLOOR);
        *lo = arf_get_d(x, ARF_RND_FLOOR);
        arf_set_fmpq(x, a->hi, 53, ARF_RND_CEIL);
        *hi = arf_get_d(x, ARF_RND_CEIL);
        ok = isfinite(*lo) && isfinite(*hi);
    }
    arf_clear(x);
    qd_alg_clear(a);
    return ok;
}

static qd_plane_levels *levels_make(qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    slong nwords = w->model->m.nwords;
    qd_plane_levels *v = qd_arena_take(&w->arena, sizeof *v);
    qd_net_t net;
    qd_line_t line;
    qd_ctx_t ctx;
    qd_ctx_own(ctx, w->ctx);
    ctx->threads = 1;
    *v = (qd_plane_levels){.next = s->levels, .unit = unit, .n = -1};
    s->levels = v;
    qd_net_init(net);
    qd_line_init(line);
    network_above(net, w, s->layer, unit);
    if (qd_line_compute(line, net, &(qd_domain){0}, ctx) == QD_OK) {
        slong n = qd_line_nbreaks(line);
        char *bits = qd_malloc((size_t) qd_net_nswitching(net) + 1);
        v->lo = qd_arena_take(&w->arena, sizeof *v->lo * (size_t) (n + 1));
        v->hi = qd_arena_take(&w->arena, sizeof *v->hi * (size_t) (n + 1));
        v->pattern = qd_arena_take(&w->arena, sizeof *v->pattern * (size_t) ((n + 1) * nwords));
        v->n = n;
        for (slong i = 0; i <= n; i++) {
            qd_line_pattern(bits, line, i);
            set_pattern(v->pattern + i * nwords, bits, w, s, unit);
            if (i < n && !enclose(v->lo + i, v->hi + i, line, i, ctx)) v->n = -1;
        }
        for (slong i = 0; i + 1 < n; i++)
            if (v->hi[i] >= v->lo[i + 1]) v->n = -1;
        free(bits);
    }
    qd_line_clear(line);
    qd_net_clear(net);
    return v;
}

static const qd_plane_levels *levels_of(qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    for (const qd_plane_levels *v = s->levels; v != NULL; v = v->next)
        if (v->unit == unit) return v;
    return levels_make(w, s, unit);
}

/* ---- phi on the box ---------------------------------------------------------------------------- */

typedef struct {
    const qd_plane_levels *v;
    const qd_plane_form *f;
    bool homogeneous;
    double s0, s1;
    slong corner[2][2]; /* [i][j]: levels below phi there */
    int along_s[2];     /* direction of phi along t = t0, t = t1 for ascending s */
    int along_t[2];     /* along s = s0, s = s1 for ascending t; 0: infinite all along s = 0 */
} box_levels;

/* The number of levels below all numbers of [lo, hi], -1 when one may be among them. */
static slong levels_below(const qd_plane_levels *v, double lo, double hi)
{
    slong a = 0, b = v->n; /* the first level that is not below lo */
    while (a < b) {
        slong c = (a + b) / 2;
        if (v->hi[c] < lo) a = c + 1;
        else b = c;
    }
    return a < v->n && v->lo[a] <= hi ? -1 : a;
}

/* phi where H lies in [lo, hi] and s in [s0, s1]. */
static slong locate(const box_levels *b, double lo, double hi, double s0, double s1)
{
    slong d = b->f->degree;
    double p0 = 1, p1 = 1, e = ((double) d + 4) * QD_PLANE_EPS + QD_PLANE_FINE_SCALE;
    if (!(lo <= hi)) return -1;
    for (slong i = 0; b->homogeneous && i < d; i++) {
        p0 *= s0;
        p1 *= s1;
    }
    if (p1 < 0x1p-900 || (p0 < 0x1p-900 && s0 > 0)) return -1;
    double x = lo >= 0 ? lo / p1 : p0 > 0 ? lo / p0 : -INFINITY, y = hi <= 0 ? hi / p1 : p0 > 0 ? hi / p0 : INFINITY;
    return levels_below(b->v, x - e * fabs(x), y + e * fabs(y));
}

static slong locate_corner(const box_levels *b, int i, int j)
{
    slong m = b->f->degree;
    double c = b->f->b[(i ? m : 0) * (m + 1) + (j ? m : 0)], s = i ? b->s1 : b->s0;
    if (b->homogeneous && s == 0) return c > b->f->rad ? b->v->n : c < -b->f->rad ? 0 : -1;
    return locate(b, c - b->f->rad, c + b->f->rad, s, s);
}

/* One level below all of the box? */
static slong whole_range(const box_levels *b)
{
    slong m = b->f->degree;
    double lo = INFINITY, hi = -INFINITY;
    for (slong k = 0; k < (m + 1) * (m + 1); k++) {
        if (b->f->b[k] < lo) lo = b->f->b[k];
        if (b->f->b[k] > hi) hi = b->f->b[k];
    }
    return locate(b, lo - b->f->rad, hi + b->f->rad, b->s0, b->s1);
}

static void narrow(int *sign, bool first, double x, double e)
{
    int s = x > e ? 1 : x < -e ? -1 : 0;
    *sign = first || *sign == s ? s : 0;
}

/* Directions; false: phi may have a critical point, or is not monotone along a side. */
static bool directions(box_levels *b)
{
    const qd_plane_form *f = b->f;
    slong m = f->degree, n = m + 1;
    double difference = 2 * f->rad * (1 + 0x1p-30) + 4 * QD_PLANE_EPS * f->size, width = b->s1 - b->s0, alpha = b->s0 / width,
           beta = b->s1 / width;
    double e = b->homogeneous ? (2 * (double) m * (alpha + beta) + (double) m) * (f->rad + 16 * QD_PLANE_EPS * f->size) * (1 + 0x1p-20)
                              : difference;
    int all_t = 0, all_s = 0;
    for (slong i = 0; i <= m; i++)
        for (slong j = 0; j < m; j++) {
            double x = f->b[i * n + j + 1] - f->b[i * n + j];
            narrow(&all_t, i == 0 && j == 0, x, difference);
            if (i == 0) narrow(&b->along_t[0], j == 0, x, difference);
            if (i == m) narrow(&b->along_t[1], j == 0, x, difference);
        }
    for (slong i = 0; i < (b->homogeneous ? n : m); i++)
        for (slong j = 0; j <= m; j++) {
            double up = i < m ? f->b[(i + 1) * n + j] - f->b[i * n + j] : 0, down = i > 0 ? f->b[i * n + j] - f->b[(i - 1) * n + j] : 0;
            double x = b->homogeneous ? (double) (m - i) * alpha * up + (double) i * beta * down - (double) m * f->b[i * n + j] : up;
            narrow(&all_s, i == 0 && j == 0, x, e);
            if (j == 0) narrow(&b->along_s[0], i == 0, x, e);
            if (j == m) narrow(&b->along_s[1], i == 0, x, e);
        }
    if (all_t == 0 && all_s == 0) return false;
    if (b->homogeneous && b->s0 == 0 && b->along_t[0] == 0) {
        for (slong j = 0; j <= m; j++)
            if (!(f->b[j] > f->rad) && !(f->b[j] < -f->rad)) return false;
        if (b->corner[0][0] != b->corner[0][1]) return false;
    } else if (b->along_t[0] == 0) return false;
    return b->along_t[1] != 0 && b->along_s[0] != 0 && b->along_s[1] != 0;
}

/* Does phi change its direction only twice around the box? */
static bool unimodal(const box_levels *b)
{
    int turn[4] = {b->along_s[0], b->along_t[1], -b->along_s[1], -b->along_t[0]}, n = 0, changes = 0, kept[4];
    for (int k = 0; k < 4; k++)
        if (turn[k] != 0) kept[n++] = turn[k];
    for (int k = 0; k < n; k++) changes += kept[k] != kept[(k + 1) % n];
    return changes == 2;
}

/* ---- recording ------------------------------------------------------------------------------------ */

/* A place on the side where phi lies between two levels, as x in [0,1]: only near it, for a point in the face. */
static double place_between(const box_levels *b, int side, slong k)
{
    const qd_plane_levels *v = b->v;
    slong m = b->f->degree;
    double below = v->hi[k - 1], above = v->lo[k], want = below + (above - below) / 2, lo = 0, hi = 1;
    bool up = (side < 2 ? b->along_t[side] : b->along_s[side - 2]) > 0;
    for (int i = 0; i < 40; i++) {
        double x = lo + (hi - lo) / 2, row[QD_PLANE_MAX_DEGREE + 1],
               s = side == 0   ? b->s0
                   : side == 1 ? b->s1
                               : b->s0 + x * (b->s1 - b->s0);
        for (slong c = 0; c <= m; c++)
            row[c] = b->f->b[side == 0 ? c : side == 1 ? m * (m + 1) + c : side == 2 ? c * (m + 1) : c * (m + 1) + m];
        for (slong r = m; r > 0; r--)
            for (slong c = 0; c < r; c++) row[c] += x * (row[c + 1] - row[c]);
        double value = b->homogeneous ? row[0] / pow(s, (double) m) : row[0];
        if ((value < want) == up) lo = x;
        else hi = x;
    }
    return lo;
}

static slong face_at(slong *face, qd_plane_worker *w, const box_levels *b, int side, slong k, slong first, slong last)
{
    const qd_plane_box *box = &w->box;
    if (face[k] >= 0) return face[k];
    double x = k == first ? 0 : k == last ? 1 : place_between(b, side, k);
    double s = side == 0 ? box->s0 : side == 1 ? box->s1 : box->s0 + x * (box->s1 - box->s0);
    double t = side == 2 ? box->t0 : side == 3 ? box->t1 : box->t0 + x * (box->t1 - box->t0);
    face[k] = qd_plane__face_new(&w->record, b->v->pattern + k * w->model->m.nwords, w->chart, s, t, false);
    return face[k];
}

static void record_side(qd_plane_side *side, qd_plane_worker *w, const box_levels *b, int number, slong *face, slong *node)
{
    slong from = number < 2 ? b->corner[number][0] : b->corner[0][number - 2],
          to = number < 2 ? b->corner[number][1] : b->corner[1][number - 2];
    slong step = to < from ? -1 : 1, n = (to - from) * step;
    qd_plane__side_init(side, n + 1);
    for (slong i = 0, k = from; i <= n; i++, k += step) {
        side->e[2 * i] = face_at(face, w, b, number, k, from, to);
        if (i == n) break;
        slong end = qd_plane__node_new(&w->record), level = step > 0 ? k : k - 1;
        if (node[level] < 0) node[level] = qd_plane__node_new(&w->record);
        qd_plane__unite_nodes(&w->record, end, node[level]);
        w->record.vertices++;
        side->e[2 * i + 1] = end;
    }
}

static void record_box(qd_plane_patch *patch, qd_plane_worker *w, const box_levels *b)
{
    static const int order[4] = {2, 1, 3, 0}; /* s = 0 last: its points at infinity show no face */
    slong n = b->v->n, *face = qd_malloc(sizeof *face * (size_t) (2 * n + 2)), *node = face + n + 1;
    memset(face, -1, sizeof *face * (size_t) (2 * n + 2));
    for (int k = 0; k < 4; k++) record_side(patch->side + order[k], w, b, order[k], face, node);
    for (slong k = 0; k < n; k++) {
        if (node[k] < 0) continue;
        w->record.edges++;
        qd_plane__wall_add(&w->record, face[k], face[k + 1], node[k]);
    }
    free(face);
}

bool qd_plane__level_leaf(qd_plane_patch *patch, qd_plane_worker *w, qd_plane_sheet *s, slong unit)
{
    box_levels b = {.homogeneous = w->chart > 0, .s0 = w->box.s0, .s1 = w->box.s1};
    b.v = levels_of(w, s, unit);
    if (b.v->n < 0) return false;
    qd_plane__form(&w->level, w, &s->z, unit);
    if (qd_plane__is_coarse(&w->level) && !qd_plane__fine_unit(&w->level, w, s, unit)) return false;
    b.f = &w->level;
    slong k = whole_range(&b);
    if (k >= 0) {
        qd_plane__whole_box(patch, w, b.v->pattern + k * w->model->m.nwords);
        return true;
    }
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            if ((b.corner[i][j] = locate_corner(&b, i, j)) < 0) return false;
    if (!directions(&b) || !unimodal(&b)) return false;
    record_box(patch, w, &b);
    return true;
}
