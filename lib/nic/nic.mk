# SPDX-License-Identifier: BSD-2-Clause
# Network cards: NIC_PORT_OBJECTS for servers of them, beside SERVER_OBJECTS, NIC_LINK_OBJECTS for clients.

NIC_PORT_OBJECTS = lib/nic/port.o
NIC_LINK_OBJECTS = lib/nic/link.o
