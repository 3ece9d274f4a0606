/* SPDX-License-Identifier: MIT */
/*
 * Contracts beside declarations, for CBMC (`make proofs`, tests/proofs); compilers see
 * nothing of them.  In TT_CONTRACT, up to eight clauses: tt_requires what a caller must
 * give, tt_assigns all that may be written, tt_ensures what holds afterwards, about
 * `tt_result` and what `tt_old` was.
 */
#ifndef TT_CONTRACT_H
#define TT_CONTRACT_H

#if defined(TT_PROOF)
#define TT_CONTRACT(...) TT_CLAUSES(__VA_ARGS__, , , , , , , , , )
#define TT_CLAUSES(a, b, c, d, e, f, g, h, ...) a b c d e f g h
#define tt_requires(...) __CPROVER_requires(__VA_ARGS__)
#define tt_assigns(...) __CPROVER_assigns(__VA_ARGS__)
#define tt_ensures(...) __CPROVER_ensures(__VA_ARGS__)
#define tt_result __CPROVER_return_value
#define tt_old(x) __CPROVER_old(x)
#define tt_fresh(at, size) __CPROVER_is_fresh(at, size)
#else
#define TT_CONTRACT(...)
#endif

/* What a caller of a public function must give.  Checked builds stop at a breach: those with
 * -DTT_CHECKED, as sanitizer and fuzz builds have, and those without optimisation.  In others it is
 * nothing: the core trusts its caller. */
#if defined(__GNUC__) && !defined(TT_PROOF) && (defined(TT_CHECKED) || !defined(__OPTIMIZE__))
#define TT_REQUIRE(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define TT_REQUIRE(condition) ((void)0)
#endif

#endif
