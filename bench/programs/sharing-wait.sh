# SPDX-License-Identifier: BSD-2-Clause
# Ends when both programs of sharing.c wait, in the folder of the first argument.
until [ -e $1/ready-1 -a -e $1/ready-2 ]; do :; done
