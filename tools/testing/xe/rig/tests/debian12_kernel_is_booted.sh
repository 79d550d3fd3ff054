# SPDX-License-Identifier: GPL-2.0
# Rule: KERNEL=debian12 is Debian 12's own image with the driver of the package.
boots_debian debian12
