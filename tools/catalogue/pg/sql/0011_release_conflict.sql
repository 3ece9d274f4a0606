-- A release that the log does not have: the same sequence with another version or inventory is a
-- conflict, and says so.

-- Makes a version the active one: 'moved'; 'already', where this very sequence named it before;
-- 'behind', where the environment is farther; 'conflict', where this sequence named another version,
-- or an inventory with another SHA-256.  But for 'moved', nothing has changed.
create or replace function activate_release(environment text, model_version text, sequence bigint,
                                            manifest_sha256 text default null) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    part regclass;
    found_row boolean := false;
    answer text;
begin
    lock table active_release in row exclusive mode; -- waits for drop_embedding_partition
    part := embedding_partition('video', activate_release.model_version);
    if part is not null then
        execute format('select exists (select from %s)', part) into found_row;
    end if;
    if not found_row then
        raise exception 'there are no video embeddings of version %', activate_release.model_version
            using errcode = 'no_data_found', hint = 'twotower upsert writes them';
    end if;
    insert into active_release as a (environment, model_version, sequence, manifest_sha256)
    values (activate_release.environment, activate_release.model_version, activate_release.sequence,
            activate_release.manifest_sha256)
    on conflict (environment) do update
       set model_version = excluded.model_version, sequence = excluded.sequence,
           manifest_sha256 = excluded.manifest_sha256, activated_at = excluded.activated_at
     where a.sequence < excluded.sequence;
    if found then
        return 'moved';
    end if;
    select case when a.sequence > activate_release.sequence then 'behind'
                when a.model_version = activate_release.model_version
                 and coalesce(a.manifest_sha256 = activate_release.manifest_sha256, true) then 'already'
                else 'conflict' end
      into answer from active_release a where a.environment = activate_release.environment;
    return answer;
end $$;
