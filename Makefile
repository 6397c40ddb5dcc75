# Leadport.  `make run` shows it, `make test` proves it; docs/development.md tells the rest.

V     ?= release
B     := build/$(V)
PKGS  := libmariadb libcurl libsodium fcgi libcjson inih
WARN  := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
         -Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef -Wcast-qual \
         -Wpointer-arith -Wimplicit-fallthrough -Wswitch-enum -Werror
FLAGS_release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
LINK_release  := -pie -Wl,-z,relro,-z,now
FLAGS_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LINK_asan     := $(FLAGS_asan)
FLAGS_cov     := -O0 --coverage
LINK_cov      := --coverage
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
$(B)/tests/sim/%.o: override CFLAGS += -Itests/sim
$(B)/tests/sim/cgi-bin/%.fcgi: $(B)/tests/sim/cgi-bin/%.o $(SIMOBJ) $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@.new $^ $(LDLIBS) && mv $@.new $@
$(B)/simulator: $(B)/tests/sim/simulator.o $(SIMOBJ) $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@.new $^ $(LDLIBS) && mv $@.new $@
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/libleadport.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# What a fresh Debian lacks comes first, in a make of its own: pkg-config may
# be among it.
run:
	@tests/stack/install.sh build run
	@$(MAKE) -s all sim
	@exec tests/stack/run.sh
clean:
	rm -rf build
.PHONY: all sim unit run clean
.SECONDARY:
-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)
