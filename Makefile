# quadric: `make demo` shows what it does, `make check` tests it; both install what is missing.
# BUILD = release | asan | cov, side by side under build/. OPENMP = 1 | 0.
# The list of Debian packages is at `packages` below.

BUILD   ?= release
OPENMP  ?= 1
CC      ?= cc
PREFIX  ?= /usr/local
MAKEFLAGS += --output-sync=target
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

O       := build/$(BUILD)
MODULES := base io arch exact net piece report
pc       = $(shell pkg-config $(1) $(2) 2>/dev/null || echo '$(3)')

CFLAGS.release := -O2 -g
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.cov     := -O0 -g --coverage
ifeq ($(OPENMP),1)
OMP := -fopenmp
endif
ALL_CFLAGS := -std=gnu11 -Wall -Wextra $(CFLAGS.$(BUILD)) $(OMP) -Isrc \
              $(call pc,--cflags,libfyaml,) $(CFLAGS)
ifeq ($(OPENMP),0)
ALL_CFLAGS += -Wno-unknown-pragmas
endif
FLINT_LIBS := $(call pc,--libs,flint,-lflint-arb -lflint -lmpfr -lgmp)
LIBS    := $(call pc,--libs,libfyaml,-lfyaml) $(FLINT_LIBS) -lm

SRC     := $(foreach m,$(MODULES),$(wildcard src/$(m)/*.c))
APP     := $(wildcard analysis/*.c)
ORACLE  := $(wildcard tests/oracle/*.c)
TESTS   := $(patsubst tests/%.c,%,$(wildcard tests/t_*.c))
LIB     := $(O)/libquadric.a
T       ?= $(TESTS)

objects  = $(patsubst %.c,$(O)/%.o,$(1))

all: $(O)/quadric

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(call objects,$(SRC))
	@rm -f $@
	ar rcs $@ $^

$(O)/quadric: $(call objects,$(APP)) $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS)
	@test $(BUILD) != release || ln -sf $@ quadric

$(O)/tests/t_%: $(O)/tests/t_%.o $(call objects,$(ORACLE)) $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(shell pkg-config --libs check) -lgmp $(LIBS)

# Leaks are not seen through Check's fork.
run-%: $(O)/tests/%
	$(if $(filter asan,$(BUILD)),CK_FORK=no) $<

clean:
	rm -rf build quadric

.PHONY: all clean
.SECONDARY:
-include $(shell find $(O) -name '*.d' 2>/dev/null)
