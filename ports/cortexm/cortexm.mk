# SPDX-License-Identifier: MIT
# make cortexm MODEL=file.onnx: images for Cortex-M4F and M0 with the model in flash, in $(BUILD)/cortexm.

CORTEXM       := $(BUILD)/cortexm
CORTEXM_CC    ?= arm-none-eabi-gcc
CORTEXM_C     := ports/cortexm/embed.c ports/cortexm/start.c ports/cortexm/model.S $(CORE_C) ports/bare/memory.c
CORTEXM_FLAGS := -Os -DTT_SMALL -std=c99 -ffp-contract=off -ffreestanding -fno-builtin -nostdlib -Wall -Wextra -Werror \
    -ffunction-sections -fdata-sections -Wl,--gc-sections -Icore -Iports/cortexm -isystem ports/bare -T ports/cortexm/cortexm.ld
$(CORTEXM)/m4f.elf: CPU := -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
$(CORTEXM)/m0.elf: CPU := -mcpu=cortex-m0 -mfloat-abi=soft

.PHONY: cortexm
cortexm: $(CORTEXM)/m4f.elf $(CORTEXM)/m0.elf
	@arm-none-eabi-size $^

$(CORTEXM)/%.elf: $(CORTEXM_C) $(CORE_ALL) ports/cortexm/cortexm.ld $(MODEL)
	@test -n "$(MODEL)" || { echo "make cortexm needs MODEL=FILE, a model of twotower"; exit 2; }
	@mkdir -p $(@D)
	$(CORTEXM_CC) $(CPU) -mthumb $(CORTEXM_FLAGS) -DMODEL='"$(MODEL)"' -o $@ $(CORTEXM_C) -lgcc
