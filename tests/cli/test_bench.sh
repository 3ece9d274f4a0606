#!/bin/sh
# bench core and bench topk: the same digest whatever the batch and kernel, and files refused.
# sanitizers: no, it does not run a program of that build
. tests/cli/lib.sh

model=$root/fuzz/corpus/model/item_tower.onnx
words() { # WORD...: little-endian 32-bit words, each below 256 or "one" for 1.0f
    for word in "$@"; do
        if [ "$word" = one ]; then printf '\000\000\200\077'; else # shellcheck disable=SC2059
            printf "\\$(printf %03o "$word")\000\000\000"; fi
    done
}
write() { # NAME OFF IDX: words of each; every value is 1
    words $2 >"$work/$1.off"
    words $3 >"$work/$1.idx"
    words $(for _ in $3; do echo one; done) >"$work/$1.val"
}
core() { "$TWOTOWER" bench core --model "$model" --rounds 1 "$@"; }

digests() { # the digests of every batch and kernel are one
    for kernel in c best; do
        core --csr "$work/good" --batch 1,2,64 --kernel $kernel || return 1
    done >"$work/lines"
    cat "$work/lines"
    [ "$(wc -l <"$work/lines")" = 6 ] && [ "$(sed 's/.*digest //' "$work/lines" | sort -u | wc -l)" = 1 ]
}
json() {
    core --csr "$work/good" --batch 1,64 --json >"$work/json" || return 1
    cat "$work/json"
    for key in ns_per_row floor_ns_per_row ratio_to_floor digest; do
        [ "$(grep -o "\"$key\"" "$work/json" | wc -l)" = 2 ] || return 1
    done
}
topk() {
    "$TWOTOWER" bench topk --rows 2000 --dim 24 --rounds 1 --json >"$work/json" || return 1
    cat "$work/json"
    grep -q '"single_ratio"' "$work/json" && grep -q '"batch_ratio"' "$work/json"
}

write good "0 1 3 3 6" "1 0 2 2 0 1"
write far "0 1" "250"
write twice "0 2" "1 1"
write down "0 2 1" "1 2"
write past "0 9" "1 2"
write odd "0 1" "1"
printf x >>"$work/odd.idx"

check "the digest does not depend on batch and kernel" digests
check "--json gives every figure" json
check "bench topk gives both ratios" topk
check "a feature the model lacks is refused" refused 3 'row 0 has feature 250' core --csr "$work/far"
check "a feature given twice is refused" refused 3 'feature 1 twice' core --csr "$work/twice"
check "offsets that descend are refused" refused 3 'offsets must ascend' core --csr "$work/down"
check "offsets past the end are refused" refused 3 'offsets must ascend' core --csr "$work/past"
check "half a word is refused" refused 3 'whole number of 32-bit words' core --csr "$work/odd"
check "a missing file is named" refused 4 'none.off' core --csr "$work/none"
check "a batch of 0 is refused" refused 2 'batch' core --csr "$work/good" --batch 0
check "a tower that is not there is refused" refused 3 'no user tower' core --csr "$work/good" --tower user
finish
