#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints the version that core/twotower.h states.
sed -n 's/^#define TT_VERSION_[MP][A-Z]* \([0-9]*\)$/\1/p' "$(dirname "$0")/../core/twotower.h" | paste -sd. -
