/* SPDX-License-Identifier: MIT */
#include "net/storage_refusal.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

/* What the codes of a refusal mean. What is not in the table is not shown: a server could
 * repeat a secret in its text. */
static const struct {
    const char *code, *meaning;
    refusal kind;
} codes[] = {
    {"NoSuchKey", "there is no such object", THERE_IS_NONE},
    {"KeyAlreadyExists", "there is such an object already", THERE_IS_ONE},
    {"ResourceAlreadyExists", "there is such an object already", THERE_IS_ONE},
    {"NoSuchBucket", "there is no such bucket; create it, or check the bucket's name", ANOTHER},
    {"AccessDenied", "the key may not do this", KEY_REFUSED},
    {"InvalidJWT", "the key is not valid", KEY_REFUSED},
    {"InvalidRequest", "the server takes it for no valid request; check SUPABASE_URL", ANOTHER},
    {"InvalidKey", "the server refuses the key of the object", ANOTHER},
    {"EntityTooLarge", "the object is larger than the bucket allows; raise its limit", ANOTHER},
    {"InvalidMimeType", "the bucket does not allow this type of file", ANOTHER},
};

/* What the gateway says to a key of the old names once those are switched off; it has no code. */
static int says_disabled(const json_t *body) {
    static const char says[] = "Legacy API keys are disabled";
    const char *message = json_string_value(json_object_get(body, "message"));
    return message && !strncasecmp(message, says, sizeof says - 1);
}

refusal refusal_of(const http_response *response, const char **meaning) {
    json_t *body = json_loadb((const char *)response->body.at, response->body.used, 0, NULL);
    const char *code = json_string_value(json_object_get(body, "code"));
    const char *number = json_string_value(json_object_get(body, "statusCode"));
    refusal kind = ANOTHER;
    *meaning = NULL;
    for (size_t i = 0; code && i < sizeof codes / sizeof *codes; i++)
        if (!strcmp(code, codes[i].code)) {
            kind = codes[i].kind;
            *meaning = codes[i].meaning;
        }
    if (!*meaning && response->status == 401 && says_disabled(body)) {
        kind = KEY_REFUSED;
        *meaning =
            "the legacy keys of this project are disabled; set SUPABASE_SECRET_KEY to a secret "
            "key (sb_secret_..., Dashboard, Settings, API Keys)";
    }
    if (!*meaning && number && !strcmp(number, "409"))
        kind = THERE_IS_ONE;
    if (!*meaning && number && !strcmp(number, "404"))
        kind = THERE_IS_NONE;
    if (!*meaning && !number && response->status == 409)
        kind = THERE_IS_ONE;
    json_decref(body);
    return kind;
}
