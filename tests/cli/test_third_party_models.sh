#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# ONNX files of other makers give their numbers, or are refused by name.  TWOTOWER_MODELS=DIR
# is a folder of more of them, with its cases.json.
. tests/cli/lib.sh
python=${PYTHON:-python3}
"$python" -c 'import numpy' 2>/dev/null || python=/usr/bin/python3
adopt() { # DIR
    "$python" tests/cli/models.py "$TWOTOWER" "$1" "$work" >"$work/tap" 2>"$work/err"
    code=$?
    while read -r line; do
        case $line in
        "ok "*) tests=$((tests + 1)); echo "$line" | sed "s/^ok [0-9]*/ok $tests/" ;;
        "not ok "*) tests=$((tests + 1)); echo "$line" | sed "s/^not ok [0-9]*/not ok $tests/" ;;
        esac
    done <"$work/tap"
    [ $code = 0 ] || { tests=$((tests + 1)); echo "not ok $tests - $1"; sed 's/^/# /' "$work/err"; }
}
adopt tests/vectors
if [ -n "${TWOTOWER_MODELS:-}" ]; then
    adopt "$TWOTOWER_MODELS"
else
    skip "more models" "TWOTOWER_MODELS is not set"
fi

model=tests/vectors/by_hand/model.onnx
in=tests/vectors/by_hand
run="$TWOTOWER model run $model --rows 5 --input numbers=$in/in_numbers.bin"
out=item_embedding=$work/out.bin
# shellcheck disable=SC2086
{
    check "the portable kernel gives the same bits" sh -c "
        $run --input tags=$in/in_tags.bin --output $out --kernel c &&
        cp '$work/out.bin' '$work/c.bin' &&
        $run --input tags=$in/in_tags.bin --output $out --kernel best &&
        cmp '$work/out.bin' '$work/c.bin'"
    check "a missing input is named" refused 2 'tags=FILE' $run --output $out
    check "an unknown output is named" refused 2 'unit' $run --input tags=$in/in_tags.bin \
        --output unit="$work/x"
    check "a file of another length is refused" refused 3 '80 bytes are expected' $run \
        --input tags=$in/in_numbers.bin --output $out
}
finish
