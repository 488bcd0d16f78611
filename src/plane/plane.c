/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All charts, on all threads, glued together; and what the faces and curves say in the end. */
#include "plane/plane.h"

#include <stdlib.h>
#include <string.h>

#include "plane/impl.h"

/* ---- workers ------------------------------------------------------------------------------------ */

void qd_plane__worker_init(qd_plane_worker *w, const qd_plane_model *model)
{
    memset(w, 0, sizeof *w);
    w->model = model;
    w->chart = -1;
    qd_arena_init(&w->arena);
    qd_path_init(&w->path, &model->m);
    qd_plane__exact_init(&w->exact);
}

static void forget_sheets(qd_plane_worker *w)
{
    qd_plane__fine_forget(w);
    qd_arena_clear(&w->arena);
    qd_arena_init(&w->arena);
    free(w->table);
    w->table = NULL;
    w->table_size = w->nsheets = 0;
    w->root = NULL;
}

void qd_plane__worker_clear(qd_plane_worker *w)
{
    forget_sheets(w);
    qd_arena_clear(&w->arena);
    qd_path_clear(&w->path);
    qd_plane__exact_clear(w->exact);
    free(w->work);
    free(w->level.b);
    free(w->spare.b);
    for (int i = 0; i < 2 * (QD_PLANE_MAX_DEGREE + 1); i++) free(w->basis[i].b);
    for (int i = 0; i <= QD_PLANE_MAX_DEGREE; i++) free(w->triangle[i]);
    for (int i = 0; i < 4; i++) {
        free(w->view[i].sign);
        for (int k = 0; k < QD_PLANE_OPEN; k++) free(w->form[i][k].b);
    }
}

void qd_plane__worker_chart(qd_plane_worker *w, int chart)
{
    if (w->chart != chart) forget_sheets(w);
    w->chart = chart;
}

/* ---- tasks: the boxes of a fixed depth of all charts --------------------------------------------- */

#define DEPTH_WHOLE 3
#define DEPTH_BOX 5

typedef struct {
    int chart;
    qd_plane_box box;
    qd_plane_patch patch;
    qd_plane_record record;
} task;

typedef struct {
    qd_plane_model model;
    int charts, depth;
    slong ntasks; /* charts << depth, in the order of the tree */
    task *task;
    slong nworkers;
    qd_plane_worker *worker;
    int64_t done;
    bool out, broken;
} job;

static void make_tasks(job *j, int chart, const qd_plane_box *box, int depth, slong *n)
{
    if (depth == j->depth) {
        task *t = j->task + (*n)++;
        t->chart = chart;
        t->box = *box;
        qd_plane__record_init(&t->record, j->model.m.nwords);
        return;
    }
    qd_plane_box half[2];
    int which;
    qd_plane__halves(half, half + 1, &which, box, depth, j->model.attempt);
    make_tasks(j, chart, half, depth + 1, n);
    make_tasks(j, chart, half + 1, depth + 1, n);
}

static qd_plane_box root_box(const job *j, int chart)
{
    const qd_plane_model *m = &j->model;
    if (chart == 0) return (qd_plane_box){0, m->x0, m->x1, m->y0, m->y1};
    return (qd_plane_box){chart, 0, 1, 0, 1};
}

static qd_status run_task(void *arg, int64_t i, qd_ctx_t ctx)
{
    job *j = arg;
    task *t = j->task + i;
    qd_plane_worker *w = j->worker + qd_thread();
    w->ctx = ctx;
    w->record = t->record;
    qd_plane__worker_chart(w, t->chart);
    qd_plane__solve(&t->patch, w, &t->box, j->depth);
    t->record = w->record;
    memset(&w->record, 0, sizeof w->record);
    int64_t done = __atomic_add_fetch(&j->done, 1, __ATOMIC_RELAXED);
    qd_ctx_progress(ctx, "boxes", done, j->ntasks);
    return QD_OK;
}

/* ---- the tree above the tasks ----------------------------------------------------------------------- */

static void shift_side(qd_plane_side *s, const slong shift[3])
{
    for (slong i = 0; i < 2 * s->n - 1; i++) {
        if (i % 2 == 0) s->e[i] += s->e[i] <= QD_PLANE_HOLE ? -shift[2] : shift[0];
        else if (s->e[i] >= 0) s->e[i] += shift[1];
    }
}

/* Appends the record of a task to that of w and takes its patch over. */
static void take_task(qd_plane_patch *patch, qd_plane_worker *w, task *t)
{
    slong shift[3];
    qd_plane__record_append(&w->record, &t->record, shift);
    for (int k = 0; k < 4; k++) shift_side(t->patch.side + k, shift);
    *patch = t->patch;
    memset(&t->patch, 0, sizeof t->patch);
}

static void assemble(qd_plane_patch *patch, job *j, qd_plane_worker *w, const qd_plane_box *box, int depth, slong *n)
{
    if (depth == j->depth) {
        take_task(patch, w, j->task + (*n)++);
        return;
    }
    qd_plane_box half[2];
    qd_plane_patch a, b;
    int which;
    qd_plane__halves(half, half + 1, &which, box, depth, j->model.attempt);
    assemble(&a, j, w, half, depth + 1, n);
    assemble(&b, j, w, half + 1, depth + 1, n);
    memset(patch, 0, sizeof *patch);
    if (w->broken) {
        qd_plane__patch_clear(&a);
        qd_plane__patch_clear(&b);
        return;
    }
    qd_plane__merge(patch, w, &a, &b, which);
    qd_plane__patch_clear(&a);
    qd_plane__patch_clear(&b);
}

/* Which sides of charts are the same points. */
static const int seams[][4] = {{1, 1, 0, 1}, {2, 1, 0, 0}, {3, 1, 0, 3}, {4, 1, 0, 2},
                               {1, 3, 3, 3}, {1, 2, 4, 3}, {2, 3, 3, 2}, {2, 2, 4, 2}};

/* ---- what is on the frame ------------------------------------------------------------------------------ */

typedef struct {
    slong node;    /* of the frame */
    slong points;  /* ends of curves on it */
    slong *end;    /* their nodes */
    char *touched; /* per face: it reaches the frame */
} frame;

static void frame_side(frame *f, qd_plane_record *r, const qd_plane_side *s)
{
    for (slong i = 0; i < s->n; i++) {
        slong e = s->e[2 * i];
        if (e >= 0) f->touched[e] = 1;
        if (i + 1 == s->n || s->e[2 * i + 1] < 0) continue;
        f->end = qd_realloc(f->end, sizeof *f->end * (size_t) (f->points + 1));
        f->end[f->points++] = s->e[2 * i + 1];
        qd_plane__unite_nodes(r, f->node, s->e[2 * i + 1]);
    }
}

/* ---- regions --------------------------------------------------------------------------------------------- */

/* In open nodes regions of equal pattern may be one. */
static void unite_in_holes(qd_plane_record *r)
{
    for (slong i = 0; i < r->nholes; i++)
        for (slong k = i + 1; k < r->nholes; k++) {
            if (qd_plane__find(r->open, r->hole[2 * i]) != qd_plane__find(r->open, r->hole[2 * k])) continue;
            qd_plane__unite_faces(r, r->hole[2 * i + 1], r->hole[2 * k + 1]);
        }
}

typedef struct {
    slong region, root;
} incidence;

static int by_region(const void *a, const void *b)
{
    const incidence *x = a, *y = b;
    if (x->region != y->region) return x->region < y->region ? -1 : 1;
    return (x->root > y->root) - (x->root < y->root);
}

/* The number of components of curves that bound a region, less one. */
static void count_holes(qd_regions_t g, const qd_plane_record *r, const slong *region, slong frame_root, slong *node)
{
    slong n = 0;
    incidence *list = qd_malloc(sizeof *list * (size_t) (2 * r->nwalls + g->n + 1));
    for (slong i = 0; i < r->nwalls; i++)
        for (int k = 0; k < 2; k++) list[n++] = (incidence){region[r->wall[3 * i + k]], qd_plane__find(node, r->wall[3 * i + 2])};
    for (slong i = 0; i < g->n; i++)
        if (!g->bounded[i]) list[n++] = (incidence){i, frame_root};
    qsort(list, (size_t) n, sizeof *list, by_region);
    for (slong i = 0; i < g->n; i++) g->holes[i] = -1;
    for (slong i = 0; i < n; i++)
        if (i == 0 || by_region(list + i - 1, list + i) != 0) g->holes[list[i].region]++;
    free(list);
}

static slong components(qd_plane_record *r)
{
    slong n = 0;
    for (slong i = 0; i < r->nnodes; i++) n += qd_plane__find(r->node, i) == i;
    return n;
}

/* Regions from faces: numbers, patterns, witnesses, walls. */
static void collect_regions(qd_regions_t g, qd_plane_record *r, const frame *f, const qd_plane_model *m, slong *region)
{
    slong n = 0;
    for (slong i = 0; i < r->nfaces; i++)
        if (qd_plane__find(r->face, i) == i) region[i] = n++;
    qd_regions_resize(g, &m->m, n);
    qd_regions_add_points(g, m->m.dim);
    char *inner = qd_calloc((size_t) n + 1, 1);
    for (slong i = 0; i < n; i++) g->bounded[i] = 1;
    for (slong i = 0; i < r->nfaces; i++) {
        slong root = qd_plane__find(r->face, i), k = region[root];
        region[i] = k;
        if (i == root) memcpy(g->pattern + k * r->nwords, r->pattern + i * r->nwords, sizeof *r->pattern * (size_t) r->nwords);
        if (f->touched[i]) g->bounded[k] = 0;
        if (i == root || (r->inner[i] && !inner[k])) {
            fmpq_t s, t;
            fmpq_init(s);
            fmpq_init(t);
            qd_rat_set_double(s, r->where[3 * i + 1]);
            qd_rat_set_double(t, r->where[3 * i + 2]);
            if (r->where[3 * i] > 0 && r->where[3 * i + 1] == 0) fmpq_set_si(s, 1, 1 << 20);
            qd_plane__point(g->point + 2 * k, m, (int) r->where[3 * i], s, t);
            for (int c = 0; c < 2; c++) {
                fmpq_mul(g->point + 2 * k + c, g->point + 2 * k + c, m->scale + c);
                fmpq_add(g->point + 2 * k + c, g->point + 2 * k + c, m->centre + c);
            }
            fmpq_clear(s);
            fmpq_clear(t);
            inner[k] = r->inner[i];
        }
    }
    for (slong i = 0; i < r->nwalls; i++) qd_regions_add_wall(g, region[r->wall[3 * i]], region[r->wall[3 * i + 1]]);
    free(inner);
}

static void unite_meeting(qd_plane_record *r)
{
    for (slong i = 0; i < r->ncross; i += r->cross[i] + 2)
        for (slong k = r->cross[i + 1] < 0 ? 3 : 2; k < r->cross[i] + 2; k++)
            qd_plane__unite_nodes(r, r->cross[i + k - 1], r->cross[i + k]);
}

/* *fits: false when the curves have to be looked at in other boxes. */
static qd_status finish(qd_regions_t g, qd_plane_curves_t curves, bool *fits, job *j, qd_plane_worker *w, qd_plane_patch *patch,
                        qd_ctx_t ctx)
{
    static const int box_sides[] = {0, 1, 2, 3};
    qd_plane_record *r = &w->record;
    frame f = {qd_plane__node_new(r), 0, NULL, qd_calloc((size_t) r->nfaces + 1, 1)};
    slong *chain = NULL;
    if (curves != NULL) {
        chain = qd_malloc(sizeof *chain * (size_t) r->nnodes);
        memcpy(chain, r->node, sizeof *chain * (size_t) r->nnodes);
    }
    for (int c = 0; c < j->charts; c++)
        for (int k = 0; k < 4; k++)
            if (j->model.whole ? c > 0 && k == 0 : true) frame_side(&f, r, patch[c].side + box_sides[k]);
    unite_meeting(r);
    for (slong i = 0; i < r->ntouches; i++) f.touched[r->touch[2 * i]] = 1;
    bool exact = r->nopen == 0;
    unite_in_holes(r);
    slong *region = qd_malloc(sizeof *region * (size_t) (r->nfaces + 1));
    collect_regions(g, r, &f, &j->model, region);
    count_holes(g, r, region, qd_plane__find(r->node, f.node), r->node);
    qd_status st = QD_OK;
    if (exact && g->n != components(r) - r->vertices + r->edges + f.points)
        st = qd_fail(ctx, QD_EUNABLE, "the two counts of the regions differ (%ld as faces, %ld by Euler's formula): nothing is claimed",
                     (long) g->n, (long) (components(r) - r->vertices + r->edges + f.points));
    for (slong i = 0; i < r->nholes; i++) qd_regions_add_open(g, qd_plane__find(r->open, r->hole[2 * i]), region[r->hole[2 * i + 1]]);
    if (st == QD_OK) st = qd_regions_count(g, &j->model.m, exact ? QD_EXACT : QD_LOWER_BOUND, ctx);
    if (st == QD_OK && exact && curves != NULL) *fits = qd_plane__curves(curves, r, region, chain, f.end, f.points);
    free(chain);
    free(region);
    free(f.touched);
    free(f.end);
    return st;
}

qd_status qd_plane__check_domain(const qd_net_t net, const qd_domain *d, qd_ctx_t ctx)
{
    slong dim = qd_domain_dim(d, net->input_dim);
    if (dim != 2) return qd_fail(ctx, QD_EINPUT, "the domain has dimension %ld, expected a plane", (long) dim);
    if ((d->lo == NULL) != (d->hi == NULL)) return qd_fail(ctx, QD_EINPUT, "a box with ends on one side only; expected both, or none");
    return qd_domain_check(d, net->input_dim, ctx);
}

/* Boxes, tasks, tree and seams. w holds the record of all; false: sides did not fit. */
static qd_status subdivide(job *j, qd_plane_patch *patch, bool *fits, qd_ctx_t ctx)
{
    slong n = 0;
    qd_plane_worker *w = j->worker;
    for (int c = 0; c < j->charts; c++) {
        qd_plane_box box = root_box(j, c);
        make_tasks(j, c, &box, 0, &n);
    }
    qd_status st = qd_exact_for(j->ntasks, run_task, j, ctx);
    if (st != QD_OK) return st;
    for (slong i = 0; i < j->nworkers; i++) w->broken |= j->worker[i].broken;
    qd_plane__record_init(&w->record, j->model.m.nwords);
    n = 0;
    for (int c = 0; c < j->charts && !w->broken; c++) {
        qd_plane_box box = root_box(j, c);
        assemble(patch + c, j, w, &box, 0, &n);
    }
    for (size_t i = 0; j->charts > 1 && !w->broken && i < sizeof seams / sizeof *seams; i++)
        qd_plane__zip(w, patch[seams[i][0]].side + seams[i][1], patch[seams[i][2]].side + seams[i][3]);
    *fits = !w->broken;
    return QD_OK;
}

static void begin(job *j, int attempt, slong threads)
{
    j->model.attempt = attempt;
    j->task = qd_calloc((size_t) j->ntasks, sizeof *j->task);
    j->nworkers = threads;
    j->worker = qd_calloc((size_t) j->nworkers, sizeof *j->worker);
    for (slong i = 0; i < j->nworkers; i++) qd_plane__worker_init(j->worker + i, &j->model);
}

static void end(job *j, qd_plane_patch *patch)
{
    qd_plane__record_clear(&j->worker->record);
    for (int c = 0; c < 5; c++) qd_plane__patch_clear(patch + c);
    for (slong i = 0; i < j->ntasks; i++) {
        qd_plane__patch_clear(&j->task[i].patch);
        qd_plane__record_clear(&j->task[i].record);
    }
    for (slong i = 0; i < j->nworkers; i++) qd_plane__worker_clear(j->worker + i);
    free(j->worker);
    free(j->task);
}

/* One way to cut the plane; QD_UNKNOWN in *done: sides did not fit. */
static qd_status attempt(qd_regions_t g, qd_plane_curves_t curves, bool *fits, job *j, int number, qd_ctx_t ctx)
{
    qd_plane_patch patch[5];
    memset(patch, 0, sizeof patch);
    *fits = true;
    begin(j, number, ctx->threads);
    qd_status st = subdivide(j, patch, fits, ctx);
    if (st == QD_OK && *fits) st = finish(g, curves, fits, j, j->worker, patch, ctx);
    if (st == QD_OK && *fits && g->count.label != QD_EXACT) {
        bool out = false;
        for (slong i = 0; i < j->nworkers; i++) out |= j->worker[i].out;
        st = out ? qd_ctx_budget(ctx) : QD_OK;
        if (st == QD_OK) st = qd_fail(ctx, QD_EUNABLE, "some places of the plane were too hard");
    }
    end(j, patch);
    return st;
}

qd_status qd_plane_map(qd_regions_t regions, qd_plane_curves_t curves, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx)
{
    qd_status st = qd_plane__check_domain(net, domain, ctx);
    if (st != QD_OK) return st;
    job j;
    memset(&j, 0, sizeof j);
    qd_plane__binomials();
    qd_plane__model_init(&j.model, net, domain, ctx->seed);
    if (!qd_path_fits(&j.model.m))
        st = qd_fail(ctx, QD_EINPUT,
                     "the network has degree %ld in the plane, which is beyond what can be written down; a line can be asked for",
                     (long) j.model.m.degree[j.model.m.low->depth]);
    j.charts = j.model.whole ? 5 : 1;
    j.depth = j.model.whole ? DEPTH_WHOLE : DEPTH_BOX;
    j.ntasks = (slong) j.charts << j.depth;
    qd_regions_t g;
    qd_regions_init(g);
    bool fits = false;
    qd_plane_curves_t c;
    qd_plane_curves_init(c);
    for (int k = 0; k < QD_PLANE_ATTEMPTS && st == QD_OK && !fits; k++) {
        qd_plane_curves_clear(c);
        qd_plane_curves_init(c);
        st = attempt(g, curves == NULL ? NULL : c, &fits, &j, k, ctx);
    }
    if (st == QD_OK && !fits)
        st = qd_fail(ctx, QD_EUNABLE, "two sides of one line in the subdivision show different regions: nothing is claimed");
    if (fits && g->count.pieces > 0) {
        qd_regions_swap(regions, g);
        if (curves != NULL) qd_plane_curves_swap(curves, c);
    }
    qd_plane_curves_clear(c);
    qd_regions_clear(g);
    qd_plane__model_clear(&j.model);
    return st;
}

qd_status qd_plane_compute(qd_regions_t regions, const qd_net_t net, const qd_domain *domain, qd_ctx_t ctx)
{
    return qd_plane_map(regions, NULL, net, domain, ctx);
}
