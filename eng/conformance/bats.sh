#!/bin/bash
# bats.sh RUNTIME FILE: one file of runc's suite on a fresh terminal, with the runtime called through a link named runc.
set -eu
mkdir /run/runtime
cp "$1" /run/runtime/hull-oci
ln -s hull-oci /run/runtime/runc
export RUNC=/run/runtime/runc PATH=/host/runc/tests/cmd/_bin:$PATH
export GOPROXY=file:///host/modules GOSUMDB=off
git config --global --replace-all safe.directory '*'
git config --global url./host/runtime-spec.insteadOf https://github.com/opencontainers/runtime-spec.git

# The terminal's input must stay open without ending: script(1) would type an end of file, which tests would see.
mkfifo /run/input
exec 9<> /run/input
cd /host/runc
timeout -k 10 600 script -qec "exec 9>&-; bats -t tests/integration/$2.bats" /dev/null <&9
