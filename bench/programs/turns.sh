# SPDX-License-Identifier: BSD-2-Clause
# 10 000 turns of a loop, in the shell's own process.
i=0
while [ $i -lt 10000 ]; do
    i=$((i + 1))
done
echo $i turns
