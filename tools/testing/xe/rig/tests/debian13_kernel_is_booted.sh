# SPDX-License-Identifier: GPL-2.0
# Rule: KERNEL=debian13 is Debian 13's own image with the driver of the package.
boots_debian debian13
