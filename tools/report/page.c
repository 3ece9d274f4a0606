/* SPDX-License-Identifier: MIT */
#include "report/page.h"

#include "base/fail.h"
#include "format/sha256.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put(bytes *to, const char *text) {
    bytes_put(to, text, strlen(text));
}

static void put_base64(bytes *to, const uint8_t *from, size_t len) {
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)from[i] << 16;
        group |= i + 1 < len ? (uint32_t)from[i + 1] << 8 : 0;
        group |= i + 2 < len ? from[i + 2] : 0;
        char four[4] = {digit[group >> 18], digit[group >> 12 & 63],
                        i + 1 < len ? digit[group >> 6 & 63] : '=',
                        i + 2 < len ? digit[group & 63] : '='};
        bytes_put(to, four, 4);
    }
}

void page_pack(bytes *to, const void *from, size_t len) {
    z_stream stream = {0};
    bytes packed = {0};
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        out_of_memory(len);
    size_t most = deflateBound(&stream, (uLong)len) + 32;
    stream.next_out = bytes_room(&packed, most);
    stream.avail_out = (uInt)most;
    stream.next_in = (Bytef *)(uintptr_t)from;
    stream.avail_in = (uInt)len;
    (void)deflate(&stream, Z_FINISH); /* the bound is enough room for all of it */
    packed.used = stream.total_out;
    deflateEnd(&stream);
    put_base64(to, packed.at, packed.used);
    bytes_free(&packed);
}

static int is(const page_part *part, const char *end) {
    size_t len = strlen(part->name), tail = strlen(end);
    return len >= tail && strcmp(part->name + len - tail, end) == 0;
}

/* All parts whose names end so, one after the other. */
static bytes parts(const char *end) {
    bytes all = {0};
    for (unsigned p = 0; p < page_part_count; p++)
        if (is(&page_parts[p], end))
            bytes_put(&all, page_parts[p].at, page_parts[p].len);
    return all;
}

static void put_hash(bytes *to, const bytes *of) {
    sha256 hash;
    char hex[SHA256_HEX];
    uint8_t raw[32];
    sha256_begin(&hash);
    sha256_add(&hash, of->at, of->used);
    sha256_end(&hash, hex);
    for (size_t i = 0; i < sizeof raw; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], 0};
        raw[i] = (uint8_t)strtoul(two, NULL, 16);
    }
    put(to, "'sha256-");
    put_base64(to, raw, sizeof raw);
    put(to, "'");
}

/* Nothing is fetched, or images alone; the one script and the one style are known by their hashes.
 */
static void put_policy(bytes *to, const bytes *script, const bytes *style, int fetches) {
    put(to,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src ");
    put_hash(to, script);
    put(to, " 'wasm-unsafe-eval'; style-src ");
    put_hash(to, style);
    put(to, fetches ? "; img-src https: data:" : "; img-src data:");
    put(to, "; base-uri 'none'; form-action 'none'\">\n");
}

/* Text of an element: run ids are of harmless letters, and this does not rely on it. */
static void put_escaped(bytes *to, const char *text) {
    for (; *text; text++) {
        if (*text == '<')
            put(to, "&lt;");
        else if (*text == '&')
            put(to, "&amp;");
        else
            bytes_put(to, text, 1);
    }
}

static void put_data(bytes *to, const char *id, const uint8_t *base64, size_t len) {
    put(to, "<script type=\"text/plain\" id=\"");
    put(to, id);
    put(to, "\">");
    bytes_put(to, base64, len);
    put(to, "</script>\n");
}

void page_make(bytes *to, const char *title, const bytes packed[PAGE_PACKED], int fetches) {
    static const char *const id[PAGE_PACKED] = {"packed-data", "packed-vectors", "packed-made-up"};
    bytes script = parts(".js"), style = parts(".css"), body = parts(".html");
    put(to, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    put_policy(to, &script, &style, fetches);
    put(to, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
    put_escaped(to, title);
    put(to, "</title>\n<style>");
    bytes_put(to, style.at, style.used);
    put(to, "</style>\n</head>\n");
    bytes_put(to, body.at, body.used);
    for (int p = 0; p < PAGE_PACKED; p++)
        put_data(to, id[p], packed[p].at, packed[p].used);
    for (unsigned p = 0; p < page_part_count; p++)
        if (is(&page_parts[p], ".wasm")) {
            bytes module = {0};
            put_base64(&module, page_parts[p].at, page_parts[p].len);
            put_data(to, page_parts[p].name, module.at, module.used);
            bytes_free(&module);
        }
    put(to, "<script>");
    bytes_put(to, script.at, script.used);
    put(to, "</script>\n</body>\n</html>\n");
    bytes_free(&script);
    bytes_free(&style);
    bytes_free(&body);
}
