# SPDX-License-Identifier: GPL-2.0
# Verbs only. Each is one line that delegates; `<script> --help` says more.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export KERNEL KSRC KCONF LIST DEVICE JOBS SEED SEEDS OPS ROUNDS STRICT TIME PEER WATCH TOPIC MUTATION COMPILE

RIG := tools/testing/xe/rig

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

demo: ## from nothing to a GPU that writes into malloc memory, with narration
	@$(RIG)/bin/demo
demo-opencl: ## an OpenCL kernel, compiled in the guest, on malloc memory, with narration (DEVICE=lnl|bmg)
	@$(RIG)/bin/demo-opencl
test: ## everything CI runs
	@scripts/test

tree: ## out/tree: the base kernel plus one commit per patch (KSRC=<tree|tarball>)
	@scripts/tree
refresh: ## commits of out/tree back into patches/ and the overlay files
	@scripts/refresh
series: ## out/series: mbox files for git am, with cover letter and base (TOPIC=fixes: that topic alone)
	@scripts/series
bundle: ## out/xe-svm.bundle: base and series as a branch for git fetch
	@scripts/series --bundle
kernel: ## out/kernel/<KERNEL>/bzImage (KERNEL=svm|stock|peer|debian12|debian13|<tree>, KCONF=<fragment>)
	@scripts/kernel
model: ## out/model: the emulated GPU
	@scripts/model
deb: ## out/deb/xe-svm-{dkms,check}_*.deb: the driver for stock Debian kernels (DKMS), and its check (fetches 150 MB)
	@scripts/deb
deb-test: ## install, upgrade and remove them in Debian roots, with the traps set (KERNEL=debian12|debian13: that one alone)
	@scripts/deb-test
deb-boot: ## IGT b1, selftests and runtime on Debian's own kernel with the driver of the package (DEVICE=lnl|bmg; long)
	@scripts/deb-boot
tarball: ## out/deb/xe-svm_*.orig.tar.xz: the driver as a module outside the kernel's tree (fetches 150 MB)
	@scripts/tarball
bases: ## does the series still apply to each 6.12.y Debian offers? (fetches 150 MB each; COMPILE=1: and compile there)
	@scripts/bases

check: ## static checks of the series and the scripts
	@scripts/check
prove: ## the fault protocol, exhaustively, and mistakes planted in it (Spin)
	@scripts/prove
bisect: ## build the driver after every patch, feature off and on (long)
	@scripts/bisect
model-test: ## unit tests of the emulated GPU
	@scripts/model --test
model-fuzz: ## fuzz the emulated GPU's five doors (TIME=60 seconds each, JOBS=all cores)
	@scripts/model --fuzz
kunit: ## KUnit tests of the driver, under UML
	@$(RIG)/bin/kunit
selftest: kernel model ## the selftests, in the guest
	@$(RIG)/bin/selftest
mmfuzz: kernel model ## random changes of memory the GPU uses, against an oracle (SEEDS=100 OPS=10000 SEED=1)
	@$(RIG)/bin/mmfuzz
ioctlfuzz: export KCONF := $(or $(KCONF),kasan)
ioctlfuzz: kernel model ## all ioctls at random, from several processes (SEEDS=100 OPS=10000 SEED=1)
	@$(RIG)/bin/ioctlfuzz
storm: kernel model ## processes, descriptors, driver and GT end with faults in flight (ROUNDS=1000)
	@$(RIG)/bin/storm
bench: kernel model ## the mirror measured, and against another kernel (PEER=7.3): results/bench.md
	@$(RIG)/bench/run
failnth: export KCONF := $(or $(KCONF),kasan)
failnth: kernel model ## every allocation of a bind, a fault, an invalidation fails once
	@$(RIG)/bin/selftest fault_failed_allocation_unwinds
unload: export KCONF := $(or $(KCONF),module)
unload: kernel model ## xe as a module: stays while in use, is unloaded afterwards, loads again (ROUNDS=1000)
	@$(RIG)/bin/selftest life_module_unload_waits_for_users && $(RIG)/bin/storm unloaded_after_faults_in_flight
rig-test: kernel model ## does the rig detect the failures it has to detect?
	@$(RIG)/tests/run
mutate: tree model ## plant mistakes in the driver and the model: does a test notice each? (long; MUTATION="06 12-*": only those)
	@$(RIG)/bin/mutate
hwcheck-test: kernel model ## xe-svm-check, for owners of hardware, tried on a GPU without test BAR (DEVICE=lnl|bmg)
	@$(RIG)/bin/hwcheck
runtime: kernel model ## Intel's unmodified Level Zero and OpenCL in the guest (DEVICE=lnl|bmg ROUNDS=10000 SEEDS=100 SEED=1)
	@$(RIG)/runtime/run
igt: ## unmodified IGT in the guest (LIST=a1 KERNEL=svm|stock|peer|debian12|debian13 DEVICE=lnl|bmg JOBS=1 WATCH=1)
igt: kernel model
	@$(RIG)/igt/run $(or $(LIST),$(error LIST=<name in $(RIG)/igt/lists, or file> is missing))

results: ## run the suites that are due, write results/README.md (hours)
	@scripts/results

clean: ## remove out/
	@scripts/clean

.PHONY: help demo demo-opencl test tree refresh series bundle kernel model deb tarball deb-test bases check prove bisect
.PHONY: deb-boot model-test model-fuzz kunit selftest bench failnth unload mmfuzz ioctlfuzz storm rig-test mutate hwcheck-test
.PHONY: runtime igt results clean
