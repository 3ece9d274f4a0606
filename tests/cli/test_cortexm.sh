#!/bin/sh
# SPDX-License-Identifier: MIT
# after: npm
# sanitizers: no, it does not run a program of that build
# A microcontroller embeds from flash: on an emulated Cortex-M4F and M0, and on this machine, the demo gives the
# core's digests.  TWOTOWER_FULL=1 only: it needs the cross compiler and QEMU.
. tests/cli/lib.sh
. tests/ports/lib.sh
: "${BUILD:=build}" "${MAKE:=make}"
if [ "${TWOTOWER_FULL:-}" != 1 ]; then
    skip "the microcontroller demo" "TWOTOWER_FULL=1 builds it"
    finish
    exit
fi
train() {
    cd "$work" && "$TWOTOWER" synth --out catalogue --users 300 --videos 200 --quiet && "$TWOTOWER" prep \
        --db-url file:catalogue --input catalogue/reviews.csv --quiet && "$TWOTOWER" train --epochs 1 \
        --embedding-dim 32 --hidden-dim 32 --quiet
}
model=$work/ml/artifacts/latest/item_tower.onnx
check "a small model is trained" train
cd "$root" || exit 1
check "the images build" "$MAKE" -s cortexm BUILD="$work" MODEL="$model"
{
    printf '{"tower": "item", "row": {"id": "a-video", "tags": ["comedy", "drama", "heist"], '
    echo '"performers": ["Ada Quill", "Bo Marsh"], "maker": "Kestrel Pictures", "product_released_at": "2021-05-09"}}'
} >"$work/rows.jsonl"
"$BUILD/tests/embed_rows" "$model" "$work/rows.jsonl" >"$work/core" 2>"$work/without"
check "the core embeds the record" grep -q '^1 rows, 0 without' "$work/without"
emulated() { # BOARD IMAGE OPTION...
    board=$1 image=$2
    shift 2
    timeout 60 qemu-system-arm -M "$board" "$@" -nographic -monitor none -serial null \
        -semihosting-config enable=on,target=native -kernel "$image" >"$work/out" 2>&1 </dev/null
    { cat "$work/out"; "$BUILD/tests/embed_rows" "$model" "$work/rows.jsonl"; } | tail -4
    [ "$(sed -n 1p "$work/out")" = "$(sed -n 1p "$work/core")" ] && tail -1 "$work/out" | grep -qE '^[0-9a-f]{16}$'
}
check "a Cortex-M4F embeds from flash with the core's bits" emulated mps2-an386 "$work/cortexm/m4f.elf"
cp "$work/out" "$work/m4f"
check "a Cortex-M0 embeds from flash with the core's bits" emulated microbit "$work/cortexm/m0.elf" \
    -global nrf51-soc.sram-size=1048576
check "the features are the same" cmp "$work/out" "$work/m4f"
hosted() {
    cc -std=c99 -ffp-contract=off -DTT_SMALL -Icore -Iports/cortexm -DMODEL="\"$model\"" ports/cortexm/embed.c \
        tests/bits/hosted.c \
        ports/cortexm/model.S core/twotower.c -o "$work/hosted" && "$work/hosted" | cmp - "$work/m4f"
}
check "the demo on this machine says the same" hosted
finish
