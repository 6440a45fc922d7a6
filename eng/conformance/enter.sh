#!/bin/bash
# enter.sh TREE DIRECTORY COMMAND...: runs a command in the Debian tree TREE, with DIRECTORY at /host.
#
# The mount and pid namespaces are its own. The root is changed by pivot_root, because a runtime under test must be able to
# pivot again; this shell stays as the first process, because tests wait for orphans to be gone and only it can reap them.
set -eu
if [ "$$" != 1 ]; then
  exec unshare --pid --mount --propagation private --fork --kill-child "$0" "$@"
fi

tree=$1 directory=$2
shift 2
mount --bind "$tree" "$tree"
cd "$tree"
mkdir -p host .old
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount --rbind "$directory" host
[ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf > etc/resolv.conf
pivot_root . .old
cd /host
umount -l /.old
export HOME=/root LANG=C.UTF-8 TMPDIR=/tmp PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export GOFLAGS=-modcacherw DEBIAN_FRONTEND=noninteractive
"$@"
