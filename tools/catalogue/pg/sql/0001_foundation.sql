-- The type halfvec, the roles that a Supabase project has, and how rights are given.

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
        execute format('create extension vector with schema %I',
                       case when to_regnamespace('extensions') is null then 'public' else 'extensions' end);
    else
        raise exception 'pgvector is not installed on this server'
            using hint = 'install pgvector 0.7.0 or newer, then migrate again';
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
create function twotower_roles(wanted text[]) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select string_agg(quote_ident(rolname), ', ' order by rolname)
      from pg_roles where rolname = any (wanted)
$$;

-- A table that these roles read, all rows or those that a condition names, and that only
-- service_role writes.
create function twotower_protect(relation regclass, readers text[], visible text default 'true')
returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    writer text := twotower_roles(array['service_role']);
    others text := twotower_roles(array['anon', 'authenticated', 'service_role']);
    reading text := twotower_roles(readers);
begin
    execute format('alter table %s enable row level security', relation);
    execute format('revoke all on table %s from public', relation);
    if others is not null then
        execute format('revoke all on table %s from %s', relation, others);
    end if;
    if reading is not null then
        execute format('grant select on table %s to %s', relation, reading);
        execute format('create policy twotower_read on %s for select to %s using (%s)',
                       relation, reading, visible);
    end if;
    if writer is not null then
        execute format('grant select, insert, update, delete on table %s to %s', relation, writer);
        execute format('create policy twotower_write on %s to %s using (true) with check (true)',
                       relation, writer);
    end if;
end $$;

-- A view that these roles read, with the rights that they have on its tables.
create function twotower_show(relation regclass, readers text[]) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    others text := twotower_roles(array['anon', 'authenticated', 'service_role']);
    reading text := twotower_roles(readers);
begin
    execute format('revoke all on table %s from public', relation);
    if others is not null then
        execute format('revoke all on table %s from %s', relation, others);
    end if;
    if reading is not null then
        execute format('grant select on table %s to %s', relation, reading);
    end if;
end $$;

-- A function that only these roles call, beside its owner.
create function twotower_reserve(routine regprocedure, callers text[]) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    others text := twotower_roles(array['anon', 'authenticated', 'service_role']);
    calling text := twotower_roles(callers);
begin
    execute format('revoke all on function %s from public', routine);
    if others is not null then
        execute format('revoke all on function %s from %s', routine, others);
    end if;
    if calling is not null then
        execute format('grant execute on function %s to %s', routine, calling);
    end if;
end $$;

select twotower_reserve('twotower_roles(text[])', '{}'),
       twotower_reserve('twotower_show(regclass,text[])', '{}'),
       twotower_reserve('twotower_protect(regclass,text[],text)', '{}'),
       twotower_reserve('twotower_reserve(regprocedure,text[])', '{}');

select twotower_protect('public.twotower_migrations', '{}');

-- The user on whose behalf a request of the API comes, as auth.uid() has it; null: none.
create function twotower_request_user() returns uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''),
                    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
$$;
