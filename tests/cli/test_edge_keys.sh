#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, it does not run a program of that build
# Who may ask an edge function: keys and tokens of every kind, by a clock that the test sets.  TWOTOWER_FULL=1
# only: deno comes from npm.
. tests/cli/lib.sh
. tests/ports/lib.sh
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "keys and tokens of the edge functions" "TWOTOWER_FULL=1 installs deno"
    finish
    exit
fi
check "deno" deno_is_here
for of in tokens keys; do
    adopt "the checks of $of" deno_run --allow-env --allow-net --allow-read "$root/tests/edge/check_$of.mjs" \
        "$root/ports/edge/supabase/functions"
done
finish
