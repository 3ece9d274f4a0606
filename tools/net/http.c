/* SPDX-License-Identifier: MIT */
#include "net/http.h"

#include "base/fail.h"
#include "base/file.h"
#include "base/message.h"
#include "base/url.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    TRIES = 5,
    TIMEOUT = 30,            /* seconds */
    MAX_PAUSE = 60,          /* seconds; a Retry-After beyond is not waited for */
    SHORTEST_PAUSE_MS = 250, /* after the first try */
    MAX_REFUSAL = 64 << 10,  /* bytes kept of an answer that is not 2xx */
    BUFFER = 256 << 10       /* bytes to send or receive at once */
};

struct http {
    CURL *curl;
    unsigned tries, timeout, deadline;
    double end; /* of the request that is under way; seconds_now, 0: none */
};

/* One try of a request: what the callbacks see. */
typedef struct transfer {
    CURL *curl;
    const http_request *request;
    http_response *response;
    int body_fd;        /* of body_path, or -1 */
    uint64_t sent, got; /* bytes of the bodies */
    int status;         /* why a callback ended it, or 0 */
} transfer;

char *http_escape(const char *text) {
    static const char digits[] = "0123456789ABCDEF";
    size_t len = strlen(text), used = 0;
    char *to = xmalloc(3 * len + 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
            strchr("-._~", c)) {
            to[used++] = (char)c;
        } else {
            to[used++] = '%';
            to[used++] = digits[c >> 4];
            to[used++] = digits[c & 15];
        }
    }
    to[used] = '\0';
    return to;
}

char *http_shown(const char *url) {
    const char *colon = strstr(url, "://"), *host = colon ? colon + 3 : url;
    size_t end = strcspn(host, "/?#"), scheme = (size_t)(host - url), user = 0;
    for (size_t i = 0; i < end; i++)
        if (host[i] == '@')
            user = i + 1;
    return xasprintf("%.*s%.*s", (int)scheme, url, (int)(strcspn(host, "?#") - user), host + user);
}

void http_response_free(http_response *response) {
    bytes_free(&response->body);
}

/* ---- The callbacks of libcurl ------------------------------------------------------------ */

static int is_success(CURL *curl) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status < 300;
}

static size_t on_body(char *from, size_t size, size_t count, void *context) {
    transfer *t = context;
    size_t len = size * count;
    if (!is_success(t->curl)) {
        size_t room = MAX_REFUSAL - t->response->body.used;
        bytes_put(&t->response->body, from, len < room ? len : room);
        return len;
    }
    if (len > t->request->limit - t->got) {
        char *shown = http_shown(t->request->url);
        t->status = fail(TW_INPUT, "%s: at most %llu bytes are expected, more came", shown,
                         (unsigned long long)t->request->limit);
        free(shown);
        return 0;
    }
    t->got += len;
    if (!t->request->sink)
        bytes_put(&t->response->body, from, len);
    else
        t->status = t->request->sink(t->request->sink_context, from, len);
    return t->status ? 0 : len;
}

static size_t on_send(char *to, size_t size, size_t count, void *context) {
    transfer *t = context;
    uint64_t left = t->request->body_len - t->sent;
    size_t len = size * count < left ? size * count : (size_t)left;
    if (t->body_fd < 0) {
        if (len)
            memcpy(to, (const char *)t->request->body + t->sent, len);
    } else if (len) {
        ssize_t got = read(t->body_fd, to, len);
        if (got <= 0) {
            t->status = got < 0 ? fail_errno("read", t->request->body_path)
                                : fail(TW_IO,
                                       "%s: became shorter while it was sent; run the "
                                       "command again",
                                       t->request->body_path);
            return CURL_READFUNC_ABORT;
        }
        len = (size_t)got;
    }
    t->sent += len;
    return len;
}

static int on_progress(void *context, curl_off_t down, curl_off_t got, curl_off_t up,
                       curl_off_t sent) {
    transfer *t = context;
    (void)up;
    if (!t->status) /* a callback may have ended it */
        t->status = interrupted();
    if (t->request->progress && t->request->body_len)
        progress_show(t->request->progress, (uint64_t)sent, t->request->body_len);
    else if (t->request->progress && is_success(t->curl))
        progress_show(t->request->progress, (uint64_t)got, down > 0 ? (uint64_t)down : 0);
    return t->status;
}

/* libcurl may rewind what it sent over a kept connection that turned out closed. */
static int on_seek(void *context, curl_off_t offset, int origin) {
    transfer *t = context;
    if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > t->request->body_len ||
        (t->body_fd >= 0 && lseek(t->body_fd, (off_t)offset, SEEK_SET) < 0))
        return CURL_SEEKFUNC_FAIL;
    t->sent = (uint64_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* ---- One try ------------------------------------------------------------------------------ */

static int check_request(const http_request *request) {
    const char *url = request->url;
    int secure = strncmp(url, "https://", 8) == 0;
    for (const char *const *line = request->header; line && *line; line++)
        for (const char *at = *line; *at; at++)
            if ((unsigned char)*at < 0x20 || *at == 0x7f)
                return fail(TW_USAGE,
                            "the header %.*s has a line end or another control character "
                            "in its value",
                            (int)strcspn(*line, ":"), *line);
    if (url_check(url, "the URL of a request"))
        return TW_USAGE;
    if (secure || (strncmp(url, "http://", 7) == 0 && url_is_local(url)))
        return 0;
    char *shown = http_shown(url);
    int status =
        fail(TW_USAGE, "%s: an https:// URL is expected (http:// for this machine only)", shown);
    free(shown);
    return status;
}

static struct curl_slist *headers_of(const http_request *request) {
    /* No waiting for "100 Continue". */
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (const char *const *line = request->header; line && *line; line++)
        list = curl_slist_append(list, *line);
    return list;
}

static void set_body(CURL *curl, const http_request *request, transfer *t) {
    int puts = strcmp(request->method, "PUT") == 0, posts = strcmp(request->method, "POST") == 0;
    if (strcmp(request->method, "HEAD") == 0)
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    else if (puts || posts || request->body_len) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_len);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
        curl_easy_setopt(curl, CURLOPT_READDATA, t);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, t);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_connection(const http *client, const char *url) {
    CURL *curl = client->curl;
    const char *authorities = getenv("SSL_CERT_FILE");
    curl_easy_setopt(curl, CURLOPT_URL, url);
    if (url_is_local(url)) /* what goes to this machine, a key in the clear, passes no proxy */
        curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (authorities && *authorities)
        curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)client->timeout);
    if (client->deadline) {
        double left = client->end - seconds_now();
        curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left > 0.001 ? (long)(left * 1e3) : 1L);
    }
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 64L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)client->timeout);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)BUFFER);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)BUFFER);
}

/* What of an earlier try must be as if it had not been. */
static int begin_again(const http_request *request, http_response *response) {
    response->body.used = 0;
    response->status = 0;
    response->length = -1;
    return request->sink ? request->sink(request->sink_context, NULL, 0) : 0;
}

/* The answer, or the reason of libcurl why none came. */
static int try_once(const http *client, const http_request *request, http_response *response,
                    CURLcode *code, char reason[CURL_ERROR_SIZE]) {
    CURL *curl = client->curl;
    transfer t = {curl, request, response, -1, 0, 0, begin_again(request, response)};
    if (!t.status && request->body_path) {
        t.status = file_open(&t.body_fd, request->body_path);
    }
    if (t.status)
        return t.status;
    struct curl_slist *headers = headers_of(request);
    curl_easy_reset(curl); /* options, not connections */
    set_connection(client, request->url);
    set_body(curl, request, &t);
    *reason = '\0';
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &t);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &t);
    *code = curl_easy_perform(curl);
    curl_off_t length = -1;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    response->length = length;
    curl_slist_free_all(headers);
    if (t.body_fd >= 0)
        close(t.body_fd);
    return t.status;
}

/* ---- Trying again -------------------------------------------------------------------------- */

/* These do not change by waiting. */
static int is_hopeless(CURLcode code) {
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return 1;
    default:
        return 0;
    }
}

static int is_busy(long status) {
    return status == 429 || status >= 500;
}

static int sleep_ms(long milliseconds) {
    int status = interrupted();
    for (const double end = seconds_now() + (double)milliseconds / 1e3;
         !status && seconds_now() < end; status = interrupted())
        nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
    return status;
}

/* Twice as long after each try, less up to a half by chance; what the server asks for comes
 * first.  -1: the server asks for more patience than we have. */
static long pause_ms(CURL *curl, unsigned tries) {
    curl_off_t asked = 0;
    struct timespec now;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &asked);
    if (asked > MAX_PAUSE)
        return -1;
    if (asked > 0)
        return (long)asked * 1000;
    long most = SHORTEST_PAUSE_MS << (tries < 8 ? tries - 1 : 7);
    clock_gettime(CLOCK_REALTIME, &now);
    /* Chance enough to keep processes apart: the low bits of the clock and the process. */
    uint64_t chance = (uint64_t)now.tv_nsec * UINT64_C(0x9E3779B97F4A7C15) + (uint64_t)getpid();
    return most / 2 + (long)((chance >> 20) % (uint64_t)(most / 2 + 1));
}

static int gave_up(const http_request *request, const http_response *response, CURLcode code,
                   const char *reason) {
    char *shown = http_shown(request->url);
    const char *again = response->tries > 1 ? " times" : " time";
    int status;
    if (code != CURLE_OK)
        status = fail(TW_NETWORK, "%s %s: %s (tried %u%s); run the command again", request->method,
                      shown, *reason ? reason : curl_easy_strerror(code), response->tries, again);
    else
        status = fail(TW_NETWORK,
                      "%s %s: the server answers %ld (tried %u%s); run the command "
                      "again later",
                      request->method, shown, response->status, response->tries, again);
    free(shown);
    return status;
}

int http_send(http *client, const http_request *request, http_response *response) {
    char reason[CURL_ERROR_SIZE];
    CURLcode code = CURLE_OK;
    *response = (http_response){.length = -1};
    int status = check_request(request);
    client->end = seconds_now() + client->deadline;
    while (!status) {
        response->tries++;
        status = try_once(client, request, response, &code, reason);
        if (status || (code == CURLE_OK && !is_busy(response->status)))
            break;
        long pause = pause_ms(client->curl, response->tries);
        int late = client->deadline && seconds_now() + (double)pause / 1e3 >= client->end;
        if (is_hopeless(code) || pause < 0 || late || response->tries >= client->tries)
            status = gave_up(request, response, code, reason);
        else
            status = sleep_ms(pause);
    }
    return status;
}

/* libcurl leaves an option out when memory for its text is missing: DELETE would become GET. */
static void *own_realloc(void *old, size_t size) {
    return xrealloc(old, size, 1);
}

static char *own_copy(const char *text) {
    return xstrndup(text, strlen(text));
}

static int own_curl(void) {
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, own_realloc, own_copy,
                                xcalloc) == CURLE_OK;
}

int http_open(http **client, const http_options *options) {
    static int begun;
    *client = NULL;
    if (!begun && !own_curl())
        return fail(TW_NETWORK, "libcurl cannot begin; is it installed whole?");
    begun = 1;
    CURL *curl = curl_easy_init();
    if (!curl)
        return fail(TW_NETWORK, "libcurl cannot begin; is it installed whole?");
    *client = xmalloc(sizeof **client);
    **client = (http){curl, options->tries ? options->tries : TRIES,
                      options->timeout ? options->timeout : TIMEOUT, options->deadline, 0.0};
    return 0;
}

void http_close(http *client) {
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    free(client);
}
