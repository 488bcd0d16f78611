/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Philox 4x32-10, a counter-based generator [SMDS11]: ten rounds of two 32 x 32 -> 64 bit products
   on a 128-bit counter under a 64-bit key. Here the key is the seed, the counter's high half the
   stream and its low half the number of the block. */
#include "base/base.h"

#include <math.h>

void qd_rng_philox(uint32_t out[4], const uint32_t counter[4], const uint32_t key[2])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t) 0xD2511F53u * c0, q = (uint64_t) 0xCD9E8D57u * c2;
        c0 = (uint32_t) (q >> 32) ^ c1 ^ k0;
        c2 = (uint32_t) (p >> 32) ^ c3 ^ k1;
        c1 = (uint32_t) q;
        c3 = (uint32_t) p;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

void qd_rng_init(qd_rng_t rng, uint64_t seed, uint64_t stream)
{
    rng->key = seed;
    rng->stream = stream;
    rng->counter = 0;
    rng->left = 0;
}

static uint32_t next_word(qd_rng_t rng)
{
    if (rng->left == 0) {
        uint32_t counter[4] = {(uint32_t) rng->counter, (uint32_t) (rng->counter >> 32), (uint32_t) rng->stream,
                               (uint32_t) (rng->stream >> 32)};
        uint32_t key[2] = {(uint32_t) rng->key, (uint32_t) (rng->key >> 32)};
        qd_rng_philox(rng->block, counter, key);
        rng->counter++;
        rng->left = 4;
    }
    return rng->block[--rng->left];
}

uint64_t qd_rng_u64(qd_rng_t rng)
{
    uint64_t high = next_word(rng);
    return high << 32 | next_word(rng);
}

uint64_t qd_rng_below(qd_rng_t rng, uint64_t n)
{
    uint64_t reject = -n % n, x; /* 2^64 mod n: drop that many values for equal shares */
    do x = qd_rng_u64(rng);
    while (x < reject);
    return x % n;
}

int64_t qd_rng_range(qd_rng_t rng, int64_t lo, int64_t hi)
{
    uint64_t n = (uint64_t) hi - (uint64_t) lo + 1; /* unsigned: hi - lo may not fit; 0 is 2^64 */
    return (int64_t) ((uint64_t) lo + (n == 0 ? qd_rng_u64(rng) : qd_rng_below(rng, n)));
}

double qd_rng_unit(qd_rng_t rng)
{
    return (double) (qd_rng_u64(rng) >> 11) * 0x1p-53;
}

double qd_rng_gauss(qd_rng_t rng)
{
    double u = 1 - qd_rng_unit(rng), v = qd_rng_unit(rng); /* u in (0,1] */
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

uint64_t qd_rng_stream(uint64_t a, uint64_t b, uint64_t c)
{
    return mix(mix(mix(a + 0x9E3779B97F4A7C15u) + b) + c);
}
