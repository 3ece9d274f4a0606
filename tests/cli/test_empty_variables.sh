#!/bin/sh
# SPDX-License-Identifier: MIT
# sanitizers: no, test_publish runs the same commands there
# A variable that is set and empty is refused where it would switch something off, or hide the value
# of --env-file.
. tests/cli/lib.sh
cd "$work" || exit 1

export TWOTOWER_STORAGE_URL=file:folder
"$TWOTOWER" synth --out shop --users 300 --videos 400 --seed 3 >/dev/null
"$TWOTOWER" prep --db-url file:shop --input shop/reviews.csv --run-id p1 >/dev/null 2>&1
"$TWOTOWER" train --epochs 1 --teacher none --embedding-dim 16 --hidden-dim 16 --run-id r1 >/dev/null
"$TWOTOWER" eval --run-id r1 --min-over-popularity 0 --quiet >/dev/null
check "a run that nobody signed" "$TWOTOWER" publish upload --run-id r1
check "and its release" "$TWOTOWER" publish activate --run-id r1
check "a pair of keys" "$TWOTOWER" keygen --out release.key

empty() { # STATUS SENTENCE NAME COMMAND...
    status_=$1 sentence_=$2 variable_=$3
    shift 3
    refused "$status_" "$sentence_" env "$variable_=" "$TWOTOWER" "$@"
}
for words in "fetch --artifacts-root e" "verify" "list" "upload --run-id r1" "activate --run-id r1" prune reconcile; do
    check "an empty TWOTOWER_PUBLIC_KEYS: publish $words" empty 2 'TWOTOWER_PUBLIC_KEYS is set and empty' \
        TWOTOWER_PUBLIC_KEYS publish $words
done
check "an empty TWOTOWER_PUBLIC_KEYS: model verify" empty 2 'no signature is checked' \
    TWOTOWER_PUBLIC_KEYS model verify ml/artifacts/two_tower/runs/r1
check "an empty TWOTOWER_SIGNING_KEY" empty 2 'TWOTOWER_SIGNING_KEY is set and empty.*nothing is signed' \
    TWOTOWER_SIGNING_KEY publish activate --run-id r1
check "an empty TWOTOWER_ENVIRONMENT is not production" empty 2 'production is meant' TWOTOWER_ENVIRONMENT publish fetch
check "an empty SUPABASE_CA_CERT" empty 2 "system's own authorities" SUPABASE_CA_CERT db check --db-url postgresql://x/y
check "an empty PGSSLROOTCERT" empty 2 "system's own authorities" PGSSLROOTCERT db check --db-url postgresql://x/y
check "an empty SSL_CERT_FILE" empty 2 "system's own authorities" SSL_CERT_FILE publish fetch
check "an empty PGSSLMODE" empty 2 'without TLS' PGSSLMODE db check --db-url postgresql://x/y
check "an empty TWOTOWER_USER_KEY" empty 2 'not hashed' TWOTOWER_USER_KEY prep --db-url file:shop
check "a command that does not read it takes no notice" env TWOTOWER_USER_KEY= "$TWOTOWER" publish list
for of in TWOTOWER_STORAGE_URL SUPABASE_URL NEXT_PUBLIC_SUPABASE_URL MODEL_ARTIFACT_BASE_URL; do
    check "an empty $of names no folder" refused 2 "$of is set and empty, and nothing else names" env \
        -u TWOTOWER_STORAGE_URL "$of=" "$TWOTOWER" publish fetch
done
check "one that is empty beside one that is not" env SUPABASE_URL= "$TWOTOWER" publish list
echo TWOTOWER_PUBLIC_KEYS=release.key.pub >keys.env
echo TWOTOWER_PUBLIC_KEYS= >empty.env
echo TWOTOWER_STORAGE_URL=file:folder >store.env
check "an empty one never beats the file" empty 2 'TWOTOWER_PUBLIC_KEYS is set and empty' TWOTOWER_PUBLIC_KEYS publish \
    fetch --env-file keys.env --artifacts-root e
check "in the file it is as empty" refused 3 'empty.env:1: TWOTOWER_PUBLIC_KEYS is empty' "$TWOTOWER" publish fetch \
    --env-file empty.env --artifacts-root e
check "nor does any other empty one" empty 2 'TWOTOWER_STORAGE_URL is set and empty, and store.env:1' \
    TWOTOWER_STORAGE_URL publish list --env-file store.env
check "the file's keys count" refused 1 'is not signed' "$TWOTOWER" publish fetch --env-file keys.env --artifacts-root e
check "nothing was fetched" test ! -e e
finish
