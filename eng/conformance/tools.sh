#!/bin/bash
# tools.sh RUNTIME: runtime-tools' validation in /host/runtime-tools; a line each: result, name, how many 'ok' and 'not ok'.
set -eu
mkdir /run/runtime
cp "$1" /run/runtime/hull-oci
export RUNTIME=/run/runtime/hull-oci
cd /host/runtime-tools
[ -x runtimetest ] && [ -n "$(find validation -name '*.t' -print -quit)" ] || {
  make runtimetest validation-executables >&2
}

# A host with version 1 hierarchies may have left the network controllers unmounted: here they are mounted too.
mounted=
if [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ]; then
  cgroups=$(mktemp -d)
  mount --rbind /sys/fs/cgroup "$cgroups"
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for each in "$cgroups"/*; do
    case $(stat -f -c %T "$each") in
      cgroup*) mkdir "/sys/fs/cgroup/${each##*/}"; mount --rbind "$each" "/sys/fs/cgroup/${each##*/}" ;;
    esac
  done
  umount -l "$cgroups"
  for each in net_cls net_prio; do
    if [ ! -e "/sys/fs/cgroup/$each" ] && grep -q "^$each.*1\$" /proc/cgroups; then
      mkdir "/sys/fs/cgroup/$each"
      mount -t cgroup -o "$each" "$each" "/sys/fs/cgroup/$each" && mounted="$mounted $each" || rmdir "/sys/fs/cgroup/$each"
    fi
  done
fi

mkdir -p /host/logs
for test in $(find validation -name '*.t' | sort); do
  name=$(basename "$test" .t)
  status=0
  timeout 120 "$test" > "/host/logs/$name.tap" 2> "/host/logs/$name.err" < /dev/null || status=$?
  ok=$(grep -c '^ok' "/host/logs/$name.tap" || true)
  not=$(grep -c '^not ok' "/host/logs/$name.tap" || true)
  if [ "$not" -gt 0 ]; then result=fail
  elif [ "$ok" -eq 0 ]; then result=empty
  elif [ "$status" -ne 0 ]; then result=fail
  else result=pass; fi
  echo "RESULT $result $name $ok $not"
done

# A hierarchy goes when the last cgroup in it does.
for each in $mounted; do
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "/sys/fs/cgroup/$each" -mindepth 1 -depth -type d -exec rmdir {} + 2> /dev/null || true
    umount "/sys/fs/cgroup/$each" 2> /dev/null || true
    grep -q "^$each[[:space:]]0[[:space:]]" /proc/cgroups && break
    sleep 0.3
    mount -t cgroup -o "$each" "$each" "/sys/fs/cgroup/$each"
  done
done
