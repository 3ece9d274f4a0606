-- The type halfvec, the roles that a Supabase project has, and how tables are closed.
-- Names are looked for in pg_catalog alone, in every migration and function: all others are qualified.

do $$
begin
    if current_setting('server_version_num')::int < 150000 then
        raise exception 'Postgres 15 or newer is needed; this is %', current_setting('server_version');
    end if;
    -- A server that has a type of this name has no need of the extension.
    if exists (select from pg_type where typname = 'halfvec') then
        return;
    end if;
    if exists (select from pg_extension where extname = 'vector') then
        alter extension vector update;
    elsif exists (select from pg_available_extensions where name = 'vector') then
        begin
            execute format('create extension vector with schema %I',
                           case when to_regnamespace('extensions') is null then 'public' else 'extensions' end);
        exception when insufficient_privilege then
            raise exception '% may not make the extension vector', current_user
                using hint = 'on Supabase: Dashboard, Database, Extensions, vector; then migrate again';
        end;
    else
        raise exception 'pgvector is not installed on this server'
            using hint = 'on Supabase: Dashboard, Database, Extensions, vector; elsewhere install pgvector 0.7.0 '
                         'or newer; then migrate again';
    end if;
    if not exists (select from pg_type where typname = 'halfvec') then
        raise exception 'pgvector % has no type halfvec',
            (select extversion from pg_extension where extname = 'vector')
            using hint = 'install pgvector 0.7.0 or newer, then migrate again';
    end if;
end $$;

do $$
declare
    role text;
begin
    foreach role in array array['anon', 'authenticated', 'service_role'] loop
        continue when exists (select from pg_roles where rolname = role);
        begin
            execute format('create role %I nologin', role);
        exception
            when duplicate_object or unique_violation then
                null; -- another database of this server was quicker
            when insufficient_privilege then
                raise notice 'there is no role %, and it may not be made here: it gets no rights', role;
        end;
    end loop;
end $$;

-- Those of the given roles that are there, as SQL; empty where none is.
create function public.twotower_roles(wanted text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select string_agg(quote_ident(rolname), ', ' order by rolname)
      from pg_roles where rolname = any (wanted)
$$;

-- Closes a table that is made here to all but its owner and service_role.  Who else reads it, and who
-- calls which function, is said in rights.sql, for all in one place.
create function public.twotower_protect(relation regclass) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    writer text := public.twotower_roles(array['service_role']);
    others text := public.twotower_roles(array['anon', 'authenticated', 'service_role']);
begin
    execute format('alter table %s enable row level security', relation);
    execute format('comment on table %s is %L', relation, 'made by twotower');
    execute format('revoke all on table %s from %s', relation, concat_ws(', ', 'public', others));
    if writer is not null then
        execute format('grant select, insert, update, delete on table %s to %s', relation, writer);
        execute format('create policy twotower_write on %s to %s using (true) with check (true)',
                       relation, writer);
    end if;
end $$;
select public.twotower_protect('public.twotower_migrations');

-- The role that calls: the one that SET ROLE chose, as PostgREST does it, else the one that logged in.
-- In a SECURITY DEFINER function current_user is the owner.
create function public.twotower_caller() returns name
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(nullif(current_setting('role'), 'none')::name, session_user)
$$;

-- Refuses, in a SECURITY DEFINER function, everybody but its owner and service_role: rights that
-- default privileges gave, or a restored dump, are not enough.
create function public.twotower_admit() returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from pg_roles r where r.rolname in (current_user, 'service_role')
                                            and pg_has_role(public.twotower_caller(), r.oid, 'usage')) then
        raise exception 'permission denied: % is neither the owner of this function nor service_role',
            public.twotower_caller() using errcode = 'insufficient_privilege';
    end if;
end $$;

-- The user on whose behalf a request of the API comes, as auth.uid() has it; null: none.
create function public.twotower_request_user() returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
