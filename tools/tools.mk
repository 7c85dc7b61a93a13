# SPDX-License-Identifier: BSD-2-Clause
# Host tools: the image packer, the archive packer and the QEMU runner.

HOST_TOOLS += $(O)/host/cellimage $(O)/host/cellar $(O)/host/cellrun

HOST_COMMON := $(O)/hostobj/tools/host.o

$(O)/host/cellimage: $(O)/hostobj/tools/image.o $(HOST_COMMON) $(LOADER)
$(O)/host/cellar: $(O)/hostobj/tools/archive.o $(HOST_COMMON) $(O)/hostobj/lib/archive/archive.o
$(O)/host/cellrun: $(O)/hostobj/tools/runner.o $(O)/hostobj/tools/runner_machine.o \
    $(O)/hostobj/tools/runner_terminal.o $(O)/hostobj/tools/runner_control.o \
    $(O)/hostobj/tools/runner_models.o $(O)/hostobj/tools/runner_loop.o $(HOST_COMMON) $(O)/hostobj/lib/control/frame.o
# The runner packs images.
$(O)/host/cellrun: | $(O)/host/cellimage

$(O)/host/cellimage $(O)/host/cellar $(O)/host/cellrun:
	@mkdir -p $(@D)
	$(call quiet,LD,$@)$(HOST_CC) $(HOST_CFLAGS) $(filter %.o,$^) -o $@
