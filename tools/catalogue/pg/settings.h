/* SPDX-License-Identifier: MIT */
/* Where a database is and how it is reached. Texts are borrowed until it is open. */
#ifndef TOOLS_CATALOGUE_PG_SETTINGS_H
#define TOOLS_CATALOGUE_PG_SETTINGS_H

typedef enum pg_writing {
    PG_WRITE_AUTO, /* arrays on the port of a transaction pooler, else COPY */
    PG_WRITE_COPY,
    PG_WRITE_ARRAYS
} pg_writing;

typedef struct pg_settings {
    const char *url;     /* postgresql://..., may hold a secret; NULL: the database of `project` */
    const char *source;  /* what failures call the place of the URL: "--db-url" */
    int url_typed;       /* the user typed it: its own sslmode counts for a remote host too */
    const char *project; /* reference of a Supabase project, or NULL */
    /* The pooler of a project, which has IPv4; NULL: unknown, and 5432 for the port. */
    const char *pooler_host, *pooler_port, *region;
    /* What holds where the URL does not say it; NULL: nothing. The passwords are secrets. */
    const char *project_password, *password, *user;
    const char *host_address;     /* of the host, so that it is not looked up */
    const char *ssl_mode;         /* for a database on this machine */
    const char *root_certificate; /* a file */
    const char *authority;        /* the same as PEM or Base64, where no file is named */
    double timeout;               /* seconds that a statement may take */
    pg_writing writing;           /* how embeddings go in */
} pg_settings;

/* 600 seconds, no database. */
pg_settings pg_settings_default(void);

#endif
