-- What the towers read, as JSON: the same for the nightly job and for edge functions.  Values are
-- raw (the model's own schema scales them), lists are newest first and hold at most 500 videos.

-- A video as an entry of a user's history.  Plain: it is called up to 1,000 times a user.
create function public.twotower_video_json(id uuid, tags text[], performers text[], maker text, label text,
                                           series text, source text, product_released_at text) returns jsonb
language sql stable as $$
    select pg_catalog.jsonb_build_object(
               'id', $1, 'tags', coalesce($2, '{}'), 'performers', coalesce($3, '{}'), 'maker', $4, 'label', $5,
               'series', $6, 'source', $7, 'product_released_at', $8)
$$;

create function public.twotower_instant(at timestamptz) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- {id, title, tags, performers, maker, label, series, source, product_released_at, as_of,
--  numerics: {price, duration_seconds, release_day}}; null: there is no such video.
create function public.get_item_embedding_features(video_id uuid, as_of timestamptz default now()) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select public.twotower_video_json(v.id, v.tags, v.performers, v.maker, v.label, v.series, v.source,
                                      v.product_released_at) || jsonb_build_object(
               'title', v.title, 'as_of', public.twotower_instant(as_of),
               'numerics', jsonb_build_object(
                   'price', v.price, 'duration_seconds', v.duration_seconds,
                   'release_day', case when v.product_released_at ~ '^\d{4}-\d\d-\d\d'
                                       then left(v.product_released_at, 10)::date - date '1970-01-01' end))
      from public.video_catalogue v where v.id = get_item_embedding_features.video_id
$$;

-- An array of these, ascending by id.
create function public.get_item_embedding_feature_batch("limit" integer, "offset" integer,
                                                 as_of timestamptz default now()) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(jsonb_agg(public.get_item_embedding_features(p.id, as_of) order by p.id), '[]')
      from (select v.id from public.videos v order by v.id limit "limit" offset "offset") p
$$;

-- {user_id, as_of, numerics: {...}, liked: [video...], neutral: [], disliked: [video...]}; null:
-- nothing is known of such a user.  Decisions after `as_of` do not exist; of several on a video
-- the latest counts; skips count for nothing.  Decisions have no stars: mean_stars is null.
-- Of all decisions only the numbers are made; tags and performers are read of the listed videos alone,
-- for all of them at once.
create function public.get_user_embedding_features(user_id uuid, as_of timestamptz default now()) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    with latest as (
        select distinct on (d.video_id) d.video_id, lower(d.decision_type) as type, d.created_at as at,
               floor(extract(epoch from d.created_at)) as second
          from public.user_decisions d
         where d.user_id = get_user_embedding_features.user_id
           and coalesce(d.created_at <= as_of, true)
         order by d.video_id, d.created_at desc nulls last
    ), tasted as (
        select l.video_id, l.type = 'like' as liked, l.second, v.price::double precision as price,
               row_number() over (partition by l.type = 'like' order by l.at desc nulls last, l.video_id) as place,
               coalesce(l.second > floor(extract(epoch from as_of)) - 30 * 86400, false) as recent,
               floor(mod(l.second, 86400) / 60) as minute
          from latest l join public.videos v on v.id = l.video_id
         where l.type in ('like', 'dislike', 'nope')
    ), counted as (
        select count(*) as n, count(*) filter (where liked) as likes,
               count(*) filter (where liked and recent) as likes_30d,
               count(*) filter (where recent) as n_30d,
               min(second) as first, max(second) filter (where liked) as last_like,
               avg(sind(minute::double precision / 4)) filter (where liked) as hour_sin,
               avg(cosd(minute::double precision / 4)) filter (where liked) as hour_cos,
               avg(price) filter (where liked and price > 0) as price_mean,
               percentile_cont(0.5) within group (order by price)
                   filter (where liked and price > 0) as price_median
          from tasted
    ), listed as materialized (
        select t.video_id, t.liked, t.place from tasted t where t.place <= 500
    ), tagged as (
        select t.video_id, array_agg(distinct t.tag order by t.tag) as tags
          from public.video_tag_names t where t.video_id in (select l.video_id from listed l) group by 1
    ), performed as (
        select p.video_id, array_agg(distinct p.performer order by p.performer) as performers
          from public.video_performer_names p where p.video_id in (select l.video_id from listed l) group by 1
    ), histories as (
        select l.liked, jsonb_agg(public.twotower_video_json(v.id, t.tags, p.performers, v.maker, v.label, v.series,
                                                             v.source, v.product_released_at)
                                  order by l.place) as history
          from listed l join public.video_catalogue v on v.id = l.video_id
          left join tagged t on t.video_id = l.video_id left join performed p on p.video_id = l.video_id
         group by 1
    ), known as (
        select floor(extract(epoch from min(p.created_at))) as since, count(*) as profiles
          from public.user_profiles p where p.user_id = get_user_embedding_features.user_id
    )
    select jsonb_build_object(
        'user_id', get_user_embedding_features.user_id,
        'as_of', public.twotower_instant(as_of),
        'numerics', jsonb_build_object(
            'like_ratio', c.likes::double precision / nullif(c.n, 0),
            'dislike_ratio', (c.n - c.likes)::double precision / nullif(c.n, 0),
            'mean_stars', null,
            'review_count', c.n,
            'like_count', c.likes,
            'dislike_count', c.n - c.likes,
            'like_count_30d', c.likes_30d,
            'positive_ratio_30d', c.likes_30d::double precision / nullif(c.n_30d, 0),
            'signup_days', floor((floor(extract(epoch from as_of)) - coalesce(k.since, c.first)) / 86400),
            'account_age_days', floor((floor(extract(epoch from as_of)) - coalesce(k.since, c.first)) / 86400),
            'days_since_last_like', floor((floor(extract(epoch from as_of)) - c.last_like) / 86400),
            'hour_sin', c.hour_sin,
            'hour_cos', c.hour_cos,
            'price_mean', c.price_mean,
            'price_median', c.price_median),
        'liked', coalesce((select h.history from histories h where h.liked), '[]'),
        'neutral', jsonb_build_array(),
        'disliked', coalesce((select h.history from histories h where not h.liked), '[]'))
      from counted c, known k
     where k.profiles > 0 or exists (select from latest)
$$;

-- An array of these, of the users who decided on anything, ascending by id.
create function public.get_user_embedding_feature_batch("limit" integer, "offset" integer,
                                                 as_of timestamptz default now()) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp as $$
    select coalesce(jsonb_agg(public.get_user_embedding_features(p.user_id, as_of) order by p.user_id), '[]')
      from (select distinct d.user_id from public.user_decisions d order by d.user_id
             limit "limit" offset "offset") p
$$;
