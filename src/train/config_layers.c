/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configurations in layers: which layer's word counts, and whether what is said has an effect. See train.h. */
#include "train/impl.h"

#include <stdio.h>
#include <string.h>

/* Does the block stand for itself, without the less specific ones? */
static bool replaces(const qd_node *block)
{
    const qd_node *m = qd_node_member(block, "replace");
    return m != NULL && qd_node_kind(m) == QD_NODE_BOOL && qd_node_text(m, NULL)[0] == 't';
}

const qd_node *qd_config_block(const qd_config *config, const char *block, const char *key)
{
    for (int i = 0; i < config->n; i++) {
        const qd_node *b = qd_node_member(config->layer[i], block);
        if (b == NULL) continue;
        if (qd_node_kind(b) != QD_NODE_OBJECT) return NULL;
        const qd_node *m = qd_node_member(b, key);
        if (m != NULL) return qd_node_kind(m) == QD_NODE_NULL ? NULL : b;
        if (replaces(b)) return NULL;
    }
    return NULL;
}

const qd_node *qd_config_find(const qd_config *config, const char *block, const char *key)
{
    const qd_node *b = qd_config_block(config, block, key);
    return b == NULL ? NULL : qd_node_member(b, key);
}

qd_status qd_config_choice(int *choice, const qd_config *config, const char *block, const char *const *keys, qd_ctx_t ctx)
{
    *choice = -1;
    for (int i = 0; i < config->n && *choice < 0; i++)
        for (int k = 0; keys[k] != NULL; k++) {
            const qd_node *b = qd_node_member(config->layer[i], block), *m = b == NULL ? NULL : qd_node_member(b, keys[k]);
            if (m == NULL || m != qd_config_find(config, block, keys[k])) continue; /* null, or taken back by another layer */
            if (*choice >= 0)
                return qd_node_fail(m, ctx, "both '%s' and '%s' in '%s'; expected one of them", keys[*choice], keys[k], block);
            *choice = k;
        }
    return QD_OK;
}

/* ---- known keys ---------------------------------------------------------------------------- */

#define MAX_KEYS 64

/* The keys of a block, each once, and `replace`. */
static void keys_of(const char *key[MAX_KEYS], const qd_setting *table, const char *block)
{
    int n = 0;
    for (const qd_setting *s = table; s->block != NULL; s++)
        if (!strcmp(s->block, block) && (n == 0 || strcmp(key[n - 1], s->key))) key[n++] = s->key;
    key[n++] = "replace";
    key[n] = NULL;
}

static qd_status check_block(const qd_node *block, const qd_setting *table, const char *name, qd_ctx_t ctx)
{
    const char *key[MAX_KEYS];
    if (qd_node_kind(block) == QD_NODE_NULL) return QD_OK;
    qd_status st = qd_node_get_object(block, name, ctx);
    keys_of(key, table, name);
    if (st == QD_OK) st = qd_node_only_keys(block, key, name, ctx);
    const qd_node *m = st == QD_OK ? qd_node_member(block, "replace") : NULL;
    return m != NULL && !replaces(block) ? qd_node_fail(m, ctx, "'replace' must be true, or not there") : st;
}

qd_status qd_settings_check(const qd_node *layer, const qd_setting *table, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (const qd_setting *s = table; s->block != NULL && st == QD_OK; s++) {
        const qd_node *block = qd_node_member(layer, s->block);
        bool first = s == table || strcmp(s->block, s[-1].block);
        if (block != NULL && first) st = check_block(block, table, s->block, ctx);
    }
    return st;
}

/* ---- effects --------------------------------------------------------------------------------- */

static const qd_setting *idle(const qd_setting *table, const char *block, const char *key, uint64_t facts)
{
    for (const qd_setting *s = table; s->block != NULL; s++)
        if (!strcmp(s->block, block) && !strcmp(s->key, key) && s->needs != 0 && (s->needs & facts) == 0) return s;
    return NULL;
}

qd_status qd_train__effects(const qd_node *object, const char *block, const qd_setting *table, uint64_t facts, qd_ctx_t ctx)
{
    for (int64_t k = 0; k < qd_node_count(object); k++) {
        const qd_setting *s = idle(table, block, qd_node_key_at(object, k), facts);
        if (s != NULL) return qd_node_fail(qd_node_value_at(object, k), ctx, "'%s' has no effect without %s", s->key, s->without);
    }
    return QD_OK;
}

/* Is there a block of that name in a layer behind layer i? */
static bool has_below(const qd_config *config, int i, const char *block)
{
    for (i++; i < config->n; i++)
        if (qd_node_member(config->layer[i], block) != NULL) return true;
    return false;
}

static qd_status block_effects(const qd_config *config, int i, const char *block, const qd_node *object, const qd_setting *table,
                               uint64_t facts, qd_ctx_t ctx)
{
    for (int64_t k = 0; k < qd_node_count(object); k++) {
        const char *key = qd_node_key_at(object, k);
        const qd_node *m = qd_node_value_at(object, k);
        if (!strcmp(key, "replace") && !has_below(config, i, block))
            return qd_node_fail(m, ctx, "'replace' has no effect without a less specific '%s'", block);
        const qd_setting *s = m == qd_config_find(config, block, key) ? idle(table, block, key, facts) : NULL;
        if (s != NULL)
            return qd_node_fail(m, ctx, "'%s' has no effect without %s%s", key, s->without,
                                i > 0 ? "; a more specific entry takes it back with null" : "");
    }
    return QD_OK;
}

qd_status qd_config_effects(const qd_config *config, const qd_setting *table, uint64_t facts, qd_ctx_t ctx)
{
    qd_status st = QD_OK;
    for (int i = 0; i < config->n && st == QD_OK; i++)
        for (int64_t k = 0; k < qd_node_count(config->layer[i]) && st == QD_OK; k++) {
            const char *block = qd_node_key_at(config->layer[i], k);
            for (const qd_setting *s = table; s->block != NULL && st == QD_OK; s++)
                if (!strcmp(s->block, block) && (s == table || strcmp(s->block, s[-1].block)))
                    st = block_effects(config, i, block, qd_node_value_at(config->layer[i], k), table, facts, ctx);
        }
    return st;
}
