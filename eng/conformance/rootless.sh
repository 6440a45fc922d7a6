#!/bin/bash
# rootless.sh RUNTIME FILE FEATURES: one file of runc's suite as an ordinary user. FEATURES is none or a list of what the user
# has besides: idmap (ranges of further ids, and newuidmap), cgroup (a directory of their own in each version 1 hierarchy).
set -eu
mkdir /run/runtime
cp "$1" /run/runtime/hull-oci
ln -s hull-oci /run/runtime/runc
user=rootless below=runc-cgroups-integration-test
id "$user" > /dev/null 2>&1 || useradd -m "$user"

# The maps' helpers are there for those who have ranges only; what lies below the bind mount is the tree's own.
: > /run/none
for file in /etc/subuid /etc/subgid; do
  case $3 in
    *idmap*) [ "$file" = /etc/subuid ] && echo "$user:100000:65536" > "$file" || echo "$user:200000:65536" > "$file" ;;
    *) : > "$file" ;;
  esac
done
ROOTLESS_FEATURES= auxiliary=
case $3 in
  *idmap*)
    ROOTLESS_FEATURES=idmap
    export ROOTLESS_UIDMAP_START=100000 ROOTLESS_UIDMAP_LENGTH=65536 ROOTLESS_GIDMAP_START=200000 ROOTLESS_GIDMAP_LENGTH=65536
    auxiliary=$(mktemp -d)
    chown 100024 "$auxiliary"
    export ROOTLESS_AUX_DIR=$auxiliary ROOTLESS_AUX_UID=1024
    ;;
  *) mount --bind /run/none /usr/bin/newuidmap; mount --bind /run/none /usr/bin/newgidmap ;;
esac
case $3 in
  *cgroup*)
    ROOTLESS_FEATURES=$ROOTLESS_FEATURES+cgroup
    for hierarchy in /sys/fs/cgroup/*; do
      [ -e "$hierarchy/tasks" ] || continue
      mkdir -p "$hierarchy/$below"
      chown "root:$user" "$hierarchy/$below" "$hierarchy/$below/cgroup.procs" "$hierarchy/$below/tasks"
      chmod g+rwx "$hierarchy/$below" "$hierarchy/$below/cgroup.procs" "$hierarchy/$below/tasks"
      for file in cpuset.cpus cpuset.mems cpu.rt_period_us cpu.rt_runtime_us; do
        [ ! -e "$hierarchy/$below/$file" ] || chown "$user:$user" "$hierarchy/$below/$file"
      done
    done
    ;;
esac

export ROOTLESS_FEATURES RUNC=/run/runtime/runc PATH=/host/runc/tests/cmd/_bin:$PATH HOME=/home/$user
export GOPROXY=file:///host/modules GOSUMDB=off
setpriv --reuid "$user" --regid "$user" --init-groups git config --global --replace-all safe.directory '*'
setpriv --reuid "$user" --regid "$user" --init-groups \
  git config --global url./host/runtime-spec.insteadOf https://github.com/opencontainers/runtime-spec.git
mkfifo /run/input
exec 9<> /run/input
cd /host/runc
status=0
timeout -k 10 600 setpriv --reuid "$user" --regid "$user" --init-groups \
  script -qec "exec 9>&-; bats -t tests/integration/$2.bats" /dev/null <&9 || status=$?
for directory in /sys/fs/cgroup/*/"$below"; do
  [ ! -d "$directory" ] || find "$directory" -depth -type d -exec rmdir {} +
done
[ -z "$auxiliary" ] || rmdir "$auxiliary"
exit "$status"
