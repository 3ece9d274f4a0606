-- Which model version is served, one row per environment, and the views that follow it.  `previous` has the
-- two that were served before, the newest first: what a rollback goes back to.

create table public.active_release (
    environment text primary key check (environment ~ '^[a-z][a-z0-9-]*$'),
    model_version text not null,
    sequence bigint not null check (sequence > 0),
    manifest_sha256 text check (manifest_sha256 ~ '^[0-9a-f]{64}$'),
    previous text[] not null default '{}',
    activated_at timestamptz not null default now()
);
select public.twotower_protect('public.active_release');

-- Whoever writes it, a row only moves forward, and stays.
create function public.twotower_forward_only() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op <> 'UPDATE' then
        raise exception 'a row of active_release stays; activate another version in its place';
    elsif new.environment <> old.environment or new.sequence <= old.sequence then
        raise exception 'environment % is at sequence %, and only moves forward', old.environment, old.sequence;
    end if;
    return new;
end $$;
create trigger forward_only before update or delete on public.active_release
    for each row execute function public.twotower_forward_only();
create trigger stays before truncate on public.active_release
    for each statement execute function public.twotower_forward_only();

-- Makes a version the active one: 'moved'; 'already', where this very sequence named it before;
-- 'behind', where the environment is farther; 'conflict', where this sequence named another version,
-- or an inventory with another SHA-256.  But for 'moved', nothing has changed.
create function public.activate_release(environment text, model_version text, sequence bigint,
                                 manifest_sha256 text default null) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    part regclass;
    found_row boolean := false;
    answer text;
begin
    perform public.twotower_admit();
    lock table public.active_release in row exclusive mode; -- waits for drop_embedding_partition
    part := public.embedding_partition('video', activate_release.model_version);
    if part is not null then
        execute format('select exists (select from %s)', part) into found_row;
    end if;
    if not found_row then
        raise exception 'there are no video embeddings of version %', activate_release.model_version
            using errcode = 'no_data_found', hint = 'twotower upsert writes them';
    end if;
    insert into public.active_release as a (environment, model_version, sequence, manifest_sha256)
    values (activate_release.environment, activate_release.model_version, activate_release.sequence,
            activate_release.manifest_sha256)
    on conflict (environment) do update
       set model_version = excluded.model_version, sequence = excluded.sequence,
           manifest_sha256 = excluded.manifest_sha256, activated_at = excluded.activated_at,
           previous = (array_remove(array[a.model_version] || array_remove(a.previous, a.model_version),
                                    excluded.model_version))[1:2]
     where a.sequence < excluded.sequence;
    if found then
        return 'moved';
    end if;
    select case when a.sequence > activate_release.sequence then 'behind'
                when a.model_version = activate_release.model_version
                 and coalesce(a.manifest_sha256 = activate_release.manifest_sha256, true) then 'already'
                else 'conflict' end
      into answer from public.active_release a where a.environment = activate_release.environment;
    return answer;
end $$;

-- Removes a version's rows with its partition; never those that an environment serves.
create function public.drop_embedding_partition(kind text, model_version text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    part regclass;
begin
    perform public.twotower_admit();
    part := public.embedding_partition(kind, model_version);
    if part is null then
        return false;
    end if;
    -- An activation that has begun is waited for; one that begins now waits.
    lock table public.active_release in share row exclusive mode;
    if exists (select from public.active_release a where a.model_version = drop_embedding_partition.model_version) then
        raise exception 'version % is being served', model_version
            using errcode = 'object_in_use', hint = 'activate another version first';
    end if;
    execute format('drop table %s', part);
    return true;
end $$;

-- The versions that nobody needs, and what they take on disk: not among the `keep` whose rows were written
-- last, not in `also_kept`, and neither served by an environment nor what it would go back to.  A version
-- without rows may be about to get them, and counts as written last.
create function public.prunable_embeddings(keep integer, also_kept text[] default '{}')
returns table (model_version text, bytes bigint)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    parts text;
begin
    select string_agg(format('select %L as version, (select max(updated_at) from %s) as written,
                                     pg_total_relation_size(%L::regclass) as bytes',
                             p.version, p.part, p.part), ' union all ') into parts
      from (select i.inhrelid::regclass as part,
                   replace(substring(pg_get_expr(c.relpartbound, c.oid) from '^FOR VALUES IN \(''(.*)''\)$'),
                           '''''', '''') as version
              from pg_inherits i join pg_class c on c.oid = i.inhrelid
             where i.inhparent in ('public.video_embeddings'::regclass, 'public.user_embeddings'::regclass)) p
     where p.version is not null;
    if parts is null then
        return;
    end if;
    return query execute format($list$
        select r.version, r.bytes
          from (select p.version, max(p.written) as written, sum(p.bytes)::bigint as bytes,
                       row_number() over (order by max(p.written) desc nulls first, p.version desc) as place
                  from (%s) p group by 1) r
         where r.place > $1 and r.version <> all ($2)
           and not exists (select from public.active_release a
                            where a.model_version = r.version or r.version = any (a.previous))
         order by r.place desc
        $list$, parts) using keep, also_kept;
end $$;

-- The environment that the views and recommend_videos follow, where a database holds several; production,
-- where there is no row.
create table public.served_environment (
    only_row boolean primary key default true check (only_row),
    environment text not null check (environment ~ '^[a-z][a-z0-9-]*$')
);
select public.twotower_protect('public.served_environment');

-- The version that it serves.
create function public.active_model_version() returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select r.model_version from public.active_release r
     where r.environment = coalesce((select s.environment from public.served_environment s), 'production')
$$;

create view public.active_video_embeddings with (security_invoker = true) as
select video_id, embedding, model_version, input_digest, updated_at
  from public.video_embeddings where model_version = public.active_model_version();

create view public.active_user_embeddings with (security_invoker = true) as
select user_id, embedding, model_version, input_digest, updated_at
  from public.user_embeddings where model_version = public.active_model_version();
