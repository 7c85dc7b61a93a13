# SPDX-License-Identifier: BSD-2-Clause
# On Linux: the model of both, while they wait.
/disk/bin/sharing-1 /disk &
one=$!
/disk/bin/sharing-2 /disk &
two=$!
/busybox sh /sharing-wait.sh /disk
echo model of PD_$(printf %x $one) PD_$(printf %x $two)
/cellmodel linux --merge $one $two
kill $one $two
