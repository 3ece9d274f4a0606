/* SPDX-License-Identifier: MIT */
#include "base/fail.h"

#include <signal.h>

static volatile sig_atomic_t signalled;

/* The first signal asks for an orderly end; the second one is not argued with. */
static void on_signal(int number) {
    if (signalled) {
        signal(number, SIG_DFL);
        raise(number);
    }
    signalled = 1;
}

static void install(int number) {
    struct sigaction action, old;
    /* A signal that the caller had us ignore (nohup) stays ignored. */
    if (sigaction(number, NULL, &old) != 0 || old.sa_handler == SIG_IGN)
        return;
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, NULL);
}

void interrupt_install(void) {
    install(SIGINT);
    install(SIGTERM);
    /* A closed pipe and the limit of file sizes are errors of write. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

int interrupted(void) {
    if (!signalled)
        return TW_OK;
    return fail(TW_INTERRUPTED, "interrupted; nothing was changed, run the same command again");
}
