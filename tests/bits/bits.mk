# The same bits on every target, and what the core costs there.

.PHONY: bits size
bits:
	@./.ci/setup
	@BUILD=$(BUILD) tests/bits/bits.sh

# Text, data, memory, stack and WebAssembly of the core, compared with the committed table.
size:
	@./.ci/setup
	@BUILD=$(BUILD) python3 tests/bits/size.py

# The reader of a small build.
SMALL := $(BUILD)/tests/bits/small
$(SMALL): tests/bits/small.c tests/bits/make.c core/twotower.c $(CORE_ALL) tests/bits/make.h tests/bits/digest.h
	@mkdir -p $(@D)
	$(CC) $(QUICK) $(RULES) -DTT_SMALL -Icore -Itests/bits -o $@ $(filter %.c,$(firstword $^) $(word 2,$^) $(word 3,$^)) $(LDFLAGS)
programs: $(SMALL)
