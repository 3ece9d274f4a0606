/* SPDX-License-Identifier: MIT */
/* The statements of `db check`.  $1 is the dimension that is expected, 0: any. */
#include "catalogue/pg/check.h"

#define MIGRATE "; twotower db migrate"
#define ENABLE "on Supabase: Dashboard, Database, Extensions, vector"

static const char server[] =
    "SELECT CASE WHEN current_setting('server_version_num')::int < 150000 THEN 'm' ELSE 'f' END, "
    "'Postgres ' || current_setting('server_version') || CASE WHEN "
    "current_setting('server_version_num')::int < 150000 THEN '; 15 or newer is needed' ELSE '' END";

static const char extension[] =
    "WITH v AS (SELECT extversion, string_to_array(regexp_replace(extversion, '[^0-9.].*', ''), "
    "  '.')::int[] AS parts, n.nspname FROM pg_extension e JOIN pg_namespace n "
    "  ON n.oid = e.extnamespace WHERE extname = 'vector') "
    "SELECT CASE WHEN parts < '{0,7}' THEN 'm' WHEN parts < '{0,8,4}' THEN 'w' ELSE 'f' END, "
    "  'pgvector ' || extversion || ' in schema ' || nspname || CASE "
    "  WHEN parts < '{0,7}' THEN ' has no halfvec; 0.7.0 or newer is needed: ALTER EXTENSION "
    "vector UPDATE' "
    "  WHEN parts < '{0,8,4}' THEN ' can lose rows of HNSW indexes or corrupt them; 0.8.4 has the "
    "repairs: ALTER EXTENSION vector UPDATE' ELSE '' END FROM v "
    "UNION ALL SELECT CASE WHEN EXISTS (SELECT FROM pg_type WHERE typname = 'halfvec') THEN 'w' "
    "  ELSE 'm' END, CASE "
    "  WHEN EXISTS (SELECT FROM pg_type WHERE typname = 'halfvec') THEN "
    "    'pgvector is absent; a type of the name halfvec stands in, without distances and indexes' "
    "  WHEN EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector') THEN "
    "    'pgvector is installed, and this database does not have it yet" MIGRATE ", or " ENABLE "' "
    "  ELSE 'pgvector is not installed on this server; " ENABLE
    "' END WHERE NOT EXISTS (SELECT FROM v)";

static const char columns[] =
    "WITH wanted (relation, name, types) AS (VALUES "
    "  ('videos', 'id', '{uuid}'), ('videos', 'external_id', '{}'), "
    "  ('videos', 'product_url', '{}'), ('videos', 'product_released_at', '{}'), "
    "  ('video_tags', 'video_id', '{uuid}'), ('video_performers', 'video_id', '{uuid}'), "
    "  ('user_video_decisions', 'user_id', '{uuid}'), "
    "  ('user_video_decisions', 'video_id', '{uuid}'), "
    "  ('user_video_decisions', 'decision_type', '{}'), ('profiles', NULL, '{}'), "
    "  ('video_embeddings', 'video_id', '{uuid}'), ('video_embeddings', 'model_version', '{text}'), "
    "  ('video_embeddings', 'embedding', '{halfvec,vector}'), "
    "  ('video_embeddings', 'input_digest', '{text}'), "
    "  ('video_embeddings', 'updated_at', '{timestamp with time zone}'), "
    "  ('user_embeddings', 'user_id', '{uuid}'), ('user_embeddings', 'model_version', '{text}'), "
    "  ('user_embeddings', 'embedding', '{halfvec,vector}'), "
    "  ('user_embeddings', 'input_digest', '{text}'), "
    "  ('user_embeddings', 'updated_at', '{timestamp with time zone}'), "
    "  ('active_release', 'sequence', '{bigint}'), ('video_catalogue', 'tags', '{}'), "
    "  ('user_decisions', 'user_id', '{}'), ('user_profiles', 'user_id', '{}'), "
    "  ('active_video_embeddings', 'embedding', '{}'), "
    "  ('active_user_embeddings', 'embedding', '{}')), "
    "seen AS (SELECT w.*, to_regclass('public.' || w.relation) AS oid, a.attname, "
    "  CASE WHEN t.typname IN ('halfvec', 'vector') THEN t.typname "
    "       ELSE format_type(a.atttypid, NULL) END AS type "
    "  FROM wanted w LEFT JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || w.relation) "
    "    AND a.attname = w.name AND NOT a.attisdropped LEFT JOIN pg_type t ON t.oid = a.atttypid) "
    "SELECT 'm', 'these tables and views are missing: ' || string_agg(DISTINCT relation, ', ') || "
    "  '" MIGRATE " makes them' FROM seen WHERE oid IS NULL HAVING count(*) > 0 "
    "UNION ALL SELECT 'm', relation || ' has no column ' || name || '" MIGRATE "' FROM seen "
    "WHERE oid IS NOT NULL AND name IS NOT NULL AND attname IS NULL "
    "UNION ALL SELECT 'm', relation || '.' || name || ' is ' || type || ', where ' || "
    "  array_to_string(types::text[], ' or ') || ' is expected' FROM seen "
    "WHERE attname IS NOT NULL AND types <> '{}' AND type <> ALL (types::text[]) "
    "UNION ALL SELECT 'f', 'tables, views and columns are there' "
    "WHERE NOT EXISTS (SELECT FROM seen WHERE oid IS NULL OR (name IS NOT NULL AND attname IS NULL) "
    "  OR (attname IS NOT NULL AND types <> '{}' AND type <> ALL (types::text[])))";

static const char partitioned[] =
    "SELECT CASE WHEN c.relkind = 'p' AND p.partstrat = 'l' THEN 'f' ELSE 'm' END, c.relname || "
    "CASE WHEN c.relkind = 'p' AND p.partstrat = 'l' THEN ' is partitioned by model version' "
    "ELSE ' is one table for every model, of ' || "
    "  replace(format_type(a.atttypid, a.atttypmod), 'public.', '') || '" MIGRATE
    " moves its rows' END "
    "FROM pg_class c LEFT JOIN pg_partitioned_table p ON p.partrelid = c.oid "
    "LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'embedding' "
    "WHERE c.oid IN (to_regclass('public.video_embeddings'), to_regclass('public.user_embeddings')) "
    "ORDER BY c.relname DESC";

static const char dimension[] =
    "WITH d AS (SELECT c.relname AS name, a.atttypmod AS dim FROM pg_attribute a "
    "  JOIN pg_class c ON c.oid = a.attrelid WHERE a.attname = 'embedding' AND c.oid IN "
    "  (to_regclass('public.video_embeddings'), to_regclass('public.user_embeddings'))) "
    "SELECT CASE WHEN dim < 1 THEN 'w' WHEN $1::int NOT IN (0, dim) THEN 'm' ELSE 'f' END, "
    "  name || CASE WHEN dim < 1 THEN ' declares no dimension' ELSE ' holds vectors of ' || dim || "
    "  ' dimensions' || CASE WHEN $1::int NOT IN (0, dim) THEN ', where ' || $1 || "
    "  ' are expected' ELSE '' END END FROM d "
    "UNION ALL SELECT 'm', 'the two tables hold different dimensions' "
    "WHERE (SELECT count(DISTINCT dim) FROM d) > 1";

static const char keys[] =
    "WITH e (kind) AS (VALUES ('video'), ('user')), "
    "t AS (SELECT kind, to_regclass('public.' || kind || '_embeddings') AS oid FROM e), "
    "k AS (SELECT t.*, EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.oid "
    "  AND c.contype = 'p' AND cardinality(c.conkey) = 2) AS keyed, "
    "  CASE kind WHEN 'video' THEN EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = t.oid "
    "  AND c.contype = 'f' AND c.confdeltype = 'c' AND c.convalidated) ELSE EXISTS (SELECT FROM "
    "  pg_trigger g WHERE g.tgrelid = to_regclass('public.profiles') AND g.tgenabled <> 'D' "
    "  AND g.tgname = 'twotower_profile_gone') END AS follows FROM t WHERE t.oid IS NOT NULL) "
    "SELECT CASE WHEN keyed AND follows THEN 'f' ELSE 'm' END, kind || '_embeddings ' || CASE "
    "  WHEN NOT keyed THEN 'has no primary key (' || kind || '_id, model_version)' "
    "  WHEN NOT follows THEN 'keeps rows of what is deleted: ' || CASE kind WHEN 'video' THEN "
    "  'it has no foreign key with ON DELETE CASCADE' ELSE "
    "  'profiles has no trigger twotower_profile_gone that is enabled' END ELSE 'has its key and follows deletions' END FROM k";

static const char indexes[] =
    "WITH part AS (SELECT r.environment, r.model_version, i.inhrelid AS oid "
    "  FROM public.active_release r LEFT JOIN (pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid) "
    "  ON i.inhparent = to_regclass('public.video_embeddings') "
    "  AND c.oid = public.embedding_partition('video', r.model_version)), "
    "hnsw AS (SELECT x.indrelid, bool_or(x.indisvalid) AS valid FROM pg_index x "
    "  JOIN pg_class c ON c.oid = x.indexrelid JOIN pg_am m ON m.oid = c.relam "
    "  WHERE m.amname = 'hnsw' GROUP BY x.indrelid) "
    "SELECT CASE WHEN h.valid IS NULL THEN 'w' WHEN h.valid THEN 'f' ELSE 'm' END, p.environment || "
    "  ': version ' || p.model_version || CASE WHEN h.valid IS NULL THEN ' has no HNSW index; every "
    "row is compared until twotower db index --model-version ' || p.model_version || ' makes it' "
    "  WHEN h.valid THEN ' has an HNSW index' ELSE ' has an HNSW index that was not finished; drop "
    "it and make it again' END FROM part p LEFT JOIN hnsw h ON h.indrelid = p.oid "
    "WHERE p.oid IS NOT NULL";

static const char security[] =
    "SELECT 'w', 'tables of the application that everyone may write, for they have no row "
    "security: ' || string_agg(DISTINCT c.relname, ', ') FROM pg_class c, pg_roles r "
    "WHERE c.oid = ANY (array_remove(ARRAY[to_regclass('public.videos'), "
    "  to_regclass('public.video_tags'), to_regclass('public.video_performers'), "
    "  to_regclass('public.user_video_decisions'), to_regclass('public.profiles')], NULL)) "
    "AND r.rolname IN ('anon', 'authenticated') AND NOT c.relrowsecurity "
    "AND has_table_privilege(r.rolname, c.oid, 'INSERT, UPDATE, DELETE') HAVING count(*) > 0";

static const char own_rights[] =
    "WITH need (relname) AS (VALUES ('video_embeddings'), ('user_embeddings'), ('active_release'), "
    "  ('ingest_state'), ('job_lock'), ('served_environment')), "
    "lacking AS (SELECT relname FROM need WHERE "
    "  NOT has_table_privilege(to_regclass('public.' || relname), 'SELECT') "
    "  OR NOT has_table_privilege(to_regclass('public.' || relname), 'INSERT')) "
    "SELECT 'm', current_user || ' may not read and write ' || relname || '; connect as the owner, "
    "or as a member of service_role' FROM lacking "
    "UNION ALL SELECT 'f', current_user || ' may read and write' "
    "WHERE NOT EXISTS (SELECT FROM lacking)";

static const char active[] =
    "SELECT CASE WHEN EXISTS (SELECT FROM public.video_embeddings e "
    "    WHERE e.model_version = r.model_version) THEN 'f' ELSE 'm' END, "
    "  r.environment || ' serves version ' || r.model_version || ' (sequence ' || r.sequence || ')' "
    "  || CASE WHEN EXISTS (SELECT FROM public.video_embeddings e WHERE e.model_version = "
    "  r.model_version) THEN '' ELSE ', which has no video embeddings; twotower upsert writes them' "
    "  END FROM public.active_release r "
    "UNION ALL SELECT CASE WHEN EXISTS (SELECT FROM public.active_release r WHERE r.environment = "
    "  s.environment) THEN 'f' ELSE 'w' END, 'this database serves ' || s.environment || CASE WHEN "
    "  EXISTS (SELECT FROM public.active_release r WHERE r.environment = s.environment) THEN '' "
    "  ELSE ', which has no active version' END FROM public.served_environment s "
    "UNION ALL SELECT 'w', 'no version is active: recommend_videos gives what is popular' "
    "WHERE NOT EXISTS (SELECT FROM public.active_release)";

static const char catalogue_rows[] =
    "SELECT 'f', (SELECT count(*) FROM public.videos) || ' videos, ' || "
    "(SELECT count(*) FROM public.user_video_decisions) || ' decisions, ' || "
    "(SELECT count(*) FROM public.profiles) || ' profiles'";

static const char without_profile[] =
    "SELECT 'f', n || ' users decided and have no profile; they are embedded all the same' FROM ("
    "SELECT count(DISTINCT d.user_id) AS n FROM public.user_decisions d WHERE NOT EXISTS "
    "(SELECT FROM public.user_profiles p WHERE p.user_id = d.user_id)) x WHERE n > 0";

static const char embedding_rows[] =
    "SELECT 'f', name || ': ' || rows || ' rows of version ' || model_version FROM ("
    "SELECT 'video_embeddings' AS name, model_version, count(*) AS rows FROM public.video_embeddings "
    "GROUP BY model_version UNION ALL SELECT 'user_embeddings', model_version, count(*) "
    "FROM public.user_embeddings GROUP BY model_version) x ORDER BY name DESC, model_version";

static const char missing[] =
    "SELECT CASE WHEN n = 0 THEN 'f' ELSE 'w' END, environment || ': ' || n || "
    "' videos have no embedding of version ' || model_version || "
    "CASE WHEN n = 0 THEN '' ELSE '; twotower embed videos makes them' END "
    "FROM (SELECT r.environment, r.model_version, (SELECT count(*) FROM public.videos v WHERE NOT "
    "EXISTS (SELECT FROM public.video_embeddings e WHERE e.video_id = v.id AND e.model_version = "
    "r.model_version)) AS n FROM public.active_release r) x";

static const char orphans[] =
    "SELECT CASE WHEN v > 0 THEN 'm' WHEN u > 0 THEN 'w' ELSE 'f' END, v || ' video embeddings and ' "
    "|| u || ' user embeddings belong to nothing' || CASE WHEN v > 0 THEN '; delete them' "
    "WHEN u > 0 THEN '; the next embedding of users deletes them' ELSE '' END "
    "FROM (SELECT (SELECT count(*) FROM public.video_embeddings e WHERE NOT EXISTS (SELECT FROM "
    "public.videos x WHERE x.id = e.video_id)) AS v, (SELECT count(*) FROM public.user_embeddings e "
    "WHERE NOT EXISTS (SELECT FROM public.user_profiles x WHERE x.user_id = e.user_id) AND NOT EXISTS "
    "(SELECT FROM public.user_decisions d WHERE d.user_id = e.user_id)) AS u) o";

static const char unmatched[] =
    "SELECT 'w', relname || ' keeps the rows that belonged to nothing when the table was moved; "
    "look at them, then drop it' FROM pg_class WHERE oid IN "
    "(to_regclass('public.video_embeddings_unmatched'), "
    "to_regclass('public.user_embeddings_unmatched')) ORDER BY relname DESC";

const check checks[] = {
    {"server", "{}", server},
    {"extension", "{}", extension},
    {"schema", "{}", columns},
    {"embeddings", "{}", partitioned},
    {"dimension", "{}", dimension},
    {"keys", "{}", keys},
    {"index", "{active_release,video_embeddings}", indexes},
    {"security", "{video_embeddings}", security},
    {"rights", "{video_embeddings}", own_rights},
    {"active", "{active_release,served_environment,video_embeddings}", active},
    {"rows", "{videos,user_video_decisions,profiles}", catalogue_rows},
    {"rows", "{user_decisions,user_profiles}", without_profile},
    {"rows", "{video_embeddings,user_embeddings,active_release}", embedding_rows},
    {"missing", "{active_release,videos,video_embeddings}", missing},
    {"orphans", "{videos,user_profiles,video_embeddings,user_embeddings}", orphans},
    {"orphans", "{}", unmatched},
};
const unsigned check_count = sizeof checks / sizeof *checks;
