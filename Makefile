# Leadport.  `make run` shows it, `make test` proves it; docs/development.md tells the rest.

V     ?= release
B     := build/$(V)
PKGS  := libmariadb libcurl libsodium fcgi libcjson inih libidn2
WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
         -Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wcast-qual \
         -Wpointer-arith -Wimplicit-fallthrough -Wswitch-enum -Werror
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LINK_release  := -pie -Wl,-z,relro,-z,now
FLAGS_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINK_asan     := $(FLAGS_asan)
FLAGS_cov     := -O0 --coverage
LINK_cov      := --coverage
FLAGS_crash   := -O0 -DLEADPORT_STEPS
FLAGS_lint    := -O1 -fanalyzer
FLAGS_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -w
LINK_fuzz     := -fsanitize=address,undefined
override CFLAGS  += -g -std=c17 -D_GNU_SOURCE $(WARN) $(FLAGS_$(V)) -Ilib $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
override LDFLAGS += $(LINK_$(V)) -Wl,--as-needed
override LDLIBS  += $(shell pkg-config --libs $(PKGS) 2>/dev/null)

# The modules of lib/, floor by floor: a file may include headers of its own
# folder and of the folders before it in this list (checked by make lint).
FLOORS := base db net meta crm work web
LIB    := $(foreach f,$(FLOORS),$(sort $(wildcard lib/$(f)/*.c)))

LIBOBJ := $(LIB:%.c=$(B)/%.o)
PROGS  := $(patsubst %.c,$(B)/%.fcgi,$(wildcard cgi-bin/*.c))
SIMOBJ := $(patsubst %.c,$(B)/%.o,$(filter-out tests/sim/simulator.c,$(wildcard tests/sim/*.c)))
SIM    := $(patsubst %.c,$(B)/%.fcgi,$(wildcard tests/sim/cgi-bin/*.c)) $(B)/simulator
FUZZ   := $(patsubst tests/fuzz/%.c,%,$(filter-out tests/fuzz/replay.c,$(wildcard tests/fuzz/*.c)))
UNITS  := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c))

all: $(PROGS) $(B)/leadport
sim: $(SIM)
unit: $(UNITS)

$(B)/libleadport.a: $(LIBOBJ)
	@rm -f $@ && $(AR) rcs $@ $^
$(B)/%.o: %.c
	@mkdir -p $(@D) && $(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
# Placed under a new name and renamed: a running program cannot be overwritten.
$(B)/cgi-bin/%.fcgi: $(B)/cgi-bin/%.o $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@.new $^ $(LDLIBS) && mv $@.new $@
# All of the library, so that `leadport check` sees every statement of it.
$(B)/leadport: $(patsubst %.c,$(B)/%.o,$(wildcard cli/*.c)) $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@.new -Wl,--whole-archive $^ -Wl,--no-whole-archive $(LDLIBS) && mv $@.new $@
$(B)/tests/sim/%.o $(B)/tests/sim/%.tidy: override CFLAGS += -Itests/sim
$(B)/tests/sim/cgi-bin/%.fcgi: $(B)/tests/sim/cgi-bin/%.o $(SIMOBJ) $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@.new $^ $(LDLIBS) && mv $@.new $@
$(B)/simulator: $(B)/tests/sim/simulator.o $(SIMOBJ) $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@.new $^ $(LDLIBS) && mv $@.new $@
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# Analysis is a variant (V=lint): gcc's while compiling, clang's after it, and
# only of what changed.
ANALYSED := $(wildcard lib/*/*.c cgi-bin/*.c cli/*.c tests/sim/*.c tests/sim/cgi-bin/*.c)
analyse: $(ANALYSED:%.c=$(B)/%.tidy)
$(B)/%.tidy: $(B)/%.o .clang-tidy
	@clang-tidy --quiet $*.c -- $(filter-out -fanalyzer,$(CFLAGS)) 2>/dev/null && touch $@
# Replayed by gcc with its sanitizers (V=asan), searched by clang's fuzzer
# (V=fuzz).
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
corpora: $(FUZZ:%=$(B)/tests/fuzz/%)
$(B)/search/%: $(B)/tests/fuzz/%.o $(B)/libleadport.a
	@mkdir -p $(@D) && $(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
searchers: $(FUZZ:%=$(B)/search/%)
SECONDS ?= 30
fuzz:
	@$(MAKE) -s -j"$$(nproc)" V=fuzz CC=clang searchers
	@for f in $(FUZZ); do mkdir -p build/fuzz/found/$$f; echo "$$f"; \
		build/fuzz/search/$$f -max_total_time=$(SECONDS) -max_len=65536 -artifact_prefix=build/fuzz/ \
		-verbosity=0 -print_final_stats=0 build/fuzz/found/$$f tests/fuzz/corpus/$$f || exit 1; done
lint:
	@tests/lint/run

deps:
	@tests/stack/install.sh build run test lint
# What a fresh Debian lacks comes first, in a make of its own: pkg-config may
# be among it.
run:
	@tests/stack/install.sh build run
	@echo building
	@$(MAKE) -s -j"$$(nproc)" all sim
	@exec tests/stack/run.sh
# A make of its own after the installation, for the same reason.
test:
	@tests/stack/install.sh build run test
	@$(MAKE) -s -j"$$(nproc)" all sim unit
	@$(MAKE) -s -j"$$(nproc)" V=asan corpora
	@$(MAKE) -s -j"$$(nproc)" V=crash all sim
	@tests/run-all
asan:
	@tests/stack/install.sh build run test
	@$(MAKE) -s -j"$$(nproc)" V=asan all sim unit corpora
	@$(MAKE) -s -j"$$(nproc)" V=crash all sim
	@V=asan tests/run-all
# Every step of every way that leads take, struck in turn; docs/reliability.md.
crash-matrix:
	@tests/stack/install.sh build run
	@$(MAKE) -s -j"$$(nproc)" V=crash all sim
	@V=crash tests/crash/run.mjs
# LEADS=10000,1000000 for several sizes; the table is build/bench.md, too.
bench:
	@tests/stack/install.sh build run
	@$(MAKE) -s -j"$$(nproc)" all sim
	@tests/bench/run.mjs
# Two web hosts on a Galera cluster whose nodes die; docs/operations.md.
test-cluster:
	@tests/stack/install.sh build run cluster
	@$(MAKE) -s -j"$$(nproc)" all sim
	@tests/cluster/run.mjs
clean:
	rm -rf build
.PHONY: all sim unit corpora searchers fuzz analyse lint deps run test asan crash-matrix bench test-cluster clean
.SECONDARY:
-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)
