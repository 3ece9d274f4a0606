# twotower: build, test, lint, install.
#
#   make            the program build/twotower
#   make help       this list
#   make deps       install what building and testing need (apt-get; as root or by sudo)
#   make demo       from nothing to recommendations (DATA=DIR for your own data)
#   make unit       the unit tests: no network, no servers, under 20 s
#   make test       unit tests, commands, servers; T=REGEX runs what matches; TWOTOWER_FULL=1 skips none
#   make bits       the same digest on every target whose compiler is here; TWOTOWER_FULL=1 on all
#   make fuzz       libFuzzer on every target in fuzz/, FUZZ_SECONDS=60 each (clang)
#   make coverage   which lines of the core its tests reach
#   make proofs     CBMC on the core's contracts, where it is installed
#   make bench      speed beside floors (PEERS=DIR for other programs beside us)
#   make cost       processor time and memory of each step on a made-up catalogue
#   make install    program, library, header, manual pages, completions (DESTDIR=, PREFIX=/usr/local)
#   make deb        the same as a Debian package
#   make quality    ranking metrics of five seeds beside reference lines, DATA=DIR
#   make lint       formatting, include directions, the core's freedom from libc
#   make format     clang-format on every C file
#   make compile_commands.json   for editors and analysers
#
# CC, CFLAGS and LDFLAGS are yours to set; what the code relies on is added after them. V=1 shows
# the commands.

CC      ?= cc
CFLAGS  ?= -O3 -g
LDFLAGS ?=
BUILD   ?= build
SAN     ?=
# For code whose speed nobody measures: tests call the libraries, which have CFLAGS.
QUICK    = $(patsubst -O%,-O1,$(CFLAGS))
DATA    ?=
PEERS   ?=
RUNS    ?= 3

# Not to be removed: the core's bits depend on -std=c99 -ffp-contract=off.
override RULES := -std=c99 -ffp-contract=off -Wall -Wextra -Wconversion -Wshadow -Wvla \
                  -Wstrict-prototypes -Wmissing-prototypes -Werror \
                  $(if $(SAN),-DTT_CHECKED -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer \
                    $(if $(findstring integer,$(SAN)),-fsanitize-ignorelist=tests/wraps.list))
override POSIX := -D_POSIX_C_SOURCE=200809L -D_XOPEN_SOURCE=700

CORE_C    := core/twotower.c
CORE_OWN  := $(wildcard core/*.c core/*.h core/*/*.c core/*/*.h)
CORE_ALL  := $(filter-out core/twotower.h,$(CORE_OWN)) $(BUILD)/include/twotower.h
TRAINER_C := $(wildcard trainer/*/*.c)
TOOLS_C   := $(filter-out tools/program/main.c,$(wildcard tools/*/*.c tools/*/*/*.c))
UNIT_C    := $(wildcard tests/unit/*.c)
SOURCES   := $(CORE_OWN) $(wildcard trainer/*.h trainer/*/*.[ch] tools/*/*.[ch] tools/*/*/*.[ch] ports/*/*.[ch] tests/*/*.[ch] fuzz/*.[ch])

CORE_O    := $(BUILD)/core/twotower.o
TRAINER_O := $(TRAINER_C:%.c=$(BUILD)/%.o)
TOOLS_O   := $(TOOLS_C:%.c=$(BUILD)/%.o) $(BUILD)/tools/catalogue/pg/migrations.o $(BUILD)/tools/report/parts.o
UNIT      := $(UNIT_C:tests/unit/%.c=$(BUILD)/tests/unit/%)

# One archive a room, so that a program takes what it names.
LIBRARIES := $(BUILD)/libtools.a $(BUILD)/libtrainer.a $(BUILD)/libtwotower.a

TOOLS_LIBS := -lpq -lcurl -lmbedcrypto -ljansson -lzstd -lsnappy -llz4 -lbrotlidec -lz -lpthread
PQ_INCLUDE := $(shell pg_config --includedir 2>/dev/null)

.PHONY: all help deps demo programs unit test threaded npm ports bench quality fuzz fuzzers coverage covered \
    proofs cost lint format clean
all: $(BUILD)/twotower $(BUILD)/posix/embed

# One line for each file that is made: nothing with -s, the command with V=1.
short := $(if $(V)$(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,yes)
Q     := $(if $(V),,@)
say    = $(if $(short),@echo "  $(1) $(if $(2),$(2),$@)")

# In what the compiler says a test depends on, the copies of the public headers stand for them.
follow_copies = @sed -i 's|core/twotower\.h|$(BUILD)/include/twotower.h|; s|trainer/trainer\.h|$(BUILD)/include/trainer.h|' $@.d

# ---- Each folder sees only what it may include. ----------------------------------
$(BUILD)/core/%.o: core/%.c $(CORE_ALL)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(COUNTERS) -ffreestanding -Icore -c -o $@ $<

$(BUILD)/trainer/%.o: trainer/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -MMD -MP -I$(BUILD)/include -Itrainer -pthread -c -o $@ $<

$(BUILD)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -MMD -MP -I$(BUILD)/include -Itools $(PQ_INCLUDE:%=-isystem %) -pthread -c -o $@ $<

$(BUILD)/libtwotower.a: $(CORE_O)
$(BUILD)/libtrainer.a: $(TRAINER_O)
$(BUILD)/libtools.a: $(TOOLS_O)
$(LIBRARIES):
	$(call say,AR)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(QUICK) $(RULES) $(POSIX) -MMD -MP -MF $@.d -Icore -Itrainer -Itools -Itests -pthread -o $@ $< \
	    $(LIBRARIES) $(LDFLAGS) -lcmocka -lm $(TOOLS_LIBS)
	$(follow_copies)

# The migrations as a C file.
MIGRATIONS := $(sort $(wildcard tools/catalogue/pg/sql/*.sql))
$(BUILD)/tools/catalogue/pg/migrations.c: tools/catalogue/pg/sql/embed.sh $(MIGRATIONS)
	@mkdir -p $(@D)
	@sh $< $(MIGRATIONS) >$@.new && mv $@.new $@
$(BUILD)/tools/catalogue/pg/migrations.o: $(BUILD)/tools/catalogue/pg/migrations.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) -Itools -c -o $@ $<

# The report's page as a C file, with the core as WebAssembly where clang and its linker are here.
PAGE      := tools/report/page
PAGE_JS   := $(addprefix $(PAGE)/,text.js dom.js data.js engine.js chart.js lists.js summary.js users.js \
    made_up.js items.js fields.js health.js map.js main.js)
PAGE_WASM := $(if $(SAN),,$(if $(and $(shell command -v clang 2>/dev/null),$(shell command -v wasm-ld 2>/dev/null)),\
    $(BUILD)/wasm/twotower-simd.wasm))
$(BUILD)/tools/report/parts.c: $(PAGE)/embed.sh $(PAGE)/style.css $(PAGE)/page.html $(PAGE_JS) $(PAGE_WASM)
	@mkdir -p $(@D)
	@sh $^ >$@.new && mv $@.new $@
$(BUILD)/tools/report/parts.o: $(BUILD)/tools/report/parts.c
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) -Itools -c -o $@ $<

# The public headers alone: the trainer and the tools cannot reach past them. They are copied without
# comments, and only when they differ, so that a comment rebuilds nothing.
# The core and the tests, which read the headers themselves, follow the copies too.
PUBLIC := $(BUILD)/include/twotower.h $(BUILD)/include/trainer.h
$(BUILD)/include/twotower.h: core/twotower.h
$(BUILD)/include/trainer.h: trainer/trainer.h
$(PUBLIC):
	@mkdir -p $(@D)
	@perl -0pe 's|/\*.*?\*/||gs; s|[ \t]+\n|\n|g; s|\n+|\n|g' $< >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
$(TRAINER_O) $(TOOLS_O) $(BUILD)/tools/program/main.o: | $(PUBLIC)

$(BUILD)/twotower: $(BUILD)/tools/program/main.o $(LIBRARIES)
	$(call say,LINK)
	$(Q)$(CC) $(CFLAGS) $(RULES) -o $@ $^ $(LDFLAGS) $(TOOLS_LIBS)

$(BUILD)/posix/embed: ports/posix/embed.c $(BUILD)/libtwotower.a | $(PUBLIC)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -I$(BUILD)/include -o $@ $< $(BUILD)/libtwotower.a $(LDFLAGS)

include ports/posix/posix.mk
include ports/wasm/wasm.mk
include ports/edge/edge.mk
include ports/cortexm/cortexm.mk

-include $(TRAINER_O:.o=.d) $(TOOLS_O:.o=.d) $(BUILD)/tools/program/main.d $(UNIT:=.d)

# ---- From nothing to recommendations ------------------------------------------------
demo:
	@./.ci/setup
	@echo building; $(MAKE) -s -j$$(nproc) all
	@tools/demo.sh $(BUILD)/twotower $(DATA)

# ---- Tests ----------------------------------------------------------------------------
# TWOTOWER_FULL=1 skips nothing: sanitizers with gcc and clang, and interop.
# TWOTOWER_DATA=DIR is a folder of real reviews to reach the promised quality on.
FUZZ := $(patsubst fuzz/fuzz_%.c,$(BUILD)/fuzz/%,$(wildcard fuzz/fuzz_*.c))

# The target that counts the core's work has the compiler call back at each basic block; libFuzzer
# has such a function too, which the linker passes over.
$(BUILD)/fuzz/linear $(BUILD)/fuzzer/linear: \
    COUNTED := -fsanitize-coverage=trace-pc -Wl,--wrap=__sanitizer_cov_trace_pc

$(BUILD)/fuzz/%: fuzz/fuzz_%.c fuzz/replay.c $(wildcard fuzz/*.h) $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) $(COUNTED) -Icore -Itools -Ifuzz -pthread -o $@ \
	    $(filter-out %.h,$^) $(LDFLAGS) $(TOOLS_LIBS)

# Valid inputs with each feature once, which fuzzing starts from beside the corpus.
$(BUILD)/fuzz/seeds $(BUILD)/fuzzer/seeds: fuzz/seeds.c tests/onnx_forms.h tests/onnx_text.h $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -Icore -Itools -Itests -pthread -o $@ \
	    $(filter-out %.h,$^) $(LDFLAGS) -lcmocka $(TOOLS_LIBS)

# FUZZ_SECONDS for each target with libFuzzer, which comes with clang.  What it finds stays in
# $(BUILD)/fuzz-found; a file that was a defect belongs in fuzz/regress/<target>/.
FUZZ_SECONDS ?= 60
CHECKED_CLANG := address,undefined,float-cast-overflow,integer
fuzz:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/libfuzzer CC=clang CFLAGS="-O1 -g $(FUZZ_LIMITS)" \
	    SAN=fuzzer-no-link,$(CHECKED_CLANG) fuzzers
	@for program in $(FUZZERS:$(BUILD)/%=$(BUILD)/libfuzzer/%); do \
	    FOUND=$(BUILD)/fuzz-found SECONDS_EACH=$(FUZZ_SECONDS) sh fuzz/run.sh $$program || exit 1; \
	done

# The largest row group that the targets read: a hostile one may be 1 GB of zeros.
FUZZ_LIMITS := -DPARQUET_MAX_CHUNK=1048576 -DPARQUET_MAX_ENTRIES=65536
FUZZERS := $(patsubst fuzz/fuzz_%.c,$(BUILD)/fuzzer/%,$(wildcard fuzz/fuzz_*.c))
fuzzers: $(FUZZERS) $(BUILD)/fuzzer/seeds

$(BUILD)/fuzzer/%: fuzz/fuzz_%.c $(wildcard fuzz/*.h) $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -fsanitize=fuzzer $(COUNTED) -Icore -Itools -Ifuzz -pthread -o $@ \
	    $(filter-out %.h,$^) $(LDFLAGS) $(TOOLS_LIBS)

$(BUILD)/tests/%: tests/interop/%.c $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -MMD -MP -MF $@.d -Icore -Itrainer -Itools -Itests -pthread -o $@ \
	    $(filter-out %.h,$^) $(LDFLAGS) $(TOOLS_LIBS)
	$(follow_copies)

$(BUILD)/tests/kernel/%: tests/kernel/%.c $(CORE_O)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -Icore -o $@ $^ $(LDFLAGS)

# Limits: the core alone, under rules of their own.
$(BUILD)/tests/limits/%: tests/limits/%.c $(CORE_O)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -Icore -o $@ $^ $(LDFLAGS)

# A checked build stops where a caller breaks a contract; the core is compiled again for it.
$(BUILD)/tests/limits/check_contract: tests/limits/check_contract.c $(CORE_ALL)
	@mkdir -p $(@D)
	$(CC) $(QUICK) $(RULES) $(POSIX) -DTT_CHECKED -Icore -o $@ $< $(CORE_C) $(LDFLAGS)

# Golden models: `make_golden tests/golden/VERSION`, once a release.
$(BUILD)/tests/golden/%: tests/golden/%.c tests/golden.h $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) $(RULES) $(POSIX) -Icore -Itools -Itests -o $@ $< $(LIBRARIES) $(LDFLAGS) $(TOOLS_LIBS)

CHECKS  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/kernel/*.c tests/limits/*.c))
GOLDEN  := $(BUILD)/tests/golden/make_golden
DRIVERS := $(patsubst tests/interop/%.c,$(BUILD)/tests/%,$(wildcard tests/interop/*.c))

programs: all unit-programs $(DRIVERS) $(GOLDEN)
-include $(DRIVERS:=.d)
unit-programs: $(UNIT) $(FUZZ) $(BUILD)/fuzz/seeds $(CHECKS)
# The tests of threads, for the build with the thread sanitizer.
threaded: $(filter $(addprefix $(BUILD)/tests/unit/test_,trainer% ranking% segments% eval%),$(UNIT))

unit:
	@./.ci/setup test
	@echo building; $(MAKE) -s -j$$(nproc) unit-programs
	@BUILD=$(BUILD) TWOTOWER_FULL= tests/all unit $(if $(T),'$(T)')
test:
	@./.ci/setup test
	@echo building; $(MAKE) -s -j$$(nproc) programs
	@BUILD=$(BUILD) tests/all commands $(if $(T),'$(T)')

# What several tests take from the build and from npm, made before they run side by side.
PACKAGES := $(patsubst %/package-lock.json,%/node_modules,$(wildcard tests/*/package-lock.json ports/*/package-lock.json))
npm: $(PACKAGES)
$(PACKAGES): %/node_modules: %/package-lock.json
	@cd $(@D) && ONNXRUNTIME_NODE_INSTALL=skip npm ci --silent --no-audit --no-fund && touch node_modules
ports: shared $(BUILD)/share $(if $(filter 1,$(TWOTOWER_FULL)),wasm edge)

# What a fresh machine needs.
deps:
	@./.ci/setup test

help:
	@awk '/^[^#]/ {exit} sub(/^#  /, "")' Makefile

# One entry for each C file that is compiled by itself.
compile_commands.json:
	@$(MAKE) --no-print-directory -Bn V=1 programs | ./.ci/compile_commands >$@.new && mv $@.new $@

# PEERS=DIR also runs the other programs that the folder holds scripts for; RUNS=3.
bench:
	@./.ci/setup test
	@$(if $(PEERS),./.ci/setup peers,true)
	@echo building; $(MAKE) -s -j$$(nproc) all $(BUILD)/tests/bench_model $(BUILD)/tests/matmul_bench $(BUILD)/tests/mlp_bench $(BUILD)/tests/start_bench $(CHECKS)
	@BUILD=$(BUILD) PEERS=$(PEERS) RUNS=$(RUNS) tests/bench.sh

# Line coverage of the core by its own tests (gcc and gcov).
COVERED := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard $(addprefix tests/unit/test_,\
    onnx*.c embed.c features.c half.c hash.c number.c schema.c topk.c wire.c golden.c self_check.c)))
coverage:
	@$(MAKE) -s -j$$(nproc) --no-print-directory BUILD=$(BUILD)/coverage CC="$(COVERAGE_CC)" \
	    CFLAGS="-O0 -g" COUNTERS=--coverage LDFLAGS=--coverage covered
	@BUILD=$(BUILD)/coverage tests/coverage.sh
COVERAGE_CC ?= gcc
covered: $(COVERED) $(CHECKS) $(addprefix $(BUILD)/fuzz/,model linear write wire features kernels)

# What CBMC proves of the contracts in core/, where it is installed.
proofs:
	@tests/proofs/run.sh

cost: $(BUILD)/twotower
	@python3 tests/cost.py $(BUILD)/twotower

# DATA is a folder of real reviews; SEEDS="1 2 3 4 5" THREADS=2.
quality:
	@test -n "$(DATA)" || { echo "make quality needs DATA=DIR, a folder with videos.csv and reviews.csv"; exit 2; }
	@./.ci/setup
	@echo building; $(MAKE) -s -j$$(nproc) all $(BUILD)/tests/quality_lines
	@BUILD=$(BUILD) sh tests/quality.sh $(DATA)

include tests/bits/bits.mk

lint: $(LIBRARIES)
	@BUILD=$(BUILD) ./.ci/lint

format:
	clang-format -i $(SOURCES)

clean:
	rm -rf $(BUILD)
