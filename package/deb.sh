#!/bin/sh
# deb.sh ROOT VERSION DIR - make DIR/jared_VERSION_ARCH.deb of what is installed
# below ROOT with PREFIX=/usr.  Needs dpkg-deb, and nobody's rights.

set -eu
umask 022
root=$1 version=$2 out=$3
arch=$(dpkg --print-architecture)

find "$root/usr/share/man" -type f ! -name '*.gz' -exec gzip -9n {} +
# The scripts among them are no objects.
find "$root/usr/bin" "$root/usr/libexec" -type f -exec strip --strip-unneeded {} + 2>/dev/null || :
# What was linked statically needs no package.
needs() { find "$root/usr/bin" "$root/usr/libexec" -type f -exec readelf -d {} + 2>/dev/null | grep -q "NEEDED.*\[$1"; }
libs=''
! needs libc.so || libs='libc6 (>= 2.36), '
! needs libyaml || libs="${libs}libyaml-0-2, "
size=$(du -k -s "$root" | cut -f1)
mkdir -p "$root/DEBIAN"
(cd "$root" && find usr -type f -exec md5sum {} + | sort -k2) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<END
Package: jared
Version: $version
Architecture: $arch
Maintainer: Jared maintainers <jared@localhost>
Installed-Size: $size
Depends: ${libs}git (>= 1:2.30), tmux (>= 3.2), util-linux
Recommends: jq
Suggests: bash-completion, man-db | mandoc
Section: devel
Priority: optional
Description: run coding agents on the tasks of a git repository
 Tasks are markdown files in a repository.  Jared starts a coding agent for
 each that is ready, in a worktree, on a branch and in a terminal of its own,
 watches it, and records what it did.  It is a set of programs that talk in
 lines; there is no daemon and no database.
END
dpkg-deb --root-owner-group --build "$root" "$out/jared_${version}_$arch.deb"
