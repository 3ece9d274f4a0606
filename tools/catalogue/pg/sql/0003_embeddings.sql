-- video_embeddings and user_embeddings: list partitions by model_version, so that rows of two
-- models never stand in one table, nor in one index.  There is no default partition: a program
-- that writes a version nobody announced is refused.  Tables of that name that are there already
-- are moved, every row of them, in the transaction of this migration.
--
-- The dimension comes from the setting twotower.embedding_dim of the transaction.

-- halfvec, with its schema.  A halfvec that takes no dimension is one made for tests.
create function public.twotower_halfvec(dim integer) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select format('%I.halfvec%s', n.nspname, case when t.typmodin = 0 then '' else '(' || dim || ')' end)
      from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.typname = 'halfvec'
$$;

-- The table of a kind.
create function public.twotower_embedding_table(kind text) returns regclass
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
    if kind not in ('video', 'user') then
        raise exception 'the kind of embeddings is video or user, not %', quote_nullable(kind)
            using errcode = 'invalid_parameter_value';
    end if;
    return format('public.%I', kind || '_embeddings')::regclass;
end $$;

-- The partition of a version, or null.  Postgres writes a backslash of the version as it is: no %L.
create function public.embedding_partition(kind text, model_version text) returns regclass
language sql stable set search_path = pg_catalog, pg_temp as $$
    select c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = public.twotower_embedding_table(kind)
       and pg_get_expr(c.relpartbound, c.oid) =
           'FOR VALUES IN (''' || replace(model_version, '''', '''''') || ''')'
$$;

-- Makes the partition of a version where there is none, and returns its name.  It is best called
-- in a transaction of its own, before the rows are written: readers of other versions go on
-- while it runs, writers of videos and profiles wait until its transaction ends.
create function public.create_embedding_partition(kind text, model_version text, dim integer) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    parent regclass := public.twotower_embedding_table(kind);
    declared integer := (select atttypmod from pg_attribute
                          where attrelid = parent and attname = 'embedding');
    part regclass;
    name text;
begin
    perform public.twotower_admit();
    if coalesce(model_version, '') = '' or dim is null or dim < 1 then
        raise exception 'a model version and its dimension are expected'
            using errcode = 'invalid_parameter_value';
    elsif declared > 0 and declared <> dim then
        raise exception 'embeddings of % dimensions do not fit into %, which holds %', dim, parent, declared
            using errcode = 'data_exception', hint = 'twotower db migrate --embedding-dim made these tables';
    end if;
    perform pg_advisory_xact_lock(hashtextextended(format('twotower %s %s', kind, model_version), 0));
    part := public.embedding_partition(kind, model_version);
    if part is not null then
        return (select quote_ident(relname) from pg_class where oid = part);
    end if;
    name := format('%s_embeddings_%s', kind, case when model_version ~ '^[A-Za-z0-9._-]{1,40}$' then model_version
                                         else md5(model_version) end);
    execute format('create table public.%I (like %s including all)', name, parent);
    part := format('public.%I', name)::regclass;
    perform public.twotower_protect(part);
    execute format('alter table %s attach partition %s for values in (%L)', parent, part, model_version);
    return quote_ident(name);
end $$;

-- Builds the index that finds the nearest videos of a version, in place of an unfinished one.
create function public.index_embedding_partition(model_version text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    part regclass;
    unfinished regclass;
    operators text;
begin
    perform public.twotower_admit();
    part := public.embedding_partition('video', model_version);
    if part is null then
        raise exception 'there are no video embeddings of version %', model_version
            using errcode = 'no_data_found', hint = 'twotower upsert writes them';
    end if;
    for unfinished in select x.indexrelid from pg_index x join pg_class c on c.oid = x.indexrelid
                        join pg_am m on m.oid = c.relam
                       where x.indrelid = part and m.amname = 'hnsw' and not x.indisvalid loop
        execute format('drop index %s', unfinished);
    end loop;
    select format('%I.%I', n.nspname, t.typname || '_cosine_ops') into operators
      from pg_attribute a join pg_type t on t.oid = a.atttypid join pg_namespace n on n.oid = t.typnamespace
     where a.attrelid = part and a.attname = 'embedding';
    execute format('create index on %s using hnsw (embedding %s)', part, operators);
end $$;

-- Makes a table, and moves the rows of the one that has its name.  `owner`: what the key refers to; null:
-- nothing, since an application may keep decisions of users who have no profile.
create function public.twotower_make_embeddings(kind text, key text, owner regclass, dim integer) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    name text := kind || '_embeddings';
    old regclass := to_regclass(format('public.%I', name));
begin
    if old is not null then
        if (select relkind from pg_class where oid = old) <> 'r' then
            raise exception '% is there already and is no plain table', name
                using hint = 'rename it, then migrate again';
        end if;
        execute format('alter table %s rename to %I', old, name || '_adopted');
    end if;
    execute format($table$
        create table public.%I (
            %I uuid not null %s,
            model_version text not null,
            embedding %s not null,
            input_digest text check (input_digest ~ '^[0-9a-f]{16}$'),
            updated_at timestamptz not null default now()
        ) partition by list (model_version)
        $table$, name, key, case when owner is not null then
                format('references %s (%I) on delete cascade', owner, public.twotower_key(owner)) end, public.twotower_halfvec(dim));
    if old is not null then
        perform public.twotower_adopt(kind, key, owner, old, dim);
    end if;
    execute format('alter table public.%I add constraint %I primary key (%I, model_version)',
                   name, name || '_pkey', key);
end $$;

-- Moves every row.  What cannot be in the new table (no such video or user, no vector, another
-- dimension, a second row of one key) goes to a table beside it.
create function public.twotower_adopt(kind text, key text, owner regclass, old regclass, dim integer)
returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    name text := kind || '_embeddings';
    version text := case when public.twotower_has(old, 'model_version')
                         then 'coalesce(nullif(o.model_version::text, ''''), ''legacy'')'
                         else '''legacy''' end;
    updated text := format('coalesce(%s now())', concat(
        case when public.twotower_has(old, 'updated_at') then 'o.updated_at, ' end,
        case when public.twotower_has(old, 'created_at') then 'o.created_at, ' end));
    declared integer;
    type text;
    one text;
    before bigint;
    moved bigint;
    kept bigint := 0;
    readers text;
begin
    select t.typname, a.atttypmod into type, declared
      from pg_attribute a join pg_type t on t.oid = a.atttypid
     where a.attrelid = old and a.attname = 'embedding' and not a.attisdropped;
    if type is null or not public.twotower_has(old, key) then
        raise exception '% has no columns % and embedding', name, key
            using hint = 'rename the table, then migrate again';
    elsif declared > 0 and declared <> dim then
        raise exception '% holds vectors of % dimensions, where % are asked for', name, declared, dim
            using hint = format('migrate with --embedding-dim %s', declared);
    end if;
    execute format($kept$
        create temporary table twotower_kept on commit drop as
        select distinct on (x.key, x.version) x.place, x.key, x.version, x.updated
          from (select o.ctid as place, o.%1$I as key, %2$s as version, %3$s as updated
                  from %4$s o %5$s
                 where o.embedding is not null and o.%1$I is not null %6$s) x
         order by x.key, x.version, x.updated desc, x.place desc
        $kept$, key, version, updated, old,
        case when owner is not null then
            format('join %s w on w.%I = o.%I', owner, public.twotower_key(owner), key) end,
        case when declared < 0 and type in ('vector', 'halfvec')
                  and (select typmodin <> 0 from pg_type where typname = 'halfvec')
             then format('and %s(o.embedding) = %s',
                         (select p.oid::regproc from pg_proc p
                           where p.proname = 'vector_dims' and p.proargtypes[0]::regtype::text ~ type limit 1), dim)
        end);
    for one in select distinct k.version from twotower_kept k loop
        perform public.create_embedding_partition(kind, one, dim);
    end loop;
    execute format($move$
        insert into public.%I (%I, model_version, embedding, updated_at)
        select k.key, k.version, o.embedding::%s, k.updated
          from twotower_kept k join %s o on o.ctid = k.place
        $move$, name, key, public.twotower_halfvec(dim), old);
    get diagnostics moved = row_count;
    execute format('select count(*) from %s', old) into before;
    if moved < before then
        execute format($rest$
            create table public.%I as
            select o.* from %s o where not exists (select from twotower_kept k where k.place = o.ctid)
            $rest$, name || '_unmatched', old);
        get diagnostics kept = row_count;
        perform public.twotower_protect(format('public.%I', name || '_unmatched'));
        raise notice '% rows of % name nothing that is there, or have no fitting vector: they are in %_unmatched',
            kept, name, name;
    end if;
    if moved + kept <> before then
        raise exception '% of % rows of % were moved', moved + kept, before, name;
    end if;
    raise notice '% rows of % were moved', moved, name;
    drop table twotower_kept;
    begin
        execute format('drop table %s', old);
    exception when dependent_objects_still_exist then
        get stacked diagnostics readers = pg_exception_detail;
        raise exception 'objects that name % cannot follow its rows: %', name, readers
            using hint = 'drop them, migrate, and make them again';
    end;
end $$;

select public.twotower_make_embeddings('video', 'video_id', 'public.videos',
                                current_setting('twotower.embedding_dim')::int),
       public.twotower_make_embeddings('user', 'user_id', null,
                                current_setting('twotower.embedding_dim')::int);
drop function public.twotower_make_embeddings(text, text, regclass, integer);
drop function public.twotower_adopt(text, text, regclass, regclass, integer);

select public.twotower_protect('public.video_embeddings'),
       public.twotower_protect('public.user_embeddings');

-- A profile takes its vectors along.
create function public.twotower_profile_gone() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    execute format('delete from public.user_embeddings e using gone g where e.user_id = g.%I',
                   public.twotower_key('public.profiles'));
    return null;
end $$;
create trigger twotower_profile_gone after delete on public.profiles referencing old table as gone
    for each statement execute function public.twotower_profile_gone();

-- Deletes the vectors of users who have neither a profile nor a decision any more; returns how many.
-- Where there is nobody at all, the rows are rather hidden from its owner than gone.
create function public.forget_unknown_users() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    removed bigint;
begin
    perform public.twotower_admit();
    if not exists (select from public.user_profiles) and not exists (select from public.user_decisions) then
        return 0;
    end if;
    delete from public.user_embeddings e
     where not exists (select from public.user_profiles p where p.user_id = e.user_id)
       and not exists (select from public.user_decisions d where d.user_id = e.user_id);
    get diagnostics removed = row_count;
    return removed;
end $$;

-- Removes all that is held of one user, and returns how many rows of each table that were.
create function public.forget_user(user_id uuid) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    embeddings bigint;
    decisions bigint;
    profiles bigint;
begin
    perform public.twotower_admit();
    delete from public.user_embeddings e where e.user_id = forget_user.user_id;
    get diagnostics embeddings = row_count;
    delete from public.user_video_decisions d where d.user_id = forget_user.user_id;
    get diagnostics decisions = row_count;
    execute format('delete from public.profiles where %I = $1', public.twotower_key('public.profiles'))
      using forget_user.user_id;
    get diagnostics profiles = row_count;
    return jsonb_build_object('embeddings', embeddings, 'decisions', decisions, 'profiles', profiles);
end $$;
