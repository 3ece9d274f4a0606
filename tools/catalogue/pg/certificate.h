/* SPDX-License-Identifier: MIT */
/* SUPABASE_CA_CERT: a certificate in a variable becomes a file that libpq can read. */
#ifndef TOOLS_CATALOGUE_PG_CERTIFICATE_H
#define TOOLS_CATALOGUE_PG_CERTIFICATE_H

/* Writes the certificate (PEM, or Base64 of PEM) into a temporary file that only its
 * owner may read (0600); *path is the caller's to remove (temporary_remove) and free.
 * Fails with TW_INPUT where it is no certificate, TW_IO. */
int pg_certificate_write(char **path, const char *text);

#endif
