/* SPDX-License-Identifier: MIT */
#include "base/message.h"

#include <time.h>

typedef struct moment {
    int64_t year;
    int month, day, hour, minute, second;
} moment;

/* Days since 1970-01-01 of a date of the Gregorian calendar, with years that begin
 * in March, so that the leap day is the last one. */
static int64_t days_of(int64_t year, int month, int day) {
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static moment moment_of(int64_t seconds) {
    /* Years 0000 to 9999: what the text has room for. */
    const int64_t first = -62167219200, last = 253402300799;
    seconds = seconds < first ? first : seconds > last ? last : seconds;
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
    moment at;
    at.day = (int)(of_year - (153 * m + 2) / 5 + 1);
    at.month = (int)(m < 10 ? m + 3 : m - 9);
    at.year = y + era * 400 + (at.month <= 2);
    at.hour = (int)(rest / 3600);
    at.minute = (int)(rest / 60 % 60);
    at.second = (int)(rest % 60);
    return at;
}

/* Writes the last `digits` decimal digits of a number. */
static char *put_digits(char *at, int64_t number, int digits) {
    for (int i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

static void put_moment(char *at, int64_t seconds, const char *separators) {
    moment m = moment_of(seconds);
    const int64_t part[6] = {m.year, m.month, m.day, m.hour, m.minute, m.second};
    for (int i = 0; i < 6; i++) {
        at = put_digits(at, part[i], i == 0 ? 4 : 2);
        if (separators[i] != ' ')
            *at++ = separators[i];
    }
    *at = '\0';
}

void instant_format(char text[21], int64_t seconds) {
    put_moment(text, seconds, "--T::Z");
}

void run_id_now(char text[17]) {
    put_moment(text, instant_now(), "  T  Z");
}

int64_t instant_now(void) {
    return (int64_t)time(NULL);
}

/* What is left of a text that is being read. */
typedef struct cursor {
    const char *at, *end;
} cursor;

static int take(cursor *text, char one, char other) {
    if (text->at == text->end || (*text->at != one && *text->at != other))
        return 0;
    text->at++;
    return 1;
}

/* Exactly `digits` digits with a value in [low, high]. */
static int take_number(cursor *text, int digits, int low, int high, int *number) {
    int value = 0;
    for (int i = 0; i < digits; i++, text->at++) {
        if (text->at == text->end || *text->at < '0' || *text->at > '9')
            return 0;
        value = value * 10 + (*text->at - '0');
    }
    *number = value;
    return value >= low && value <= high;
}

static int take_date(cursor *text, moment *m) {
    static const int length[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year;
    if (!take_number(text, 4, 0, 9999, &year) || !take(text, '-', '-') ||
        !take_number(text, 2, 1, 12, &m->month) || !take(text, '-', '-') ||
        !take_number(text, 2, 1, length[m->month], &m->day))
        return 0;
    m->year = year;
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return m->month != 2 || m->day < 29 || leap;
}

/* hh:mm, hh:mm:ss or hh:mm:ss.fraction; a leap second is the second after it. */
static int take_time(cursor *text, moment *m) {
    if (!take_number(text, 2, 0, 23, &m->hour) || !take(text, ':', ':') ||
        !take_number(text, 2, 0, 59, &m->minute))
        return 0;
    if (!take(text, ':', ':'))
        return 1;
    if (!take_number(text, 2, 0, 60, &m->second))
        return 0;
    if (!take(text, '.', ','))
        return 1;
    const char *from = text->at;
    while (text->at != text->end && *text->at >= '0' && *text->at <= '9')
        text->at++;
    return text->at != from;
}

/* Nothing, Z, +hh, +hhmm or +hh:mm. */
static int take_offset(cursor *text, int64_t *offset) {
    int hours = 0, minutes = 0;
    *offset = 0;
    if (text->at == text->end || take(text, 'Z', 'z'))
        return 1;
    int sign = *text->at == '-' ? -1 : 1;
    if (!take(text, '+', '-') || !take_number(text, 2, 0, 23, &hours))
        return 0;
    if (text->at != text->end) {
        take(text, ':', ':');
        if (!take_number(text, 2, 0, 59, &minutes))
            return 0;
    }
    *offset = sign * (hours * 3600 + minutes * 60);
    return 1;
}

int instant_parse(const char *text, size_t len, int64_t *seconds) {
    cursor rest = {text, text + len};
    moment m = {0, 0, 0, 0, 0, 0};
    int64_t offset = 0;
    if (!take_date(&rest, &m))
        return -1;
    if (rest.at != rest.end) {
        if (!take(&rest, 'T', ' ') && !take(&rest, 't', 't'))
            return -1;
        if (!take_time(&rest, &m) || !take_offset(&rest, &offset) || rest.at != rest.end)
            return -1;
    }
    *seconds =
        days_of(m.year, m.month, m.day) * 86400 + m.hour * 3600 + m.minute * 60 + m.second - offset;
    return 0;
}
