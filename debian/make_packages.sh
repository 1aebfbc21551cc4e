#!/bin/bash
# SPDX-License-Identifier: MIT
# Makes Debian packages out of a tree that is built: BUILD/deb/*.deb.
#
# Usage: make_packages.sh BUILD
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
version=$(cat "$source/configs/version.txt")

work=$build/deb/parapet
rm -rf "$build/deb"
mkdir -p "$work"
cp -r "$source/debian" "$work/debian"
stage=$work/stage

# A package's changes are the tree's history; its date is that of the last of them.
date=$(git -C "$source" log -1 --format=%cD 2> /dev/null || date -R)
cat > "$work/debian/changelog" << CHANGES
parapet ($version) unstable; urgency=medium

  * Made from the source tree; its history says what changed.

 -- Parapet developers <parapet@packages.invalid>  $date
CHANGES

hooks=$source/debian/hypervisor
install -D -m 755 "$build/hypervisor/parapet" "$stage/boot/parapet/parapet"
install -D -m 644 "$hooks/default" "$stage/etc/default/parapet"
install -D -m 644 "$hooks/grub-default.cfg" "$stage/etc/default/grub.d/parapet.cfg"
install -D -m 755 "$hooks/grub-menu" "$stage/etc/grub.d/15_parapet"
install -D -m 755 "$hooks/kernel-postinst" "$stage/etc/kernel/postinst.d/zz-parapet"
install -D -m 755 "$hooks/kernel-postrm" "$stage/etc/kernel/postrm.d/zz-parapet"

install -D -m 755 "$build/toolstack/pvctl" "$stage/usr/bin/pvctl"
install -D -m 755 "$build/toolstack/pvd" "$stage/usr/sbin/pvd"
install -D -m 755 "$source/debian/toolstack/guests" "$stage/usr/lib/parapet/guests"
install -D -m 644 "$build/pvguest/pvguest-pv" "$stage/usr/lib/parapet/pvguest"
install -D -m 644 "$source/toolstack/pvctl/completion/pvctl" \
    "$stage/usr/share/bash-completion/completions/pvctl"
install -D -m 644 "$source/toolstack/pvctl/schema/pvctl.schema.json" \
    "$stage/usr/share/parapet/pvctl.schema.json"
install -D -m 644 -t "$stage/man" "$build"/man/{pvctl.1,pvctl-domain-xml.5,pvd.8}
install -D -m 644 -t "$stage/examples" "$source"/configs/*.xml
install -D -m 644 -t "$stage/docs" "$source"/docs/{toolstack,domain-xml,install}.md

cd "$work"
dpkg-buildpackage -b -us -uc > ../build.log 2>&1 || {
    tail -n 30 ../build.log >&2
    echo "make_packages.sh: the packages cannot be made; all of it is in $build/deb/build.log" >&2
    exit 1
}
