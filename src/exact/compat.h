/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only place that knows which FLINT is installed: 2.9 with a separate Arb (Debian 12), or 3.x,
   which contains Arb. Every file of src/exact and above takes FLINT's types from here. */
#ifndef QD_COMPAT_H
#define QD_COMPAT_H

/* GCC 11 and later confuse a rational with its numerator, which has the same address, when FLINT's inline
   functions meet a function that takes an fmpq_t: "reading 16 bytes from a region of size 8". */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#pragma GCC diagnostic ignored "-Wstringop-overread"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif

/* FLINT 2.9 brings these along, 3.x does not. gmp.h comes first: 3.x declares what takes an mpz only after it. */
#include <gmp.h>
#include <mpfr.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <flint/flint.h>
#include <flint/fmpq.h>
#include <flint/fmpq_poly.h>
#include <flint/fmpq_vec.h>
#include <flint/fmpz.h>
#include <flint/fmpz_poly.h>
#include <flint/fmpz_poly_factor.h>
#include <flint/fmpz_vec.h>
#include <flint/nmod.h>
#include <flint/nmod_poly.h>
#include <flint/nmod_vec.h>
#include <flint/ulong_extras.h>

#if __FLINT_RELEASE >= 30000
#include <flint/arb.h>
#include <flint/arb_poly.h>
#include <flint/arf.h>
#include <flint/mag.h>
#else
#include <arb.h>
#include <arb_poly.h>
#include <arf.h>
#include <mag.h>
#endif

#endif
