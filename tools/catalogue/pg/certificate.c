/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/certificate.h"

#include "base/fail.h"
#include "base/temporary.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char pem[] = "-----BEGIN CERTIFICATE-----";

static int digit_of(char c) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Base64 (RFC 4648) with blanks and line ends anywhere; NULL where it is none. */
static char *decode(const char *text, size_t *len) {
    char *out = xmalloc(strlen(text) / 4 * 3 + 4);
    uint32_t bits = 0;
    int held = 0, bad = 0;
    *len = 0;
    for (; *text && *text != '=' && !bad; text++) {
        if (strchr(" \t\r\n", *text))
            continue;
        int digit = digit_of(*text);
        bad = digit < 0;
        bits = (bits << 6 | (uint32_t)(digit & 63)) & 0xffffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[(*len)++] = (char)(bits >> held & 0xff);
        }
    }
    bad |= text[strspn(text, "= \t\r\n")] != '\0';
    if (!bad)
        return out;
    free(out);
    return NULL;
}

static int write_file(char **path, const char *bytes, size_t len) {
    const char *folder = getenv("TMPDIR");
    char *name = xasprintf("%s/twotower-ca.XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(name), status = 0;
    if (fd < 0) {
        status = fail_errno("make a file for SUPABASE_CA_CERT", name);
        free(name);
        return status;
    }
    (void)temporary_remember(name);
    for (size_t done = 0; done < len && !status;) {
        ssize_t n = write(fd, bytes + done, len - done);
        if (n < 0)
            status = fail_errno("write", name);
        else
            done += (size_t)n;
    }
    close(fd);
    if (status) {
        (void)temporary_remove(name);
        free(name);
        return status;
    }
    *path = name;
    return 0;
}

int pg_certificate_write(char **path, const char *text) {
    size_t len = strlen(text);
    text += strspn(text, " \t\r\n");
    if (strncmp(text, pem, sizeof pem - 1) == 0)
        return write_file(path, text, strlen(text));
    char *bytes = decode(text, &len);
    int found = 0;
    for (size_t i = 0; bytes && !found && i + sizeof pem - 1 <= len; i++)
        found = memcmp(bytes + i, pem, sizeof pem - 1) == 0;
    int status = found ? write_file(path, bytes, len)
                       : fail(TW_INPUT, "SUPABASE_CA_CERT: the Base64 of a certificate "
                                        "(-----BEGIN CERTIFICATE-----) is expected");
    free(bytes);
    return status;
}
