/* SPDX-License-Identifier: MIT */
#include "base/fail.h"

#include "base/escape.h"
#include "base/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char sentence[2048];
static int failed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* threads of one loop may fail at once */

static void record(const char *format, va_list list) {
    static char whole[2 * sizeof sentence]; /* a secret at the cut is whole here */
    vsnprintf(whole, sizeof whole, format, list);
    secret_mask(whole);
    escape_line(whole); /* values of input files stand in sentences */
    size_t len = strlen(whole);
    memcpy(sentence, whole, len < sizeof sentence ? len + 1 : sizeof sentence);
    if (len >= sizeof sentence)
        memcpy(sentence + sizeof sentence - 4, "...", 4);
}

int fail(int status, const char *format, ...) {
    va_list list;
    va_start(list, format);
    pthread_mutex_lock(&lock);
    if (!failed)
        record(format, list);
    failed = 1;
    pthread_mutex_unlock(&lock);
    va_end(list);
    return status;
}

const char *fail_text(void) {
    return failed ? sentence : "";
}

void fail_clear(void) {
    failed = 0;
}

static const char *hint_for(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
        return "; free some space and run the command again";
    case EFBIG:
        return "; raise the limit of file sizes (ulimit -f) and run the command again";
    case EROFS:
        return "; choose a folder that can be written";
    case EMFILE:
    case ENFILE:
        return "; raise the limit of open files (ulimit -n)";
    case ENAMETOOLONG:
        return "; choose a shorter name";
    default:
        return "";
    }
}

int fail_errno(const char *verb, const char *path) {
    int error = errno;
    const char *hint = hint_for(error);
    /* EACCES at a read asks for another permission, not for another folder. */
    if ((error == EACCES || error == EPERM) && strcmp(verb, "read") != 0 &&
        strcmp(verb, "open") != 0)
        hint = "; choose a folder that can be written";
    return fail(TW_IO, "%s: cannot %s: %s%s", path, verb, strerror(error), hint);
}
