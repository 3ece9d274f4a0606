/* SPDX-License-Identifier: MIT */
#include "notify/notify.h"

#include "base/fail.h"
#include "base/message.h"
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

enum {
    TRIES = 3,
    TIMEOUT = 10,      /* seconds without progress */
    DEADLINE = 15,     /* seconds for a webhook */
    MAX_FIGURES = 16,  /* in a message */
    MAX_ANSWER = 4096, /* bytes; nothing is done with them */
    MAX_TEXT = 1900    /* bytes; Discord takes 2000 characters */
};

/* ---- What is said ------------------------------------------------------------------------- */

static int is_gated(const char *name) {
    return !strncmp(name, "recall@", 7) || !strncmp(name, "map@", 4) || !strcmp(name, "auc");
}

static void add_figure(json_t *figures, const char *name, json_t *value) {
    if (json_object_size(figures) < MAX_FIGURES &&
        (json_is_number(value) || json_is_boolean(value)))
        json_object_set(figures, name, value);
}

void notify_figures(json_t *figures, const json_t *report) {
    const char *name;
    json_t *value, *metrics = json_object_get(report, "metrics");
    json_object_foreach(metrics, name, value) if (is_gated(name)) add_figure(figures, name, value);
    json_object_foreach((json_t *)report, name, value) add_figure(figures, name, value);
}

static char *value_text(const json_t *value) {
    if (json_is_boolean(value))
        return xasprintf("%s", json_is_true(value) ? "yes" : "no");
    if (json_is_integer(value))
        return xasprintf("%lld", (long long)json_integer_value(value));
    return xasprintf("%.4g", json_number_value(value));
}

/* The caller frees what it gets; `line` is released. */
static char *join(char *text, char *line) {
    char *longer = xasprintf("%s%s", text, line);
    free(text);
    free(line);
    return longer;
}

static char *text_of(const notify_report *of) {
    char *text = xasprintf("%s: %s", of->job, of->status);
    const char *name;
    json_t *value;
    if (of->reason)
        text = join(text, xasprintf(" (%s)", of->reason));
    if (of->run_id)
        text = join(text, xasprintf("\nrun %s", of->run_id));
    json_object_foreach((json_t *)of->figures, name, value) {
        char *shown = value_text(value);
        text = join(text, xasprintf("\n%s %s", name, shown));
        free(shown);
    }
    if (of->link)
        text = join(text, xasprintf("\n%s", of->link));
    if (strlen(text) > MAX_TEXT) {
        size_t end = MAX_TEXT;
        while ((text[end] & 0xc0) == 0x80) /* not within a character */
            end--;
        text[end] = '\0';
    }
    return text;
}

/* Names in the text are names, not mentions of people. */
static json_t *discord_body(const notify_report *of, const char *text) {
    (void)of;
    return json_pack("{s:s, s:{s:[]}}", "content", text, "allowed_mentions", "parse");
}

static json_t *generic_body(const notify_report *of, const char *text) {
    return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:s?, s:O*}", "text", text, "job", of->job,
                     "status", of->status, "reason", of->reason, "run_id", of->run_id, "link",
                     of->link, "figures", of->figures);
}

/* ---- How it is sent ------------------------------------------------------------------------ */

/* The status of http_send; *answer: that of the server, 0: none. */
static int post(const char *url, json_t *body, long *answer) {
    static const char *const header[] = {"Content-Type: application/json", NULL};
    const http_options options = {.tries = TRIES, .timeout = TIMEOUT, .deadline = DEADLINE};
    http *client;
    http_response response;
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    *answer = 0;
    int status = http_open(&client, &options);
    if (!status) {
        const http_request request = {.method = "POST",
                                      .url = url,
                                      .header = header,
                                      .body = text,
                                      .body_len = text ? strlen(text) : 0,
                                      .limit = MAX_ANSWER};
        status = http_send(client, &request, &response);
        *answer = response.status;
        http_response_free(&response);
    }
    http_close(client);
    free(text);
    return status;
}

/* Sentences of http_send show the path of the URL, which is the secret here: they are dropped. */
static int send_to(const char *variable, const char *url, json_t *body, notify_counts *counts) {
    long answer;
    int status = post(url, body, &answer);
    if (status == TW_INTERRUPTED)
        return status;
    fail_clear();
    counts->failed++;
    if (status == TW_USAGE)
        warning("%s: an https:// URL is expected; nothing was sent", variable);
    else if (!answer)
        warning("%s: the webhook did not answer; the message was not delivered", variable);
    else if (answer < 200 || answer > 299)
        warning("%s: the webhook answered %ld; the message was not delivered", variable, answer);
    else { /* more of an answer than is read is an answer */
        counts->failed--;
        counts->sent++;
    }
    return 0;
}

int notify_job(const notify_settings *settings, const notify_report *of, notify_counts *counts) {
    const struct {
        const char *variable, *url;
        json_t *(*body)(const notify_report *of, const char *text);
    } hook[] = {{"DISCORD_WEBHOOK_URL", settings->discord, discord_body},
                {"NOTIFY_WEBHOOK_URL", settings->generic, generic_body}};
    char *text = text_of(of);
    int status = 0;
    *counts = (notify_counts){0, 0};
    for (size_t i = 0; !status && i < sizeof hook / sizeof *hook; i++)
        if (hook[i].url)
            status = send_to(hook[i].variable, hook[i].url, hook[i].body(of, text), counts);
    free(text);
    return status;
}
