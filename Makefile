# SPDX-License-Identifier: GPL-3.0-or-later
# quadric: `make demo` shows what it does, `make check` tests it; both install what is missing.
#
#   make              the library and the program (build/release/quadric, linked as ./quadric)
#   make check        all tests; make check T=t_net for one, QD_SEED=7 for another seed
#   make check-long   the same with ten times the random cases
#   make bench        times against the peers that are installed
#   make install      PREFIX=/usr/local, DESTDIR=
#   MPI=1             tables on several machines (Open MPI), in a folder of its own under build/
#   BUILD=release|asan|tsan|cov, side by side under build/;  CC, CFLAGS

BUILD   ?= release
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
PREFIX  ?= /usr/local
MAKEFLAGS += --output-sync=target --no-print-directory
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# What a build needs: header:Debian package. The two spellings of Arb are those of FLINT 2.9 and 3.
HEADERS := stdio.h:libc6-dev gmp.h:libgmp-dev mpfr.h:libmpfr-dev flint/flint.h:libflint-dev \
           arb.h|flint/arb.h:libflint-arb-dev libfyaml.h:libfyaml-dev glpk.h:libglpk-dev \
           openblas-openmp/cblas.h|openblas/cblas.h:libopenblas-openmp-dev dnnl.h:libdnnl-dev zlib.h:zlib1g-dev \
           protobuf-c/protobuf-c.h:libprotobuf-c-dev check.h:check
TOOLS   := gcc:gcc pkg-config:pkg-config protoc-c:protobuf-c-compiler
# Data that the shipped studies read; nothing is built with it.
DATA    := /usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz:dataset-fashion-mnist

# Open MPI is for tables alone: one file is compiled with it.
ifeq ($(MPI),1)
HEADERS += mpi.h:libopenmpi-dev
TOOLS   += mpirun:openmpi-bin
endif

O       := build/$(BUILD)$(if $(filter 1,$(MPI)),-mpi)
MODULES := base io arch expr exact rank onnx net piece proof line plane space engine spline approx variety train report
PUBLIC  := $(foreach m,$(MODULES),src/$(m)/$(m).h) src/exact/compat.h src/quadric.h
VERSION  = $(shell sed -n 's/.*QD_VERSION "\(.*\)"/\1/p' src/base/base.h)
comma   := ,
pc       = $(shell pkg-config $(1) $(2) 2>/dev/null || echo '$(3)')

CFLAGS.release := -O3 -g
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS.cov     := -O0 -g --coverage
# Where several builds of OpenBLAS are installed, -lopenblas takes whichever was chosen for the machine: the folder of the
# OpenMP build comes first, here and (rpath) at run time.
BLAS_DIR     := $(firstword $(patsubst %/libopenblas.so,%,$(wildcard /usr/lib/*/openblas-openmp/libopenblas.so)))
BLAS_LIBS    := $(if $(BLAS_DIR),-L$(BLAS_DIR) -Wl$(comma)-rpath$(comma)$(BLAS_DIR)) -lopenblas -lgomp
BLAS_CFLAGS  := $(if $(BLAS_DIR),-I$(patsubst /usr/lib/%,/usr/include/%,$(BLAS_DIR)))
# Debian 12 has no flint.pc: its FLINT 2.9 comes with Arb beside it.
MPI_CFLAGS   := $(if $(filter 1,$(MPI)),-DQD_MPI $(call pc,--cflags,ompi-c,))
MPI_LIBS     := $(if $(filter 1,$(MPI)),$(call pc,--libs,ompi-c,-lmpi))
CPPFLAGS_ALL := -Isrc -Ianalysis -Itests $(call pc,--cflags,libfyaml,) $(call pc,--cflags,flint,) $(BLAS_CFLAGS)
# A switch over an enumeration names every member, so that a new one does not compile until each place has said what it means.
ALL_CFLAGS   := -std=gnu11 -Wall -Wextra -Werror=switch -Werror=switch-enum $(CFLAGS.$(BUILD)) -pthread -fopenmp-simd $(CPPFLAGS_ALL) $(CFLAGS)
FLINT_LIBS   := $(call pc,--libs,flint,-lflint-arb -lflint) -lmpfr -lgmp
LIBS         := $(call pc,--libs,libfyaml,-lfyaml) $(FLINT_LIBS) -lglpk -ldnnl $(BLAS_LIBS) -lz $(call pc,--libs,libprotobuf-c,-lprotobuf-c) -lm
CHECK_LIBS   := $(call pc,--libs,check,-lcheck -lsubunit -lrt -lpthread)

SRC     := $(foreach m,$(MODULES),$(wildcard src/$(m)/*.c))
# The messages of ONNX, made into C at build time.
MADE    := $(O)/made/onnx/onnx.pb-c
# The trainer's arithmetic, compiled for float and for double.
REAL    := $(wildcard src/train/real/*.c)
REAL_CFLAGS := -fno-math-errno -fno-trapping-math
APP     := $(wildcard analysis/*/*.c)
ORACLE  := $(wildcard tests/oracle/*.c tests/shared/*.c)
TESTS   := $(patsubst tests/%.c,%,$(wildcard tests/t_*.c)) $(patsubst tests/%.sh,%,$(wildcard tests/t_*.sh))
LIB     := $(O)/libquadric.a
T       ?= $(TESTS)

objects  = $(patsubst %.c,$(O)/%.o,$(1))

# Prints the packages whose header or tool is not there.
define find_missing
missing=; \
for t in $(TOOLS); do command -v $${t%%:*} >/dev/null 2>&1 || missing="$$missing $${t##*:}"; done; \
for h in '$(subst $() ,' ',$(strip $(HEADERS)))'; do \
    found=; \
    for f in $$(echo $${h%%:*} | tr '|' ' '); do \
        echo "#include <$$f>" | $(CC) $(CPPFLAGS_ALL) $(MPI_CFLAGS) -E -o /dev/null - 2>/dev/null && found=1; \
    done; \
    test -n "$$found" || missing="$$missing $${h##*:}"; \
done
endef

all: $(O)/quadric

# The flags of this build; objects depend on it, so that other flags rebuild.
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@test -e $@ || { $(find_missing); test -z "$$missing" || { \
	    echo "quadric: missing:$$missing; make check or make demo installs what Debian has" >&2; exit 1; }; }
	@echo '$(CC) $(ALL_CFLAGS) $(LIBS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(LIBS)' > $@

# Sums of two doubles, whose rounding errors are computed: a product and a sum must not be rounded as one.
$(O)/src/plane/fine.o $(O)/src/line/series.o $(O)/src/line/local.o $(O)/src/line/local_chart.o $(O)/src/line/near.o: ALL_CFLAGS += -ffp-contract=off

$(O)/analysis/table/table_ranks.o: ALL_CFLAGS += $(MPI_CFLAGS)

$(O)/%.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(MADE).c $(MADE).h &: src/onnx/onnx.proto $(O)/flags
	@mkdir -p $(@D)
	protoc-c --proto_path=src --c_out=$(O)/made onnx/onnx.proto

$(MADE).o: $(MADE).c
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(call objects,$(wildcard src/onnx/*.c)) $(MADE).o: ALL_CFLAGS += -I$(O)/made
$(call objects,$(wildcard src/onnx/*.c)): $(MADE).h

$(O)/%.f32.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(REAL_CFLAGS) -DQD_REAL=32 -MMD -MP -c -o $@ $<

$(O)/%.f64.o: %.c $(O)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(REAL_CFLAGS) -DQD_REAL=64 -MMD -MP -c -o $@ $<

$(LIB): $(call objects,$(SRC)) $(MADE).o $(patsubst %.c,$(O)/%.f32.o,$(REAL)) $(patsubst %.c,$(O)/%.f64.o,$(REAL))
	@rm -f $@
	ar rcs $@ $^

$(O)/quadric: $(call objects,$(APP)) $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS) $(MPI_LIBS)
	@test $(BUILD) != release || ln -sf $@ quadric

$(O)/tests/t_%: $(O)/tests/t_%.o $(call objects,$(ORACLE)) $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(CHECK_LIBS) $(LIBS)

$(O)/configs/examples/%: $(O)/configs/examples/%.o $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS)

$(O)/tests/bench/%: $(O)/tests/bench/%.o $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LIBS)

# ---- what is missing --------------------------------------------------------------------------


packages:
	@$(find_missing); \
	for f in $(DATA); do test -e $${f%%:*} || missing="$$missing $${f##*:}"; done; \
	test -n "$$missing" || exit 0; \
	sudo=; test "$$(id -u)" = 0 || sudo=sudo; \
	if command -v apt-get >/dev/null 2>&1 && command -v $${sudo:-env} >/dev/null 2>&1; then \
	    echo "installing$$missing"; \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing && exit 0; \
	fi; \
	echo "quadric: these Debian packages (or their like) are missing:$$missing" >&2; exit 1

# ---- tests ------------------------------------------------------------------------------------

# Leaks are not seen through Check's fork. tests/tsan.supp says what ThreadSanitizer is not asked about.
RUN.asan := CK_FORK=no
RUN.tsan := TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp halt_on_error=1" CK_TIMEOUT_MULTIPLIER=10
run-%: $(O)/tests/% $(O)/quadric
	@$(RUN.$(BUILD)) CK_DEFAULT_TIMEOUT=60 QUADRIC=$(O)/quadric $<

run-t_house: $(O)/configs/examples/regions

run-%: tests/%.sh $(O)/quadric
	@$(RUN.$(BUILD)) QUADRIC=$(O)/quadric bash $<

tests: $(addprefix run-,$(T))

check: packages
	@$(MAKE) tests

check-long: packages
	@QD_TEST_MULTIPLIER=10 $(MAKE) tests
	@$(MAKE) MPI=1 check-ranks

# Tables by several local processes.
check-ranks: packages
	@$(MAKE) run-ranks

run-ranks: $(O)/quadric
	@QUADRIC=$(O)/quadric bash tests/ranks.sh

# ---- demonstration and benchmarks -------------------------------------------------------------

demo: packages
	@$(MAKE) run-demo

run-demo: all
	@sh analysis/demo.sh ./quadric out/demo

# CGAL's arrangements, where they are installed (libcgal-dev)
CGAL := $(if $(wildcard /usr/include/CGAL/Arr_algebraic_segment_traits_2.h),$(O)/tests/bench/arrangement)
$(O)/tests/bench/arrangement: tests/bench/arrangement.cpp
	@mkdir -p $(@D)
	$(CXX) -O2 -o $@ $< -lmpfr -lgmp

bench: packages
	@$(MAKE) run-bench

run-bench: $(O)/tests/bench/bench_line $(O)/tests/bench/bench_plane $(CGAL) $(O)/tests/bench/bench_space $(O)/tests/bench/bench_rank \
           $(O)/tests/bench/bench_dimension $(O)/tests/bench/bench_train $(O)/tests/bench/bench_onnx $(O)/tests/bench/bench_approx $(O)/quadric
	$(O)/tests/bench/bench_line tests/bench
	$(O)/tests/bench/bench_plane $(O)/tests/bench/arrangement
	bash tests/bench/pictures.sh $(O)/quadric
	$(O)/tests/bench/bench_space
	$(O)/tests/bench/bench_rank
	$(O)/tests/bench/bench_dimension tests/bench
	$(O)/tests/bench/bench_train tests/bench $(BLAS_DIR)
	$(O)/tests/bench/bench_onnx
	$(O)/tests/bench/bench_approx tests/bench
	bash tests/bench/tables.sh $(O)/quadric

# ---- installation -----------------------------------------------------------------------------

$(O)/quadric.1: $(O)/quadric
	$< --man > $@

$(O)/quadric.pc: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' 'prefix=$(PREFIX)' 'Name: quadric' \
	    'Description: exact analysis of networks of quadratic neurons' 'Version: $(VERSION)' \
	    'Cflags: -I$${prefix}/include -I$${prefix}/include/quadric' \
	    'Libs: -L$${prefix}/lib -lquadric -pthread $(LIBS)' > $@

# Where Debian's Python looks: under /usr without its version, elsewhere with it.
PYTHON_VERSION = $(shell /usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 3)
PYTHON_DIR     = $(PREFIX)/lib/python$(if $(filter /usr,$(PREFIX)),3,$(PYTHON_VERSION))/dist-packages

install: all $(O)/quadric.1 $(O)/quadric.pc
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(O)/quadric $(DESTDIR)$(PREFIX)/bin/quadric
	install -m 644 $(LIB) $(DESTDIR)$(PREFIX)/lib
	install -m 644 $(O)/quadric.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 $(O)/quadric.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -D -m 644 notebooks-export/quadric.py $(DESTDIR)$(PYTHON_DIR)/quadric.py
	for h in $(patsubst src/%,%,$(PUBLIC)); do \
	    install -D -m 644 src/$$h $(DESTDIR)$(PREFIX)/include/quadric/$$h; done

clean:
	rm -rf build quadric

FORCE:
.PHONY: all packages tests check check-long check-ranks run-ranks demo run-demo bench run-bench install clean FORCE
-include $(shell find $(O) -name '*.d' 2>/dev/null)
