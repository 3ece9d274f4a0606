-- What every function, table, partition and view of the migrations is meant to be, and each difference
-- from it: (verdict of catalogue/pg/check.h, what is different, the statement that closes it or null).
-- db check tells the texts, db migrate runs the statements.  Objects that are not there are passed over.
with
meant_function (name, types, callers, definer) as (values
    ('activate_release', 'text,text,int8,text', '{service_role}'::text[], true),
    ('active_model_version', '', '{anon,authenticated,service_role}', false),
    ('check_job', 'text,text,int8', '{service_role}', true),
    ('create_embedding_partition', 'text,text,int4', '{service_role}', true),
    ('drop_embedding_partition', 'text,text', '{service_role}', true),
    ('embedding_partition', 'text,text', '{service_role}', false),
    ('forget_unknown_users', '', '{service_role}', true),
    ('forget_user', 'uuid', '{service_role}', true),
    ('get_item_embedding_feature_batch', 'int4,int4,timestamptz', '{service_role}', false),
    ('get_item_embedding_features', 'uuid,timestamptz', '{anon,authenticated,service_role}', false),
    ('get_user_embedding_feature_batch', 'int4,int4,timestamptz', '{service_role}', false),
    ('get_user_embedding_features', 'uuid,timestamptz', '{authenticated,service_role}', false),
    ('job_release', 'text,text,int8', '{service_role}', true),
    ('index_embedding_partition', 'text', '{service_role}', true),
    ('job_holder', 'text,text', '{service_role}', true),
    ('list_videos', 'text,jsonb,timestamptz,jsonb', '{service_role}', true),
    ('popular_videos', 'int4', '{anon,authenticated,service_role}', true),
    ('prunable_embeddings', 'int4,_text', '{service_role}', false),
    ('recommend_videos', 'uuid,int4', '{authenticated,service_role}', false),
    ('save_user_embedding', 'uuid,text,_float4,text,bool', '{service_role}', true),
    ('job_acquire', 'text,text,text,float8', '{service_role}', true),
    ('twotower_admit', '', '{}', false),
    ('twotower_caller', '', '{}', false),
    ('twotower_embedding_table', 'text', '{service_role}', false),
    ('twotower_forward_only', '', '{}', false),
    ('twotower_halfvec', 'int4', '{}', false),
    ('twotower_has', 'regclass,text', '{}', false),
    ('twotower_instant', 'timestamptz', '{anon,authenticated,service_role}', false),
    ('twotower_key', 'regclass', '{}', false),
    ('twotower_list_performers', '', '{}', false),
    ('twotower_list_rows', '', '{}', false),
    ('twotower_list_tags', '', '{}', false),
    ('twotower_profile_gone', '', '{}', true),
    ('twotower_protect', 'regclass', '{}', false),
    ('twotower_request_user', '', '{anon,authenticated,service_role}', false),
    ('twotower_roles', '_text', '{}', false),
    ('twotower_take_listings', 'jsonb', '{}', false),
    ('twotower_video_json', 'uuid,_text,_text,text,text,text,text,text', '{anon,authenticated,service_role}', false)
),
-- kind t: a table that only service_role writes; p: the same, with partitions, which nobody else reads;
-- s: a table that the application writes too, meant only where it was made here; v: a view.
meant_relation (name, kind, readers, visible) as (values
    ('active_release', 't', '{anon,authenticated}'::text[], 'true'),
    ('ingest_state', 't', '{}', 'true'),
    ('job_lock', 't', '{}', 'true'),
    ('served_environment', 't', '{anon,authenticated}', 'true'),
    ('twotower_migrations', 't', '{}', 'true'),
    ('user_embeddings', 'p', '{authenticated}', '(user_id = public.twotower_request_user())'),
    ('user_embeddings_unmatched', 't', '{}', 'true'),
    ('video_embeddings', 'p', '{anon,authenticated}', 'true'),
    ('video_embeddings_unmatched', 't', '{}', 'true'),
    ('performers', 's', '{anon,authenticated}', 'true'),
    ('profiles', 's', '{authenticated}', '(user_id = public.twotower_request_user())'),
    ('tags', 's', '{anon,authenticated}', 'true'),
    ('user_video_decisions', 's', '{authenticated}', '(user_id = public.twotower_request_user())'),
    ('video_performers', 's', '{anon,authenticated}', 'true'),
    ('video_tags', 's', '{anon,authenticated}', 'true'),
    ('videos', 's', '{anon,authenticated}', 'true'),
    ('active_user_embeddings', 'v', '{authenticated,service_role}', null),
    ('active_video_embeddings', 'v', '{anon,authenticated,service_role}', null),
    ('user_decisions', 'v', '{authenticated,service_role}', null),
    ('user_profiles', 'v', '{authenticated,service_role}', null),
    ('video_catalogue', 'v', '{anon,authenticated,service_role}', null),
    ('video_performer_names', 'v', '{anon,authenticated,service_role}', null),
    ('video_tag_names', 'v', '{anon,authenticated,service_role}', null)
),
role (oid, name, sql) as (
    select oid, rolname::text, quote_ident(rolname)
      from pg_roles where rolname in ('anon', 'authenticated', 'service_role')
    union all select 0, 'PUBLIC', 'public'
),
-- Everything belongs to whoever migrated.
home as (
    select relowner as owner, relnamespace as oid
      from pg_class where oid = to_regclass('public.twotower_migrations')
),
-- ---- What is there -----------------------------------------------------------------------------
function as (
    select p.oid, p.proowner as owner, p.proacl as acl, p.prosecdef, p.proconfig, m.callers, m.definer,
           p.oid::regprocedure::text as object
      from meant_function m cross join home h
      join pg_proc p on p.proname = m.name and p.pronamespace = h.oid
       and m.types = coalesce((select string_agg(t.typname, ',' order by a.place)
                                 from unnest(p.proargtypes) with ordinality as a (type, place)
                                 join pg_type t on t.oid = a.type), '')
),
relation as (
    select c.oid, c.relowner as owner, c.relacl as acl, c.relrowsecurity, c.reloptions, m.kind, m.readers,
           m.visible, c.oid::regclass::text as object
      from meant_relation m cross join home h
      join pg_class c on c.relname = m.name and c.relnamespace = h.oid
       and c.relkind = any (case m.kind when 'v' then '{v}' else '{r,p}' end::"char"[])
     where m.kind <> 's' or obj_description(c.oid, 'pg_class') = 'made by twotower'
    union all
    select c.oid, c.relowner, c.relacl, c.relrowsecurity, c.reloptions, 't', '{}', 'true', c.oid::regclass::text
      from meant_relation m cross join home h
      join pg_class whole on whole.relname = m.name and whole.relnamespace = h.oid
      join pg_inherits i on i.inhparent = whole.oid
      join pg_class c on c.oid = i.inhrelid
     where m.kind = 'p'
),
object (oid, owner, what, object) as (
    select oid, owner, 'function', object from function
    union all select oid, owner, 'table', object from relation
),
given (oid, grantee, privilege) as (
    select f.oid, a.grantee, a.privilege_type
      from function f, aclexplode(coalesce(f.acl, acldefault('f', f.owner))) as a
    union
    select r.oid, a.grantee, a.privilege_type
      from relation r, aclexplode(coalesce(r.acl, acldefault('r', r.owner))) as a
    union
    select r.oid, a.grantee, a.privilege_type
      from relation r join pg_attribute c on c.attrelid = r.oid, aclexplode(c.attacl) as a
),
meant (oid, grantee, privilege) as (
    select f.oid, r.oid, 'EXECUTE' from function f join role r on r.name = any (f.callers)
    union
    select t.oid, r.oid, 'SELECT' from relation t join role r on r.name = any (t.readers)
    union
    select t.oid, r.oid, p.privilege
      from relation t join role r on r.name = 'service_role',
           unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) as p (privilege)
     where t.kind <> 'v'
),
-- What the application gave together with a policy of its own.
tolerated (oid, grantee, privilege) as (
    select t.oid, r.oid, p.privilege
      from relation t join pg_policy o on o.polrelid = t.oid and o.polpermissive and o.polname !~ '^twotower_'
      join role r on r.oid = any (o.polroles) or o.polroles = '{0}'
      join (values ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) as p (letter, privilege)
        on o.polcmd in ('*', p.letter::"char")
     where t.kind = 's'
),
changed (oid, grantee, more, privileges) as (
    select x.oid, x.grantee, true, string_agg(x.privilege, ', ' order by x.privilege)
      from (select * from given except select * from meant except select * from tolerated) x
     group by x.oid, x.grantee
    union all
    select x.oid, x.grantee, false, string_agg(x.privilege, ', ' order by x.privilege)
      from (select * from meant except select * from given) x
     group by x.oid, x.grantee
),
policy (oid, object, name, cmd, roles, visible, checked, remedy) as (
    select t.oid, t.object, 'twotower_read', 'r', p.roles, t.visible, null,
           format('create policy twotower_read on %s for select to %s using (%s)', t.object,
                  p.list, t.visible)
      from relation t, lateral (select array_agg(r.oid order by r.oid) as roles,
                                       string_agg(r.sql, ', ' order by r.name) as list
                                  from role r where r.name = any (t.readers)) p
     where t.kind <> 'v' and p.roles is not null
    union all
    select t.oid, t.object, 'twotower_write', '*', array[r.oid], 'true', 'true',
           format('create policy twotower_write on %s to %s using (true) with check (true)', t.object, r.sql)
      from relation t join role r on r.name = 'service_role' where t.kind <> 'v'
),
-- Names in public and those of the type halfvec are needed by whoever calls.
schema (oid, name) as (
    select n.oid, n.nspname from pg_namespace n
     where n.oid in (select h.oid from home h union select typnamespace from pg_type where typname = 'halfvec')
),
-- ---- What is different -----------------------------------------------------------------------------
different (verdict, object, text, remedy) as (
    select 'm', o.object,
           format('%s may%s %s %s', r.name, case when not c.more then ' not' end, c.privileges, o.object),
           format('%s %s on %s %s %s %s', case when c.more then 'revoke' else 'grant' end, c.privileges, o.what,
                  o.object, case when c.more then 'from' else 'to' end, r.sql)
      from changed c join object o using (oid) join role r on r.oid = c.grantee
     where c.grantee <> o.owner
    union all
    select 'm', o.object, format('%s belongs to %s, not to %s', o.object, pg_get_userbyid(o.owner),
                                 pg_get_userbyid(h.owner)),
           format('alter %s %s owner to %I', o.what, o.object, pg_get_userbyid(h.owner))
      from object o, home h where o.owner <> h.owner
    union all
    select 'm', f.object, format('%s runs with the rights of its %s', f.object,
                                 case when f.definer then 'caller, not of its owner'
                                      else 'owner, not of its caller' end),
           format('alter function %s security %s', f.object, case when f.definer then 'definer' else 'invoker' end)
      from function f where f.prosecdef <> f.definer
    union all
    select 'm', f.object, format('%s has no search_path of its own', f.object),
           format('alter function %s set search_path = pg_catalog, pg_temp', f.object)
      from function f where not coalesce('search_path=pg_catalog, pg_temp' = any (f.proconfig), false)
    union all
    select 'm', t.object, t.object || ' has row security switched off',
           format('alter table %s enable row level security', t.object)
      from relation t where t.kind <> 'v' and not t.relrowsecurity
    union all
    select 'm', t.object, t.object || ' shows what its owner may read, not its reader',
           format('alter view %s set (security_invoker = true)', t.object)
      from relation t where t.kind = 'v' and not coalesce('security_invoker=true' = any (t.reloptions), false)
    union all
    select 'm', p.object, format('%s lacks the policy %s, or has another of that name', p.object, p.name),
           format('drop policy if exists %s on %s; %s', p.name, p.object, p.remedy)
      from policy p
     where not exists (select from pg_policy o
                        where o.polrelid = p.oid and o.polname = p.name and o.polcmd = p.cmd::"char" and o.polpermissive
                          and array(select x from unnest(o.polroles) as x order by x) = p.roles
                          and pg_get_expr(o.polqual, o.polrelid) = p.visible
                          and pg_get_expr(o.polwithcheck, o.polrelid) is not distinct from p.checked)
    union all
    select 'w', t.object, format('the policy %I of %s is none of the migrations', o.polname, t.object), null
      from relation t join pg_policy o on o.polrelid = t.oid and o.polpermissive and o.polname !~ '^twotower_'
     where t.kind in ('t', 'p')
    union all
    select 'm', s.name, format('%s may not use the schema %I', r.name, s.name),
           format('grant usage on schema %I to %s', s.name, r.sql)
      from schema s, role r where r.oid <> 0 and not has_schema_privilege(r.oid, s.oid, 'usage')
    union all
    select 'w', s.name, format('%s may create functions and tables in the schema %I', r.name, s.name), null
      from schema s, role r
     where r.oid <> 0 and r.name <> 'service_role' and has_schema_privilege(r.oid, s.oid, 'create')
    union all
    select 'm', '', 'these functions are missing: ' || string_agg(m.name, ', ' order by m.name), null
      from meant_function m cross join home h
     where not exists (select from pg_proc p where p.proname = m.name and p.pronamespace = h.oid)
    having count(*) > 0
    union all
    select 'w', '', 'there is no role service_role: only owners write', null
     where not exists (select from role where name = 'service_role')
)
select verdict, regexp_replace(text, '(^| )public\.', '\1', 'g'), remedy from different order by verdict, object, text
