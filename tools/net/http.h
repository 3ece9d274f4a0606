/* SPDX-License-Identifier: MIT */
/*
 * One HTTP client for every server that the program talks to.  TLS is always verified
 * (SSL_CERT_FILE names another bundle of authorities), plain http goes to this machine only,
 * redirects are answers and not followed, requests to this machine pass no proxy, one connection is
 * kept for many requests.  Neither header values nor what stands behind the '?' of a URL ever get
 * into a message.
 */
#ifndef TOOLS_NET_HTTP_H
#define TOOLS_NET_HTTP_H

#include "format/bytes.h"

typedef struct http http;

typedef struct http_options {
    unsigned tries;    /* of one request, with pauses of 1/4, 1/2, 1, ... s; 0: 5 */
    unsigned timeout;  /* seconds to connect in, and without progress; 0: 30 */
    unsigned deadline; /* seconds for a request with all its tries and pauses; 0: none */
} http_options;

/* Takes the next bytes of a body; bytes NULL: what came so far is void, it begins anew.
 * Returns 0, or a status of `fail` that ends the request. */
typedef int (*http_sink)(void *context, const void *bytes, size_t len);

typedef struct http_request {
    const char *method; /* "GET", "HEAD", "POST", "PUT", "DELETE" */
    const char *url;
    const char *const *header; /* "Name: value", the last one NULL; or NULL */

    /* The body, always with its length: bytes, or the first body_len bytes of a file. */
    const void *body;
    const char *body_path; /* or NULL */
    uint64_t body_len;

    /* Where the body of a 2xx answer goes: into response.body, or to this function.  More
     * than `limit` bytes fail with TW_INPUT. */
    http_sink sink;
    void *sink_context;
    uint64_t limit;

    const char *progress; /* what progress_show calls it, or NULL */
} http_request;

typedef struct http_response {
    long status;    /* 200 */
    unsigned tries; /* more than 1: an earlier one may have had its effect */
    int64_t length; /* Content-Length, -1: not told */
    bytes body;     /* of an answer that is not 2xx: its first 64 KB */
} http_response;

/* Fails with TW_NETWORK when the library cannot begin. */
int http_open(http **client, const http_options *options);
void http_close(http *client); /* NULL is fine */

/* Sends a request and waits for its answer.  429, 5xx and broken connections are tried again
 * after a pause with jitter, or after what Retry-After says.  0: an answer came, whose status
 * is the caller's to judge; TW_NETWORK: none came, or the last was 429 or 5xx; TW_USAGE: a URL
 * or header that cannot be sent; TW_INPUT: the answer is too long; TW_IO: a file failed;
 * TW_INTERRUPTED.  A HEAD answer has no body. The caller releases the response in any case. */
int http_send(http *client, const http_request *request, http_response *response);
void http_response_free(http_response *response);

/* Percent-encoded for a path segment or a query value; the caller frees it. */
char *http_escape(const char *text);

/* A URL without user, password, query and fragment, for messages; the caller frees it. */
char *http_shown(const char *url);

#endif
