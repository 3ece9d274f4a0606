/* SPDX-License-Identifier: MIT */
/* keygen: a key that signs releases. */
#include "base/fail.h"
#include "base/message.h"
#include "base/output.h"
#include "program/commands.h"
#include "sign/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const option options[] = {
    {"out", OPTION_TEXT, "FILE", "twotower.key", NULL, NULL,
     "the private key, which nobody else may read; FILE.pub is the public one"},
    {0},
};

/* A file for its owner alone; one that is there is never replaced. */
static int write_secret(const char *path, const char *text) {
    size_t len = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), status = 0;
    if (fd < 0)
        return errno == EEXIST ? fail(TW_IO,
                                      "%s: is there already, and a key is never replaced; "
                                      "give another name by --out",
                                      path)
                               : fail_errno("create", path);
    if (write(fd, text, len) != (ssize_t)len || (fsync(fd) != 0 && errno != EINVAL))
        status = fail_errno("write", path);
    if (close(fd) != 0 && !status)
        status = fail_errno("write", path);
    if (status)
        unlink(path);
    return status;
}

static int write_public(const char *path, const char *text) {
    output out;
    int status = output_open(&out, path);
    if (!status)
        status = output_format(&out, "%s\n", text);
    if (!status)
        status = output_commit(&out);
    else
        output_abandon(&out);
    return status;
}

static int report(const char *path, const char *known, const char *id) {
    if (json_wanted())
        return result_json(json_pack("{s:s, s:s, s:s}", "key_id", id, "private_key_file", path,
                                     "public_key", known));
    result_line("key %s: sign with TWOTOWER_SIGNING_KEY=%s (keep it secret), check with "
                "TWOTOWER_PUBLIC_KEYS=%s",
                id, path, known);
    return result_flush();
}

static int run(const arguments *a) {
    const char *path = option_text(a, "out");
    char *secret, *known, id[KEY_ID];
    int status = key_make(&secret, &known, id);
    if (status)
        return status;
    char *beside = xasprintf("%s.pub", path);
    status = write_secret(path, secret);
    if (!status)
        status = write_public(beside, known);
    if (!status)
        status = report(path, known, id);
    memset(secret, 0, strlen(secret));
    free(beside);
    free(secret);
    free(known);
    return status;
}

const command command_keygen = {
    "keygen", "a key that signs releases (ECDSA, P-256)",
    NULL,     "twotower keygen --out release.key",
    options,  run,
};
