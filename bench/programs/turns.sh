# SPDX-License-Identifier: BSD-2-Clause
# 10 000 turns of a loop, without a process of its own for anything.
i=0
while [ $i -lt 10000 ]; do
    i=$((i + 1))
done
echo $i turns
