#!/bin/sh
# peak.sh OUT COMMAND...: runs the command, its output in the file OUT, and prints the most anonymous
# memory that it was seen with (RssAnon) and its peak of all memory (VmHWM), in kB.
out=$1
shift
"$@" >"$out" 2>&1 &
process=$! most=0 resident=0
while kill -0 $process 2>/dev/null; do
    while read -r field size _; do
        case $field in
        RssAnon:) [ "$size" -gt $most ] && most=$size ;;
        VmHWM:) resident=$size ;;
        esac
    done <"/proc/$process/status"
done 2>/dev/null
wait $process || exit
echo "$most $resident"
