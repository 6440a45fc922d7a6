#!/bin/bash
# runc.sh: builds what runc's suite in /host/runc needs.
set -eu
cd /host/runc
mkdir -p tests/cmd/_bin tests/integration/testdata
for program in recvtty sd-helper seccompagent fs-idmap pidfd-kill remap-rootfs key_label; do
  [ -x "tests/cmd/_bin/$program" ] || go build -buildvcs=false -tags seccomp -o tests/cmd/_bin "./tests/cmd/$program"
done

# The images the suite would download: a static busybox with its links, and a small Debian (made outside).
image=$PWD/tests/integration/testdata/busybox-amd64.tar.xz
if [ ! -e "$image" ]; then
  cd "$(mktemp -d)"
  chmod 755 .
  mkdir bin dev etc home root tmp usr var
  ln -s bin sbin
  ln -s ../bin usr/bin
  ln -s ../bin usr/sbin
  echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd
  echo 'root:x:0:' > etc/group
  cp /bin/busybox bin/
  for name in $(busybox --list); do
    [ "$name" = busybox ] || ln -s busybox "bin/$name"
  done
  tar cJf "$image" .
  cd /host/runc
fi

# One test clones the specification's repository to check a configuration against its schema: here a repository is made of
# its sources, if there are any, and the Go modules that its checker needs are served from files.
version=$(awk '$1 == "github.com/opencontainers/runtime-spec" { print $2 }' go.mod)
if [ -d /host/specification ] && [ ! -d /host/runtime-spec ]; then
  rm -rf /host/runtime-spec.new
  cp -r /host/specification /host/runtime-spec.new
  cd /host/runtime-spec.new
  rm -rf .git
  git init -q
  git add -A
  git -c user.name=conformance -c user.email=conformance@localhost commit -qm 'The specification'
  git tag "$version"
  mv /host/runtime-spec.new /host/runtime-spec
fi

rm -rf /host/modules
for name in gojsonpointer gojsonreference gojsonschema; do
  module=github.com/xeipuuv/$name
  files=/host/modules/$module/@v
  staged=$(mktemp -d)
  mkdir -p "$files" "$staged/$module@v1.2.0"
  cp "/usr/share/gocode/src/$module/"*.go "$staged/$module@v1.2.0"
  rm -f "$staged/$module@v1.2.0/"*_test.go
  {
    echo "module $module"
    case $name in
      gojsonreference) echo 'require github.com/xeipuuv/gojsonpointer v1.2.0' ;;
      gojsonschema) printf 'require (\n github.com/xeipuuv/gojsonpointer v1.2.0\n github.com/xeipuuv/gojsonreference v1.2.0\n)\n' ;;
    esac
  } > "$staged/$module@v1.2.0/go.mod"
  cp "$staged/$module@v1.2.0/go.mod" "$files/v1.2.0.mod"
  echo '{"Version":"v1.2.0","Time":"2020-01-01T00:00:00Z"}' > "$files/v1.2.0.info"
  echo v1.2.0 > "$files/list"
  (cd "$staged" && find . -type f -printf '%P\n' |
    python3 -c 'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1], "w"); [z.write(f.strip()) for f in sys.stdin]' "$files/v1.2.0.zip")
done
