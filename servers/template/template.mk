# SPDX-License-Identifier: BSD-2-Clause
PROGRAMS += template
template_OBJECTS = servers/template/main.o $(SERVER_OBJECTS)
