# SPDX-License-Identifier: MIT
# make edge: the Supabase functions in $(BUILD)/edge with the WebAssembly port beside them, to be
# copied over a project's folder.

EDGE    := $(BUILD)/edge
EDGE_TS := $(shell find ports/edge -name '*.ts')

.PHONY: edge
edge: $(EDGE)/serve.ts
$(EDGE)/serve.ts: $(WASM)/module.ts $(EDGE_TS) $(WASM_TS)
	@rm -rf $(EDGE)
	@mkdir -p $(EDGE)/supabase/functions/_shared/twotower
	@cp -R ports/edge/serve.ts ports/edge/supabase $(EDGE)/
	@cp $(WASM_TS) $(WASM)/module.ts $(EDGE)/supabase/functions/_shared/twotower/
	@touch $@
