#!/bin/sh
# SPDX-License-Identifier: MIT
# Word of a job reaches Discord and Slack, a webhook that is broken fails no job, and its URL is
# never shown.
. tests/cli/lib.sh
. tests/cli/expect.sh
unset DISCORD_WEBHOOK_URL NOTIFY_WEBHOOK_URL GITHUB_WORKFLOW RUN_ID
mkfifo "$work/address"
python3 tests/servers/webhook.py "$work/messages" >"$work/address" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
read -r hook <"$work/address"
cd "$work" || exit 1
secret=s3cr3t-webhook-token

notify() { "$TWOTOWER" notify "$@" >out 2>err; code=$?; cat out err; return $code; }
quiet_about_it() { ! grep -r "$secret" out err; }
message() { # CHECK...: of the last message
    tail -n 1 messages >message.json && expect json message.json "$@"
}
sent() { # COUNT: so many messages came so far
    got=$(wc -l <messages)
    [ "$got" = "$1" ] || { echo "$got messages, wanted $1"; return 1; }
}
warned() { # SENTENCE: of one warning, and the command succeeds
    [ $code = 0 ] && [ "$(wc -l <err)" = 1 ] && grep -q "^warning: $1" err && quiet_about_it ||
        { cat err; return 1; }
}
: >messages

check "no webhook is set: nothing is sent" notify --status success --run-id r1
check "and no webhook was called" sent 0
check "an empty secret is an unset one" env DISCORD_WEBHOOK_URL= NOTIFY_WEBHOOK_URL= "$TWOTOWER" notify --status success
check "and no webhook was called then" sent 0

cat >metrics.json <<'JSON'
{"run_id": "r1", "metrics": {"recall@20": 0.32164, "ndcg@20": 0.25, "map@20": 0.1771, "auc": 0.91},
 "notes": "secret of the notes", "users": 1975, "threshold_passed": true, "baseline_diff": null}
JSON
export DISCORD_WEBHOOK_URL="$hook/ok/$secret"
check "Discord: a job that succeeded" notify --status success --job ml-train-model --run-id r1 \
    --report metrics.json --report not-there.json --link https://github.example/runs/1
check "Discord: one message came" sent 1
check "Discord: its form" message \
    "type == 'application/json'" "set(body) == {'content', 'allowed_mentions'}" \
    "body.allowed_mentions == {'parse': []}"
check "Discord: status, run and key figures" message \
    "body.content.split('\n') == ['ml-train-model: success', 'run r1', 'recall@20 0.3216', 'map@20 0.1771', \
        'auc 0.91', 'users 1975', 'threshold_passed yes', 'https://github.example/runs/1']"
check "Discord: the URL is not shown" quiet_about_it
check "an exit status says what happened" notify --status 1 --job weekly
check "in words" message "body.content == 'weekly: failure (the gate is not met)'"
check "a job that died" notify --status 137 --job weekly
check "in words too" message "body.content == 'weekly: failure (it died)'"
check "exit status 0" notify --status 0
check "is success" message "body.content == 'twotower: success'"
check "names and run come from the environment" env GITHUB_WORKFLOW=nightly RUN_ID=r7 "$TWOTOWER" notify \
    --status cancelled
check "and are told" message "body.content == 'nightly: cancelled\nrun r7'"
long=$(printf 'é%.0s' $(seq 300))
seq 99 | sed "s/.*/\"f&$long\": &,/; 1s/^/{/; \$s/,\$/}/" >long.json
check "a long report" notify --status success --report long.json
check "is cut to what Discord takes" message "900 < len(body.content) <= 2000"
echo '{broken' >broken.json
check "a report that cannot be read keeps no message back" notify --status success --report broken.json
check "and is a warning" grep -q '^warning: broken.json:1' err
count=$(wc -l <messages)

export NOTIFY_WEBHOOK_URL="$hook/slack/$secret"
check "JSON: both webhooks" notify --status failure --job weekly --run-id r2 --report metrics.json
check "JSON: both are called" sent $((count + 2))
check "JSON: the form that Slack and others read" message \
    "text = body.text.split('\n')" \
    "text[:5] == ['weekly: failure', 'run r2', 'recall@20 0.3216', 'map@20 0.1771', 'auc 0.91']" \
    "text[5:] == ['users 1975', 'threshold_passed yes']" "body.job == 'weekly'" "body.status == 'failure'" \
    "body.reason is None" "body.run_id == 'r2'" "body.link is None" \
    "set(body) == {'text', 'job', 'status', 'reason', 'run_id', 'link', 'figures'}" \
    "body.figures == {'recall@20': 0.32164, 'map@20': 0.1771, 'auc': 0.91, 'users': 1975, 'threshold_passed': True}"
unset DISCORD_WEBHOOK_URL
from_file() {
    echo "DISCORD_WEBHOOK_URL=$hook/ok/x" >env &&
        NOTIFY_WEBHOOK_URL="" "$TWOTOWER" notify --status success --env-file env --json | grep '"sent": 1'
}
check "from --env-file" from_file

broken() { # HOW SENTENCE
    NOTIFY_WEBHOOK_URL="$hook/$1/$secret"
    notify --status success >/dev/null
    check "$1: a warning without the URL, and the job is not failed" warned "$2"
}
broken 500 'NOTIFY_WEBHOOK_URL: the webhook answered 500'
broken 404 'NOTIFY_WEBHOOK_URL: the webhook answered 404'
broken cut 'NOTIFY_WEBHOOK_URL: the webhook did not answer'
broken redirect 'NOTIFY_WEBHOOK_URL: the webhook answered 307'
broken wait 'NOTIFY_WEBHOOK_URL: the webhook answered 429'
NOTIFY_WEBHOOK_URL="$hook/busy/$secret"
check "busy: it is tried again after the pause that was asked for" notify --status success
check "busy: and delivered" grep -q '1 sent' out
start=$(date +%s)
for how in hang trickle; do # both at once: each takes its whole time
    NOTIFY_WEBHOOK_URL="$hook/$how/$secret" "$TWOTOWER" notify --status success >$how.out 2>&1 &
    last=$!
    eval "$how=$last"
done
check "hang: is not waited for" wait "$hang"
check "hang: a warning" grep -q '^warning: NOTIFY_WEBHOOK_URL: the webhook did not answer' hang.out
check "trickle: an answer without end is not waited for" wait "$trickle"
took=$(($(date +%s) - start))
check "both within their 15 s ($took s)" test $took -le 120 # the server would take 600, a busy machine some more
hook=http://127.0.0.1:1
broken refused 'NOTIFY_WEBHOOK_URL: the webhook did not answer'
hook=http://hooks.example.com
broken plain 'NOTIFY_WEBHOOK_URL: an https:// URL is expected'
hook=nonsense
broken nonsense 'NOTIFY_WEBHOOK_URL: an https:// URL is expected'
check "no status is a usage error" refused 2 'status is needed' "$TWOTOWER" notify
check "a wrong status too" refused 2 'exit status is expected' "$TWOTOWER" notify --status done
finish
