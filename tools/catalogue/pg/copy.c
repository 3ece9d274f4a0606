/* SPDX-License-Identifier: MIT */
#include "catalogue/pg/copy.h"

#include "base/fail.h"
#include "catalogue/pg/cancel.h"
#include "catalogue/pg/connection.h"
#include "catalogue/pg/wire.h"

#include <stdlib.h>
#include <string.h>

/* Signature, flags, length of the extension. */
const unsigned char pg_copy_head[19] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', 0xff, '\r', '\n'};
const unsigned char pg_copy_tail[2] = {0xff, 0xff};

/* ---- Out ---------------------------------------------------------------------------------- */

/* Sends a COPY statement: the connection is then in the state `wanted`. */
static int start(pg *db, const char *sql, ExecStatusType wanted) {
    PGresult *first;
    int status = pg_reconnect(db);
    if (status)
        return status;
    if (!PQsendQuery(db->conn, sql))
        return pg_lost(db);
    status = pg_flush(db);
    if (!status)
        status = pg_result(db, &first);
    if (status)
        return status;
    if (PQresultStatus(first) != wanted) {
        status = pg_refuse(db, first);
        PQclear(first);
        if (db->conn && !pg_result(db, &first))
            PQclear(first);
        return status;
    }
    PQclear(first);
    return 0;
}

/* The result of the statement that a COPY was. */
static int end_of_copy(pg *db) {
    PGresult *result;
    int status = pg_result(db, &result);
    while (!status && result) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            status = pg_refuse(db, result);
        PQclear(result);
        if (!status)
            status = pg_result(db, &result);
    }
    while (status && db->conn && (result = PQgetResult(db->conn)) != NULL)
        PQclear(result);
    return status;
}

static int give_up(pg *db, int status) {
    if (db->conn)
        pg_cancel(db->conn);
    pg_drop(db);
    return status;
}

int pg_copy_out(pg *db, const char *sql, pg_chunk chunk, void *context) {
    int status = start(db, sql, PGRES_COPY_OUT);
    while (!status) {
        char *bytes;
        int len = PQgetCopyData(db->conn, &bytes, 1);
        if (len == -1)
            return end_of_copy(db);
        if (len == -2)
            return pg_lost(db);
        if (len > 0) {
            status = chunk(context, bytes, (size_t)len);
            PQfreemem(bytes);
            if (status)
                return give_up(db, status);
        } else {
            status = pg_wait(db, 0);
            if (!status && !PQconsumeInput(db->conn))
                return pg_lost(db);
        }
    }
    return status;
}

enum { MAX_FIELDS = 24 };

typedef struct rows {
    const pg *db;
    pg_row row;
    void *context;
    int fields, begun;
} rows;

static int malformed(const rows *to) {
    return fail(TW_DATABASE, "%s: cannot %s: the server's binary COPY is not as documented",
                pg_name(to->db), to->db->doing);
}

/* The head comes in the message of the first row; each row in a message of its own. */
static int take_message(void *context, const char *bytes, size_t len) {
    rows *to = context;
    const unsigned char *at = (const unsigned char *)bytes, *end = at + len;
    pg_field field[MAX_FIELDS];
    if (!to->begun) {
        if (len < sizeof pg_copy_head || memcmp(at, pg_copy_head, sizeof pg_copy_head) != 0)
            return malformed(to);
        to->begun = 1;
        at += sizeof pg_copy_head;
        if (at == end)
            return 0;
    }
    if (end - at < 2)
        return malformed(to);
    if (wire_get16(at) == 0xffff)
        return 0;
    if (wire_get16(at) != to->fields)
        return malformed(to);
    at += 2;
    for (int i = 0; i < to->fields; i++) {
        if (end - at < 4)
            return malformed(to);
        uint32_t size = wire_get32(at);
        at += 4;
        field[i] = (pg_field){at, size == UINT32_MAX ? 0 : size, size == UINT32_MAX};
        if (field[i].len > (size_t)(end - at))
            return malformed(to);
        at += field[i].len;
    }
    return to->row(to->context, field);
}

int pg_copy_rows(pg *db, const char *select, int fields, pg_row row, void *context) {
    rows to = {db, row, context, fields, 0};
    char *sql = xasprintf("COPY (%s) TO STDOUT (FORMAT binary)", select);
    int status = pg_copy_out(db, sql, take_message, &to);
    free(sql);
    return status;
}

/* ---- In ----------------------------------------------------------------------------------- */

int pg_copy_begin(pg *db, const char *sql) {
    return start(db, sql, PGRES_COPY_IN);
}

int pg_copy_put(pg *db, const void *bytes, size_t len) {
    enum { PIECE = 1 << 16 }; /* libpq keeps what it cannot send: no more than this */
    const char *at = bytes;
    while (len) {
        int piece = len < PIECE ? (int)len : PIECE;
        if (PQputCopyData(db->conn, at, piece) != 1)
            return pg_lost(db);
        int status = pg_flush(db);
        if (status)
            return status;
        at += piece;
        len -= (size_t)piece;
    }
    return 0;
}

int pg_copy_end(pg *db) {
    if (PQputCopyEnd(db->conn, NULL) != 1)
        return pg_lost(db);
    int status = pg_flush(db);
    return status ? status : end_of_copy(db);
}
