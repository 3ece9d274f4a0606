#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts a folder of CSV tables, such as synth writes, into tables that db migrate made.  Tags and
# performers become rows of their own, with an MD5 of the name as their id.
#
#   load.sh URL FOLDER
set -eu
folder=$(cd "$2" && pwd)
psql -qX -v ON_ERROR_STOP=1 "$1" <<SQL
begin;
create temporary table video (id uuid, product_url text, external_id text, title text, price numeric,
    duration_seconds integer, product_released_at timestamp, maker text, label text, series text,
    source text) on commit drop;
create temporary table tag (video_id uuid, tag text) on commit drop;
create temporary table performer (video_id uuid, performer text) on commit drop;
create temporary table person (user_id uuid, created_at timestamptz)
    on commit drop;
create temporary table decision (user_id uuid, video_id uuid, decision_type text, created_at timestamptz)
    on commit drop;
\copy video from '$folder/videos.csv' csv header
\copy tag from '$folder/video_tags.csv' csv header
\copy performer from '$folder/video_performers.csv' csv header
\copy person from '$folder/profiles.csv' csv header
\copy decision from '$folder/user_video_decisions.csv' csv header
insert into videos (id, product_url, external_id, title, price, duration_seconds,
                    product_released_at, maker, label, series, source)
select id, product_url, external_id, title, price, duration_seconds,
       product_released_at at time zone 'UTC', maker, label, series, source from video;
insert into tags (id, name) select distinct md5(tag)::uuid, tag from tag;
insert into performers (id, name) select distinct md5(performer)::uuid, performer from performer;
insert into video_tags select distinct video_id, md5(tag)::uuid from tag join videos on id = video_id;
insert into video_performers
select distinct video_id, md5(performer)::uuid from performer join videos on id = video_id;
insert into profiles select user_id, created_at from person;
insert into user_video_decisions select d.user_id, d.video_id, d.decision_type, d.created_at
  from decision d join videos v on v.id = d.video_id join profiles using (user_id) on conflict do nothing;
commit;
analyze;
SQL
