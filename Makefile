# SPDX-License-Identifier: GPL-2.0
# Verbs only. Each is one line that delegates; `<script> --help` says more.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
R := tools/testing/xe/rig
export KERNEL KSRC KCONF LIST DEVICE JOBS SEED

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22
tree: ## out/tree: the base kernel plus one commit per patch (KSRC=<tree|tarball>)
	@scripts/tree
kernel: ## out/kernel/<KERNEL>/bzImage (KERNEL=svm|stock|<tree>, KCONF=<fragment>)
	@scripts/kernel
refresh: ## commits of out/tree back into patches/ and the overlay files
	@scripts/refresh
series: ## out/series: mbox files for git am, with cover letter and base
	@scripts/series
clean: ## remove out/
	@scripts/clean

.PHONY: help tree kernel refresh series clean
