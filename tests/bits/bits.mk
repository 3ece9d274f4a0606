# The same bits on every target, and what the core costs there.

.PHONY: bits size
bits:
	@./.ci/setup
	@BUILD=$(BUILD) tests/bits/bits.sh

