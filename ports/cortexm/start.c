/* SPDX-License-Identifier: MIT */
/* The start of a Cortex-M image, and output by semihosting (Arm's "Semihosting for AArch32 and
 * AArch64"), which the emulator answers. */
#include "target.h"

#include <stdint.h>

enum { SYS_WRITEC = 0x03, SYS_EXIT = 0x18 };
#define STOPPED_WELL 0x20026u
#define STOPPED_BADLY 0x20024u
#define CPACR (*(volatile uint32_t *)0xe000ed88)

extern uint32_t image_stack[]; /* cortexm.ld; nothing is to be copied or cleared */

int main(void);
void reset_handler(void);

static void semihost(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void target_print(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        semihost(SYS_WRITEC, text + i);
}

static void stop(uint32_t reason) {
    for (;;)
        semihost(SYS_EXIT, (const void *)(uintptr_t)reason);
}

static void fault_handler(void) {
    static const char text[] = "failed: the processor faulted\n";
    target_print(text, sizeof text - 1);
    stop(STOPPED_BADLY);
}

void reset_handler(void) {
#if defined(__ARM_FP)
    CPACR |= 0xf << 20; /* the floating-point unit is off at reset */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    stop(main() == 0 ? STOPPED_WELL : STOPPED_BADLY);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    image_stack, (const void *)reset_handler, (const void *)fault_handler,
    (const void *)fault_handler};
