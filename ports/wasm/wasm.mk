# SPDX-License-Identifier: MIT
# make wasm: the npm package in $(BUILD)/wasm, from clang and TypeScript, of the version in core/twotower.h.

WASM      := $(BUILD)/wasm
WASM_CC   ?= clang
WASM_TS   := $(wildcard ports/wasm/*.ts)
WASM_FLAGS := --target=wasm32 -Os -flto -mbulk-memory -std=c99 -ffp-contract=off -ffreestanding -fno-builtin -nostdlib -Icore -isystem ports/bare \
    -Wall -Wextra -Werror -fvisibility=hidden -Wl,--no-entry -Wl,--strip-all -Wl,--gc-sections -Wl,--stack-first \
    -Wl,-z,stack-size=32768 -Wl,--export=__heap_base
# What the face calls: the names in the type of the exports.
WASM_EXPORTS := $(shell grep -o 'tt_[a-z_]*' ports/wasm/memory.ts | sort -u)

$(WASM)/%.wasm: $(CORE_C) $(CORE_ALL) ports/bare/memory.c $(WASM_TS)
	@mkdir -p $(@D)
	$(WASM_CC) $(WASM_FLAGS) $(if $(findstring simd,$*),-msimd128) $(WASM_EXPORTS:%=-Wl,--export=%) -o $@ \
	    $(CORE_C) ports/bare/memory.c

# The two modules as base64 in a source file, so that nothing is fetched to start.
$(WASM)/module.ts: $(WASM)/twotower.wasm $(WASM)/twotower-simd.wasm
	@{ echo '// Made by the build.'; \
	   echo "export const scalar: string = \"$$(base64 -w0 $(WASM)/twotower.wasm)\";"; \
	   echo "export const simd: string = \"$$(base64 -w0 $(WASM)/twotower-simd.wasm)\";"; } >$@

$(WASM)/twotower.js: $(WASM)/module.ts $(WASM_TS) ports/wasm/tsconfig.json ports/wasm/package.json | ports/wasm/node_modules
	@cp $(WASM_TS) ports/wasm/tsconfig.json $(WASM)/
	@sed 's/^  "name": .*/&\n  "version": "$(VERSION)",/' ports/wasm/package.json >$(WASM)/package.json
	@ports/wasm/node_modules/.bin/tsc -p $(WASM)
	@ports/wasm/node_modules/.bin/esbuild $(WASM)/twotower.ts --bundle --format=esm --target=es2022 --log-level=warning \
	    --outfile=$@

.PHONY: wasm
wasm: $(WASM)/twotower.js
