#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes a Debian package of what `make install` put into a folder.
# Usage: deb.sh FOLDER VERSION PACKAGE.deb
set -eu
folder=$1 version=$2 package=$3
export LC_ALL=C

# The packages that own the libraries which the program is linked with.
depends=$(ldd "$folder/usr/bin/twotower" | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | while read -r library; do
    path=$(realpath "$library") # a package may own it by its older name, without /usr
    dpkg -S "$path" 2>/dev/null || dpkg -S "${path#/usr}" 2>/dev/null || dpkg -S "$library"
done | sed 's/:.*//' | sort -u | paste -sd, | sed 's/,/, /g')
strip --strip-unneeded "$folder/usr/bin/twotower" "$folder"/usr/lib/*/libtwotower.so.*.*

mkdir -p "$folder/DEBIAN" "$folder/usr/share/doc/twotower"
cp LICENSE "$folder/usr/share/doc/twotower/copyright"
cat >"$folder/DEBIAN/control" <<CONTROL
Package: twotower
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: twotower <twotower@localhost>
Installed-Size: $(du -sk "$folder/usr" | cut -f1)
Depends: $depends
Section: science
Priority: optional
Description: two-tower recommender
 Trains, evaluates, releases and serves a two-tower recommender, and the
 library of its inference core.
CONTROL
echo "activate-noawait ldconfig" >"$folder/DEBIAN/triggers"
dpkg-deb --root-owner-group --build "$folder" "$package" >/dev/null
