#!/bin/sh
# SPDX-License-Identifier: MIT
# `twotower env` names every variable that the program reads, says which are missing, and shows none.
. tests/cli/lib.sh
. tests/cli/expect.sh
cd "$work" || exit 1
# Nothing of the caller's environment.
env_of() { env -i PATH="$PATH" "$@"; }

# What the sources read, against what the tables say.
sources_agree() {
    (cd "$root" && grep -rhoE -e '(environment_value|getenv)\((a|given|), *"[A-Z][A-Z_]+"' \
        -e 'need_variable\("[A-Z_]+"' -e 'getenv\("[A-Z_]+"' tools) |
        grep -oE '[A-Z][A-Z_]{3,}' | sort -u | grep -vxE 'TMPDIR|SSL_CERT_FILE|HOME' >read
    "$TWOTOWER" env --json >all.json && expect value all.json "'\n'.join(v.name for v in variables)" | sort >listed
    [ "$(wc -l <read)" -ge 20 ] || { cat read; return 1; }
    comm -23 read listed | { ! grep .; }
}
check "every variable that the sources read is listed" sources_agree
check "each once" sh -c '[ -z "$(uniq -d listed)" ]'
check "ingest: what is needed is missing" refused \
    1 'missing: REMOTE_DATABASE_URL, FANZA_API_ID, FANZA_API_AFFILIATE_ID;' env_of "$TWOTOWER" env --check ingest
check "and marked" grep -Eq '^FANZA_API_ID +MISSING' .stdout
check "and any of these would do" grep -q 'one of TWOTOWER_DB_URL|SUPABASE_DB_URL' .stdout
set -- DATABASE_URL=postgresql://u:pa55-word@127.0.0.1/x FANZA_API_ID=k3y-of-the-api FANZA_API_AFFILIATE_ID=me-990
check "ingest: nothing is missing" env_of "$@" "$TWOTOWER" env --check ingest
check "no value is shown" sh -c '! grep -E "pa55|k3y|me-990" "$0"' .out
check "without --check nothing is asked" env_of "$TWOTOWER" env ingest
check "an empty variable is an unset one" refused 1 'missing: FANZA_API_ID;' env_of "$@" FANZA_API_ID= "$TWOTOWER" \
    env --check ingest
printf 'FANZA_API_ID="from a file"\n' >file.env
check "--env-file counts" env_of DATABASE_URL=x FANZA_API_AFFILIATE_ID=y "$TWOTOWER" env --check ingest \
    --env-file file.env
check "--json" sh -c 'env -i "$@" env --check --json ingest >env.json; [ $? = 1 ]' "$0" FANZA_API_ID=k3y "$TWOTOWER"
check "its form" expect json env.json "missing is True" "v = {one.name: one for one in variables}" \
    "v['FANZA_API_ID']['set'] and not v['FANZA_API_ID'].missing" "v['FANZA_API_AFFILIATE_ID'].missing" \
    "v['FANZA_API_AFFILIATE_ID'].one_of == 'FANZA_API_AFFILIATE_ID'" "not v['GTE_RELEASE_DATE'].missing" \
        "'k3y' not in str(d)"
check "publish: a folder needs nothing" env_of "$TWOTOWER" env --check publish
check "publish: Supabase needs its key" refused 1 'missing: SUPABASE_SECRET_KEY;' env_of \
    SUPABASE_URL=https://x.supabase.co "$TWOTOWER" env --check publish upload
check "publish: its other name will do" env_of SUPABASE_URL=https://x.supabase.co SUPABASE_SERVICE_KEY=k "$TWOTOWER" \
    env --check publish upload
for name in SUPABASE_SECRET_KEYS SUPABASE_SECRET_KEY SUPABASE_SERVICE_ROLE_KEY; do
    check "publish: $name will do" env_of SUPABASE_URL=https://x.supabase.co $name=k "$TWOTOWER" \
        env --check publish upload
done
named_first() { # the new names stand before the old ones
    "$TWOTOWER" env publish upload | grep -o '^SUPABASE_SE[A-Z_]*' | paste -sd' ' |
        grep -x 'SUPABASE_SECRET_KEY SUPABASE_SECRET_KEYS SUPABASE_SERVICE_ROLE_KEY SUPABASE_SERVICE_KEY'
}
check "publish: the new names come first" named_first
check "a command that reads none" sh -c '"$0" env --check model inspect | grep "no variable"' "$TWOTOWER"
check "a command that is none" refused 2 'no command of that name' "$TWOTOWER" env nonsense
check "a variable is no option" refused 2 'no option --FANZA_API_ID' "$TWOTOWER" ingest --FANZA_API_ID x
check "help names the variables" sh -c '"$0" ingest --help | grep FANZA_LINK_AFFILIATE_ID' "$TWOTOWER"
finish
