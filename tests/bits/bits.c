/* SPDX-License-Identifier: MIT */
/*
 * For each kernel table of the machine a line `digest TABLE WORK ACTIVATIONS`, or what failed.
 * The work is done twice: in the mode in which the program starts, and in that of a
 * hostile host, which must find its mode again.
 */
#include "hostile.h"
#include "print.h"
#include "work.h"

static const char *work_in(uint64_t mode, const tt_kernels *kernels, uint64_t *digest) {
    uint64_t found = host_mode();
    set_host_mode(mode);
    const char *wrong = tt_self_check(kernels) == TT_OK ? bits_work(kernels, digest) : "self check";
    int kept = host_mode() == mode;
    set_host_mode(found);
    return wrong == NULL && !kept ? "the mode of the host was not put back" : wrong;
}

static int run(const char *name, const tt_kernels *kernels) {
    uint64_t digest = 0, hostile = 0;
    if (kernels == NULL)
        return 0;
    const char *wrong = work_in(host_mode(), kernels, &digest);
    hostile = digest;
    if (wrong == NULL && hostile_mode() != 0)
        wrong = work_in(hostile_mode(), kernels, &hostile);
    if (wrong == NULL && hostile != digest)
        wrong = "other bits in the mode of a hostile host";
    if (wrong != NULL) {
        print("failed ");
        print(name);
        print(": ");
        print(wrong);
    } else {
        print("digest ");
        print(name);
        print_digest(digest);
        print_digest(bits_activations());
    }
    print("\n");
    return wrong != NULL;
}

int main(void) {
    int failed = run("c", tt_kernels_c()) + run("sse2", tt_kernels_sse2()) +
                 run("avx2", tt_kernels_avx2()) + run("avx512", tt_kernels_avx512()) +
                 run("neon", tt_kernels_neon()) + run("wasm", tt_kernels_wasm());
    return failed > 0;
}
