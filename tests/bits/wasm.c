/* SPDX-License-Identifier: MIT */
/* The WebAssembly module imports where its text goes and exports `run`. */
#include "target.h"

__attribute__((import_module("host"), import_name("print"))) void host_print(const char *text,
                                                                             size_t len);

int main(void);
int run(void);

void target_print(const char *text, size_t len) {
    host_print(text, len);
}

__attribute__((export_name("run"))) int run(void) {
    return main();
}
