# SPDX-License-Identifier: BSD-2-Clause
# Host tools: the image and archive packers and the QEMU runner.

HOST_TOOLS += $(O)/host/cellimage

$(O)/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $(DEPFLAGS) -c $< -o $@

$(O)/host/cellimage: $(O)/tools/image.o $(O)/tools/host.o $(LOADER)
	@mkdir -p $(@D)
	$(HOST_CC) $(HOST_CFLAGS) $(filter %.o,$^) -o $@
