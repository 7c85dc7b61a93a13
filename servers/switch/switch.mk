# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += switch
switch_OBJECTS = $(patsubst %.c,%.o,$(wildcard servers/switch/*.c)) $(NIC_PORT_OBJECTS) $(NIC_LINK_OBJECTS) $(SERVER_OBJECTS)
