-- Videos as an ingest brings them.

-- The listings of one call, for the functions below: a temporary table, gone at the end of the
-- transaction.  An array member that a listing lacks is null.
create function public.twotower_take_listings(listings jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    drop table if exists pg_temp.listing;
    create temporary table listing on commit drop as
    select g.*, null::uuid as row_id, false as changed
      from jsonb_to_recordset(listings) as g (
               id uuid, external_id text, product_url text, title text, maker text, label text,
               series text, source text, product_released_at timestamptz, price numeric,
               duration_seconds integer, image_urls text[], tags text[], performers jsonb);
    -- A row without external_id may have come by its address.
    update listing l set row_id = v.id from public.videos v where v.external_id = l.external_id;
    update listing l set row_id = v.id
      from public.videos v
     where l.row_id is null and v.external_id is null and v.product_url = l.product_url;
end $$;

-- What is not the same is written, with the columns that the tables have.
do $$
declare
    listed constant text[] := array['external_id', 'product_url', 'title', 'maker', 'label', 'series',
                                    'source', 'product_released_at', 'price', 'duration_seconds',
                                    'image_urls'];
    sets text;
    differs text;
begin
    select string_agg(format('%1$I = coalesce(l.%1$I::%2$s, v.%1$I)', name, type), ', '),
           string_agg(format('(l.%1$I is not null and v.%1$I is distinct from l.%1$I::%2$s)', name, type), ' or ')
      into sets, differs
      from (select attname::text as name, format_type(atttypid, atttypmod) as type
              from pg_attribute
             where attrelid = 'public.videos'::regclass and attnum > 0 and not attisdropped
               and attname::text = any (listed)) as c;
    execute format($function$
        create function public.twotower_list_rows() returns bigint
        language plpgsql set search_path = pg_catalog, pg_temp as $body$
        declare
            added bigint;
        begin
            insert into public.videos (id, external_id)
            select l.id, l.external_id from listing l where l.row_id is null;
            get diagnostics added = row_count;
            update public.videos v set %1$s from listing l where l.row_id is null and v.id = l.id;
            with written as (
                update public.videos v set %1$s from listing l
                 where v.id = l.row_id and (%2$s)
                returning v.id)
            update listing l set changed = true from written w where l.row_id = w.id;
            return added;
        end $body$
        $function$, sets, differs);
end $$;

-- Tags: names in a table tags, or as text in video_tags.
do $$
declare
    body text;
begin
    if public.twotower_has('public.video_tags', 'tag') then
        body := $body$
            with old as (delete from public.video_tags t using listing l
                          where t.video_id = coalesce(l.row_id, l.id) and l.tags is not null
                            and t.tag <> all (l.tags)
                         returning t.video_id),
                 new as (insert into public.video_tags (video_id, tag)
                         select distinct coalesce(l.row_id, l.id), n.name
                           from listing l, unnest(l.tags) as n (name)
                          where not exists (select from public.video_tags t
                                             where t.video_id = coalesce(l.row_id, l.id) and t.tag = n.name)
                         returning video_id)
            update listing l set changed = true
             where l.row_id in (select video_id from old union all select video_id from new)
        $body$;
    else
        body := $body$
            insert into public.tags (name)
            select distinct n.name from listing l, unnest(l.tags) as n (name)
             where not exists (select from public.tags t where t.name = n.name)
            on conflict do nothing;
            with old as (delete from public.video_tags t using listing l
                          where t.video_id = coalesce(l.row_id, l.id) and l.tags is not null
                            and not exists (select from public.tags n where n.id = t.tag_id and n.name = any (l.tags))
                         returning t.video_id),
                 new as (insert into public.video_tags (video_id, tag_id)
                         select distinct coalesce(l.row_id, l.id), n.id
                           from listing l join public.tags n on n.name = any (l.tags)
                          where not exists (select from public.video_tags t
                                             where t.video_id = coalesce(l.row_id, l.id) and t.tag_id = n.id)
                         returning video_id)
            update listing l set changed = true
             where l.row_id in (select video_id from old union all select video_id from new)
        $body$;
    end if;
    execute format('create function public.twotower_list_tags() returns void language plpgsql
                    set search_path = pg_catalog, pg_temp as %L', 'begin ' || body || '; end');
end $$;

-- Performers: ids of a table performers, or as text in video_performers.
do $$
declare
    known text := '';
    key text := 'performer';
    type text := 'text';
begin
    if public.twotower_has('public.video_performers', 'performer_id') then
        key := 'performer_id';
        type := (select format_type(atttypid, atttypmod) from pg_attribute
                  where attrelid = 'public.video_performers'::regclass and attname = key);
        if to_regclass('public.performers') is not null then
            known := format($body$
                insert into public.performers (id, name)
                select distinct on (p.id) p.id::%1$s, p.name
                  from listing l, jsonb_to_recordset(l.performers) as p (id text, name text)
                 where not exists (select from public.performers o where o.id = p.id::%1$s)
                on conflict do nothing;
            $body$, type);
        end if;
    end if;
    execute format('create function public.twotower_list_performers() returns void language plpgsql
                    set search_path = pg_catalog, pg_temp as %L', format($body$begin
        %1$s
        with wanted as (select distinct coalesce(l.row_id, l.id) as video_id, p.id::%3$s as id
                          from listing l, jsonb_to_recordset(l.performers) as p (id text)),
             old as (delete from public.video_performers t using listing l
                      where t.video_id = coalesce(l.row_id, l.id) and l.performers is not null
                        and not exists (select from wanted w
                                         where w.video_id = t.video_id and w.id = t.%2$I)
                     returning t.video_id),
             new as (insert into public.video_performers (video_id, %2$I)
                     select w.video_id, w.id from wanted w
                      where not exists (select from public.video_performers t
                                         where t.video_id = w.video_id and t.%2$I = w.id)
                     returning video_id)
        update listing l set changed = true
         where l.row_id in (select video_id from old union all select video_id from new);
        end$body$, known, key, type));
end $$;

-- Writes the listings (the form of tools/catalogue/store.h) that are new or differ, and the state of
-- their source; null listings write the state only.
create function public.list_videos(source text, listings jsonb, watermark timestamptz, cursor jsonb)
returns table (added bigint, changed bigint, same bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_variable
begin
    perform public.twotower_admit();
    perform public.twotower_take_listings(coalesce(listings, '[]'));
    added := public.twotower_list_rows();
    perform public.twotower_list_tags();
    perform public.twotower_list_performers();
    insert into public.ingest_state as s (source, watermark, cursor)
    values (list_videos.source, list_videos.watermark, list_videos.cursor)
    on conflict on constraint ingest_state_pkey do update
       set watermark = excluded.watermark, cursor = excluded.cursor, updated_at = now()
     where (s.watermark, s.cursor) is distinct from (excluded.watermark, excluded.cursor);
    select count(*) filter (where l.changed), count(*) filter (where l.row_id is not null and not l.changed)
      into changed, same from listing l;
    return next;
end $$;
