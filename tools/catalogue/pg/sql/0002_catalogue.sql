-- Videos, tags, performers, decisions and profiles.  Tables that are there already stay as
-- they are but for columns that are added; only tables made here are given rights and policies.
-- All reading goes through three views, which are the same for either.

-- The single column of a table's primary key; fails where it is none, or no uuid.
create function public.twotower_key(relation regclass) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
    name text;
    type regtype;
begin
    select a.attname, a.atttypid into name, type
      from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
     where i.indrelid = relation and i.indisprimary and i.indnkeyatts = 1;
    if name is null then
        raise exception 'table % has no primary key of one column', relation;
    elsif type <> 'uuid'::regtype then
        raise exception 'column %.% is %, where uuid is expected', relation, name, type;
    end if;
    return name;
end $$;

-- Has a table a column of that name?
create function public.twotower_has(relation regclass, name text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
    select exists (select from pg_attribute
                    where attrelid = relation and attname = name and attnum > 0 and not attisdropped)
$$;

do $$
begin
    if to_regclass('public.videos') is null then
        create table public.videos (
            id uuid primary key default gen_random_uuid(),
            created_at timestamptz not null default now()
        );
        perform public.twotower_protect('public.videos');
    elsif public.twotower_key('public.videos') <> 'id' then
        raise exception 'the primary key of videos is %, where id is expected', public.twotower_key('public.videos');
    end if;
    alter table public.videos
        add column if not exists external_id text,
        add column if not exists product_url text,
        add column if not exists title text,
        add column if not exists description text,
        add column if not exists maker text,
        add column if not exists label text,
        add column if not exists series text,
        add column if not exists source text,
        add column if not exists image_urls text[],
        add column if not exists price numeric,
        add column if not exists duration_seconds integer,
        add column if not exists distribution_started_at timestamptz,
        add column if not exists product_released_at timestamptz,
        add column if not exists published_at timestamptz;
    create unique index if not exists videos_external_id_key on public.videos (external_id);
    create index if not exists videos_product_url_idx on public.videos (product_url);

    if to_regclass('public.video_tags') is null then
        if to_regclass('public.tags') is null then
            create table public.tags (
                id uuid primary key default gen_random_uuid(),
                name text not null unique
            );
            perform public.twotower_protect('public.tags');
        end if;
        create table public.video_tags (
            video_id uuid not null references public.videos on delete cascade,
            tag_id uuid not null references public.tags on delete cascade,
            primary key (video_id, tag_id)
        );
        create index on public.video_tags (tag_id);
        perform public.twotower_protect('public.video_tags');
    end if;

    if to_regclass('public.video_performers') is null then
        if to_regclass('public.performers') is null then
            create table public.performers (
                id uuid primary key default gen_random_uuid(),
                name text not null
            );
            perform public.twotower_protect('public.performers');
        end if;
        create table public.video_performers (
            video_id uuid not null references public.videos on delete cascade,
            performer_id uuid not null references public.performers on delete cascade,
            primary key (video_id, performer_id)
        );
        create index on public.video_performers (performer_id);
        perform public.twotower_protect('public.video_performers');
    end if;
end $$;

do $$
begin
    if to_regclass('public.profiles') is null then
        create table public.profiles (
            user_id uuid primary key default gen_random_uuid(),
            created_at timestamptz not null default now()
        );
        perform public.twotower_protect('public.profiles');
    end if;
    if to_regclass('public.user_video_decisions') is null then
        execute format($table$
            create table public.user_video_decisions (
                user_id uuid not null references public.profiles (%I) on delete cascade,
                video_id uuid not null references public.videos on delete cascade,
                decision_type text not null
                    check (lower(decision_type) in ('like', 'dislike', 'nope', 'skip')),
                created_at timestamptz not null default now(),
                primary key (user_id, video_id)
            )$table$, public.twotower_key('public.profiles'));
        create index on public.user_video_decisions (video_id);
        create index on public.user_video_decisions (created_at);
        perform public.twotower_protect('public.user_video_decisions');
    end if;
end $$;

-- ---- What is read ----------------------------------------------------------------------

-- video_catalogue: a row per video; tags (names) and performers (ids) are ascending by
-- bytes, without duplicates; product_released_at is the UTC date, as text.  video_tag_names and
-- video_performer_names: a row per tag and performer of a video, for reading those of many videos.
do $$
declare
    tags text;
    tag text;
    performer text;
    released text;
begin
    if public.twotower_has('public.video_tags', 'tag') then
        tag := 't.tag::text collate "C"';
        tags := 'public.video_tags t';
    elsif public.twotower_has('public.video_tags', 'tag_id') and to_regclass('public.tags') is not null then
        -- by the key of tags, a few rows a video: a join would read all of them for each
        tag := '(select n.name::text collate "C" from public.tags n where n.id = t.tag_id)';
        tags := '(select t.video_id, n.name as tag from public.video_tags t join public.tags n on n.id = t.tag_id) t';
    end if;
    performer := case
        when public.twotower_has('public.video_performers', 'performer_id') then 'p.performer_id::text collate "C"'
        when public.twotower_has('public.video_performers', 'performer') then 'p.performer::text collate "C"'
    end;
    if tag is null then
        raise exception 'video_tags has neither a column tag nor a column tag_id with a table tags';
    elsif performer is null then
        raise exception 'video_performers has neither a column performer_id nor a column performer';
    end if;
    select case format_type(atttypid, atttypmod)
               when 'timestamp with time zone' then
                   'to_char(v.product_released_at at time zone ''UTC'', ''YYYY-MM-DD'')'
               when 'text' then 'v.product_released_at'
               else 'to_char(v.product_released_at, ''YYYY-MM-DD'')'
           end into released
      from pg_attribute
     where attrelid = 'public.videos'::regclass and attname = 'product_released_at';
    execute format($view$
        create view public.video_catalogue with (security_invoker = true) as
        select v.id, v.product_url::text, v.external_id::text, v.title::text, v.maker::text,
               v.label::text, v.series::text, v.source::text, %s as product_released_at,
               v.price::double precision, v.duration_seconds::double precision,
               array(select distinct x.tag
                       from (select %s from public.video_tags t where t.video_id = v.id offset 0) as x (tag)
                      where x.tag <> '' order by 1) as tags,
               array(select distinct x.performer
                       from (select %s from public.video_performers p where p.video_id = v.id) as x (performer)
                      where x.performer <> '' order by 1) as performers
          from public.videos v
        $view$, released, tag, performer);
    execute format($view$
        create view public.video_tag_names with (security_invoker = true) as
        select t.video_id, t.tag::text collate "C" as tag from %s where t.tag <> ''
        $view$, tags);
    execute format($view$
        create view public.video_performer_names with (security_invoker = true) as
        select * from (select p.video_id, %s as performer from public.video_performers p) x where performer <> ''
        $view$, performer);
end $$;

-- user_decisions and user_profiles: the same columns whatever the tables call them.
do $$
begin
    execute format($view$
        create view public.user_decisions with (security_invoker = true) as
        select user_id, video_id, decision_type::text, %s as created_at
          from public.user_video_decisions
        $view$, case when public.twotower_has('public.user_video_decisions', 'created_at')
                     then 'created_at::timestamptz' else 'null::timestamptz' end);
    execute format($view$
        create view public.user_profiles with (security_invoker = true) as
        select %I as user_id, %s as created_at from public.profiles
        $view$, public.twotower_key('public.profiles'),
        case when public.twotower_has('public.profiles', 'created_at')
             then 'created_at::timestamptz' else 'null::timestamptz' end);
end $$;
