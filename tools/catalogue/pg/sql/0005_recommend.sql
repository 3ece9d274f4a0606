-- recommend_videos: the nearest videos of the active version to a user's embedding.

-- What most people liked in the last 30 days; then the newest.  It reads everybody's decisions, and
-- tells anon an order without counts.  At most 1,000 rows to anon, 100,000 to others.
create function public.popular_videos("limit" integer) returns table (video_id uuid, likes bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    with caller as materialized (
        select exists (select from pg_roles r where r.rolname in (current_user, 'service_role', 'authenticated')
                          and pg_has_role(public.twotower_caller(), r.oid, 'usage')) as known
    ), bound as materialized (
        select least(greatest(coalesce("limit", 20), 0), case when known then 100000 else 1000 end) as rows
          from caller
    ), liked as (
        select d.video_id, count(*) as likes
          from public.user_decisions d
         where lower(d.decision_type) = 'like' and d.created_at > now() - interval '30 days'
         group by d.video_id order by count(*) desc, d.video_id limit (select b.rows from bound b)
    ), newest as (
        select v.id, row_number() over (order by v.product_released_at desc nulls last, v.id) as place
          from public.videos v where not exists (select from liked l where l.video_id = v.id)
         order by v.product_released_at desc nulls last, v.id limit (select b.rows from bound b)
    )
    select x.video_id, case when (select c.known from caller c) then x.likes end
      from (select l.video_id, l.likes, 0 as place from liked l
             union all select n.id, 0, n.place from newest n) x
     order by x.likes desc, x.place, x.video_id limit (select b.rows from bound b)
$$;

-- Videos that the user decided on are left out.  `source` is 'embedding' with the cosine as
-- `score`; for a user without an embedding of the active version, or where none is active,
-- 'popular' with the number of likes, or 'newest' with 0.
--
-- Candidates come from the HNSW index, ordered by their exact distance.  Where the index cannot
-- give enough (someone who has seen hundreds, a sparse neighbourhood), every row is compared.
create function public.recommend_videos(user_id uuid, "limit" integer default 20)
returns table (video_id uuid, score double precision, source text, model_version text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    version constant text := public.active_model_version();
    wanted constant integer := least(greatest(coalesce("limit", 20), 0), 1000);
    seen constant uuid[] := array(select d.video_id from public.user_decisions d
                                   where d.user_id = recommend_videos.user_id);
    near constant integer := wanted + cardinality(seen);
    ef constant text := current_setting('hnsw.ef_search', true);
    scans constant text := current_setting('enable_indexscan');
    search text;
    ids uuid[];
    scores double precision[];
begin
    if version is null or not exists (
            select from public.user_embeddings e
             where e.user_id = recommend_videos.user_id and e.model_version = version) then
        return query
            select p.video_id, p.likes::double precision,
                   case when p.likes > 0 then 'popular' else 'newest' end, null::text
              from public.popular_videos(near) p where p.video_id <> all (seen) limit wanted;
        return;
    end if;
    -- The version stands in the text, so that only its partition is planned for.
    search := format($query$
        with near as materialized (
            select e.video_id, e.embedding operator(%1$I.<=>) (
                       select u.embedding from public.user_embeddings u
                        where u.user_id = $1 and u.model_version = %2$L) as distance
              from public.video_embeddings e
             where e.model_version = %2$L
             order by 2 limit $2
        ), best as (
            select n.video_id, n.distance from near n
             where n.video_id <> all ($3) order by n.distance, n.video_id limit $4
        )
        select array_agg(b.video_id order by b.distance, b.video_id),
               array_agg(1 - b.distance order by b.distance, b.video_id) from best b
        $query$, (select n.nspname from pg_type t join pg_namespace n on n.oid = t.typnamespace
                   where t.typname = 'halfvec'), version);
    if near <= 1000 then
        perform set_config('hnsw.ef_search', greatest(near, 40)::text, true);
        execute search into ids, scores using recommend_videos.user_id, near, seen, wanted;
        perform set_config('hnsw.ef_search', coalesce(nullif(ef, ''), '40'), true);
    end if;
    if coalesce(cardinality(ids), 0) < wanted then
        perform set_config('enable_indexscan', 'off', true);
        execute search into ids, scores using recommend_videos.user_id, near, seen, wanted;
        perform set_config('enable_indexscan', scans, true);
    end if;
    return query select r.id, r.score, 'embedding', version from unnest(ids, scores) as r (id, score);
end $$;
