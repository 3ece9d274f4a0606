/* SPDX-License-Identifier: MIT */
#include "format/csv_kind.h"

#include <string.h>
#include <strings.h>

typedef struct kind {
    size_t offset, len;
    const char *magic, *what;
} kind;

#define KIND(offset, magic, what) \
    { offset, sizeof(magic) - 1, magic, what }
#define UTF16 "is UTF-16, not UTF-8; save it as UTF-8 (Excel: CSV UTF-8)"
#define UNPACK "; unpack it and give the CSV or Parquet file in it"

static const kind kinds[] = {
    KIND(0, "\xff\xfe", UTF16),
    KIND(0, "\xfe\xff", UTF16),
    KIND(0, "PK\3\4",
         "is a zip archive or an Excel workbook; unpack it, or save the sheet as CSV UTF-8"),
    KIND(0, "PK\5\6", "is a zip archive without files; give a CSV or Parquet file"),
    KIND(0, "\xd0\xcf\x11\xe0", "is an old Excel workbook; save the sheet as CSV UTF-8"),
    KIND(257, "ustar", "is a tar archive" UNPACK),
    KIND(4, "1AY&SY", "is bzip2 data" UNPACK),
    KIND(0,
         "\xfd"
         "7zXZ",
         "is xz data" UNPACK),
    KIND(0, "\x28\xb5\x2f\xfd", "is zstd data" UNPACK),
    KIND(0, "7z\xbc\xaf", "is a 7z archive" UNPACK),
    KIND(0, "Rar!\x1a", "is a rar archive" UNPACK),
    KIND(0, "PAR1", "is Parquet, and CSV is expected here; write it as CSV"),
    KIND(0, "PARE", "is encrypted Parquet; write it without encryption"),
    KIND(0, "ARROW1", "is an Arrow or Feather file; write it as Parquet or CSV"),
    KIND(0, "Obj\1", "is an Avro file; write it as Parquet or CSV"),
    KIND(0, "SQLite format 3", "is an SQLite database; export the table as CSV"),
    KIND(0, "%PDF-", "is a PDF document; export the table as CSV"),
    KIND(0, "version https://git-lfs", "is a pointer of Git LFS, not the file; run git lfs pull"),
};

/* "u\0s\0": UTF-16 without its mark. */
static int is_utf16(const char *at, size_t len) {
    return len >= 4 &&
           ((at[0] && !at[1] && at[2] && !at[3]) || (!at[0] && at[1] && !at[2] && at[3]));
}

static size_t skip_space(const char *at, size_t len) {
    size_t i = len >= 3 && !memcmp(at, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (i < len && memchr(" \t\r\n", at[i], 4))
        i++;
    return i;
}

/* `{"a": ...`, `[{...`, `[[...`, `[]`: no header begins so. */
static int is_json(const char *at, size_t len) {
    size_t next = len ? 1 + skip_space(at + 1, len - 1) : 0;
    return next < len && ((at[0] == '{' && memchr("\"}", at[next], 2)) ||
                          (at[0] == '[' && memchr("{[]\"", at[next], 4)));
}

const char *csv_kind(const char *at, size_t len) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (len >= kinds[i].offset + kinds[i].len &&
            !memcmp(at + kinds[i].offset, kinds[i].magic, kinds[i].len))
            return kinds[i].what;
    if (is_utf16(at, len))
        return UTF16;
    size_t skipped = skip_space(at, len);
    at += skipped;
    len -= skipped;
    if (is_json(at, len))
        return "is JSON; write it as CSV or Parquet";
    if (len >= 5 && (!strncasecmp(at, "<!doc", 5) || !strncasecmp(at, "<html", 5) ||
                     !strncasecmp(at, "<head", 5)))
        return "is an HTML page, perhaps the error page of a download; look at it and download the "
               "file again";
    if (len >= 2 && at[0] == '<' && (at[1] == '?' || at[1] == '!' || at[1] == 'E'))
        return "is XML, perhaps the error of a download; look at it and download the file again";
    return NULL;
}

const char *csv_kind_of_header(const char *name) {
    if (!strncasecmp(name, "sep=", 4))
        return "the line 'sep=' of Excel stands before the header; delete it and separate fields "
               "by commas";
    if (strchr(name, ';'))
        return "fields are separated by ';'; separate them by commas (decimals with a point)";
    if (strchr(name, '\t'))
        return "fields are separated by tabs; separate them by commas";
    if (strchr(name, '|'))
        return "fields are separated by '|'; separate them by commas";
    return NULL;
}
