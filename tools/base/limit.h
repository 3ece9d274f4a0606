/* SPDX-License-Identifier: MIT */
/* How much memory a command may take. */
#ifndef TOOLS_CLI_LIMIT_H
#define TOOLS_CLI_LIMIT_H

#define MAX_MEMORY_OPTION \
    { \
        "max-memory", OPTION_TEXT, "SIZE", NULL, NULL, NULL, \
            "end with status 3 where more memory is needed, such as 512M or 8G; default: half of " \
            "the machine's" \
    }

/* Allows `size` bytes (a number, or with K, M, G or T behind it) beside what the process has; NULL:
 * half of the memory of the machine or of its container.  Mapped files do not count.  What is
 * needed beyond that fails as if there was none.  Fails with TW_USAGE. */
int limit_memory(const char *size);

/* Fails for want of memory: TW_INPUT under a limit, else TW_IO. Allocates nothing. */
int limit_refuse(void);

#endif
