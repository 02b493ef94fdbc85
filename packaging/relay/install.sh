#!/bin/sh
# Installs the relay from this archive, on systems without dpkg. Run as root; again to upgrade.
set -eu
from=$(dirname "$(readlink -f "$0")")
home=/usr/lib/platen-relay
"$from/setup/preinst" upgrade
mkdir -p $home
rm -rf $home/lib.new
cp -a "$from/lib" $home/lib.new
rm -rf $home/lib $home/bin
mv $home/lib.new $home/lib
cp -a "$from/bin" $home/bin
ln -sfn $home/bin/platen-relay /usr/bin/platen-relay
[ -e /etc/default/platen-relay ] || cp "$from/setup/default" /etc/default/platen-relay
cp "$from/setup/platen-relay.service" /etc/systemd/system/platen-relay.service
"$from/setup/postinst" configure
